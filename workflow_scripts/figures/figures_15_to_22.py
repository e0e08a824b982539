"""Figures 15 to 22: accuracy, robustness and indicators along Wise-FT paths (Appendix I)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.concept_bars import RANGE
from workflow_scripts.reporting.families import LOOKS, Family, Model, look_of
from workflow_scripts.reporting.pages import (
    common_limits,
    files_of_pages,
    grid,
    part_of,
    say,
    side_by_side,
)
from workflow_scripts.reporting.style import family_marker, legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.study.pool import label_of

COLUMNS = 4  # panels side by side
LEGEND = 4  # entries side by side
SHIFTS = "shifts"
ENDS = {0.0: "robust_zero_shot", 1.0: "finetuned"}


class Subject(NamedTuple):
    """What one pair of figures shows: one for each of two pages of models."""

    heading: str
    label: str  # of the y axis
    quantity: str
    datasets: tuple[str, ...]  # "test" stands for the test set
    sentence: str
    percent: bool = False  # whether the y axis is in percent
    level: tuple[float, str] | None = None  # a horizontal line, and what it is
    is_count: bool = False  # whether the axis begins at 0, and bands are over draws of the sets


SUBJECTS = (
    Subject("Accuracies", "Accuracy", "accuracy", ("test", SHIFTS), "Accuracy", True),
    Subject(
        "Effective robustness", "Effective robustness", "effective_robustness", (SHIFTS,),
        "Effective robustness (equation 5)",
    ),
    Subject(
        "Activation kurtosis", "Activation kurtosis", "kurtosis", ("test", SHIFTS),
        "Activation kurtosis (equation 1)", level=(3, "Gaussian (3)"),
    ),
    Subject(
        "Unique concepts", "Unique concepts", "concepts", ("test",),
        "Number of unique concepts (equation 4)", is_count=True,
    ),
)  # fmt: skip
STYLES: dict[str, tuple[str, Any]] = {
    "test": ("{test}", "-"),
    SHIFTS: ("Average over the shifts", "--"),
}
BAND: dict[str, Any] = {"color": "0.5", "alpha": 0.2, "linewidth": 0}
LEVEL: dict[str, Any] = {"color": "0.5", "linestyle": ":", "linewidth": 0.8, "zorder": 1}
FIRST = 15  # number of the first figure; each subject has two


def ends_of(model: Model) -> dict[float, Family]:
    """The looks of both ends of a pair's path, by alpha."""
    return {alpha: look_of(model | {"family": family}) for alpha, family in ENDS.items()}


def plot(
    ax: Axes, path: pd.DataFrame, datasets: tuple[str, ...], ends: dict[float, Family]
) -> None:
    """Plot one pair's path.

    Parameters
    ----------
    path: rows of one quantity: alpha, dataset ("test" or "shifts"), value, low, high
    datasets: those to plot, if the path has them
    ends: of `ends_of`
    """
    for dataset in [each for each in datasets if (path["dataset"] == each).any()]:
        own = path[path["dataset"] == dataset].sort_values("alpha")
        ax.plot(own["alpha"], own["value"], STYLES[dataset][1], color="0.25", zorder=2)
        if own["low"].notna().any():
            ax.fill_between(own["alpha"], own["low"], own["high"], **BAND)
        for alpha, look in ends.items():
            end = own[own["alpha"] == alpha]
            edge: dict[str, Any] = {
                "ms": 5,
                "mec": "white",
                "mew": 0.5,
                "zorder": 3,
                "clip_on": False,
            }
            ax.plot(end["alpha"], end["value"], look.marker, color=look.colour, **edge)
    ax.grid(color="0.92", linewidth=0.5)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])  # short: neighbours' ends lie close
    ax.set_xlabel(r"$\alpha$")


def figure_of(
    subject: Subject,
    models: list[Model],
    table: pd.DataFrame,
    no_line: str,
    study: StudyFacts,
) -> Figure:
    """One figure: a panel for each pair, or why the subject is not measured.

    Parameters
    ----------
    table: of all pages, which share the y axis
    """
    own = table[table["quantity"] == subject.quantity]
    if own.empty:
        figure = new_figure(height=1.0)
        say(figure.subplots(), _absence_reason(subject, no_line))
        return figure
    across = side_by_side(len(models), COLUMNS)
    figure = new_figure(height=1.9 * -(-len(models) // across) + 0.6)
    panels = [axes[0] for axes in grid(figure, len(models), 1, across)]
    for number, (ax, model) in enumerate(zip(panels, models, strict=True)):
        plot(ax, own[own["model"] == model["model"]], subject.datasets, ends_of(model))
        ax.set_title(f"{model['backbone']}\n{label_of(model)}", fontsize=7.5)
        if number % across == 0:
            ax.set_ylabel(subject.label)
        if subject.percent:
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        if subject.level:
            ax.axhline(subject.level[0], **LEVEL)
        ax.set_ylim(*limits(subject, own))
    present = [dataset for dataset in subject.datasets if (own["dataset"] == dataset).any()]
    handles: list[Line2D | Patch] = [*_handles(models, present, study["test"])]
    if subject.is_count:
        handles.append(Patch(**BAND, label="Interval" if study.get("means") else RANGE))
    if subject.level:
        handles.append(Line2D([], [], **LEVEL, label=subject.level[1]))
    legend(figure, handles, LEGEND, beside=across == 1)
    return figure


def limits(subject: Subject, own: pd.DataFrame) -> tuple[float, float]:
    """Ends of the y axis of a subject's figures, by the rows of its quantity."""
    shown = own[own["dataset"].isin(subject.datasets)]
    level = pd.Series([subject.level[0]] if subject.level else [], dtype=float)
    low, high = common_limits(shown["value"], shown["low"], shown["high"], level)
    # An interval of means may reach below 0, no count does.
    return (min(0.0, shown["low"].min()) if subject.is_count else low), high


def _absence_reason(subject: Subject, no_line: str) -> str:
    """Why a figure has no panels."""
    if subject.quantity == "concepts":
        return "The study has no images whose concepts could be counted."
    return texts.line_sentence("", no_line)


def _handles(models: list[Model], datasets: list[str], test: str) -> list[Line2D]:
    """Entries of the legend: both ends of the paths, and the data sets where there are several."""
    lines = [
        Line2D(
            [],
            [],
            color="0.25",
            linestyle=STYLES[dataset][1],
            label=STYLES[dataset][0].format(test=test),
        )
        for dataset in datasets
    ]
    present = {look for model in models for look in ends_of(model).values()}
    ends = [family_marker(look) for look in LOOKS if look in present]
    return ends + (lines if len(lines) > 1 else [])


def where(subject: Subject, test: str, has_shifts: bool) -> str:
    """On which images a subject is measured, for a figure's caption."""
    place = {"accuracy": f" on `{test}`", "kurtosis": f" on the images of `{test}`"}
    if subject.quantity not in place:
        return ""
    return place[subject.quantity] + (" and on average over the shifts" if has_shifts else "")


def band_sentence(subject: Subject, confidence: float, study: StudyFacts) -> str:
    """What the bands around a subject's lines are, for a figure's caption."""
    if not subject.is_count:
        return texts.interval_sentence(confidence, study)
    lines = "Lines: the median over the draws of the balanced sets."
    if study.get("means"):
        return f"{lines} {texts.means_sentence(study, confidence, 'seeds and draws')}"
    return f"{lines} Bands: the range over the draws."


def subject_of(figure: str) -> Subject:
    """What a figure shows, by its number."""
    return SUBJECTS[(int(figure) - FIRST) // 2]


def main(
    paths: str,
    outputs: Sequence[str],
    *,
    study: StudyFacts,
    pages: dict[str, list[Model]],
    test: str,
    confidence: float,
    line_through: str,
    no_line: str,
    left_out: Sequence[str] = (),
) -> None:
    """Plot the figures.

    Parameters
    ----------
    paths: measures/wise_ft.csv
    outputs: the files of each figure, in the order of `pages`
    study: what figure captions say about the study
    pages: for each figure, by its number as text ("15" to "22"), its finetuned models: rows of
        models.tsv with zero_shot, the id of the parent
    test: id of the test set
    confidence: level of the intervals
    line_through, no_line: see `texts.line_sentence`
    left_out: ids of the finetuned models without a path
    """
    columns = ("model", "alpha", "quantity", "dataset", "value", "low", "high")
    table = read_table(paths, columns).replace({"dataset": {test: "test"}})
    shown = [row["model"] for page in pages.values() for row in page]
    table = table[table["model"].isin(shown)]
    has_shifts = bool((table["dataset"] == SHIFTS).any())
    for (number, models), files in zip(pages.items(), files_of_pages(outputs), strict=True):
        subject = subject_of(number)
        part = part_of(number, [each for each in pages if subject_of(each) == subject])
        pairs = ", ".join(f"`{model['zero_shot']}` to `{model['model']}`" for model in models)
        robustness = subject.quantity == "effective_robustness"
        text = texts.paragraph(
            f"Figure {number}. {subject.heading} along the Wise-FT paths{part}.",
            f"{subject.sentence}{where(subject, test, has_shifts)} of the models with the weights "
            "(1 - alpha) theta_0 + alpha theta_1, encoder and head, between a zero-shot model "
            "(alpha = 0) and the one finetuned from it (alpha = 1).",
            texts.study_sentence(study),
            texts.left_out_sentence(left_out, texts.NO_PATH),
            f"Pairs: {pairs}.",
            band_sentence(subject, confidence, study),
            texts.line_sentence(line_through, no_line) if robustness else "",
        )
        with style():
            figure = figure_of(subject, models, table, no_line, study)
            save(figure, files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.input.paths, snakemake.output, **snakemake.params.settings)

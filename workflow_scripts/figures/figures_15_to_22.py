"""Figures 15 to 22: accuracy, robustness and indicators along Wise-FT paths (Appendix I)."""

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.lib import captions
from workflow_scripts.lib.families import FAMILIES
from workflow_scripts.lib.figure_style import new_figure, save, style
from workflow_scripts.lib.measure_tables import read_table
from workflow_scripts.lib.pages import NOTHING, grid, pages_of, say, side_by_side

COLUMNS = 4
SHIFTS = "shifts"
ENDS = {0.0: "robust_zero_shot", 1.0: "finetuned"}


class Subject(NamedTuple):
    """What one pair of figures shows."""

    heading: str
    label: str  # of the y axis
    quantity: str
    datasets: tuple[str, ...]  # "test" stands for the test set
    sentence: str


SUBJECTS = (
    Subject("Accuracies", "Accuracy", "accuracy", ("test", SHIFTS), "Accuracy"),
    Subject(
        "Effective robustness", "Effective robustness", "effective_robustness", (SHIFTS,),
        "Effective robustness (equation 5)",
    ),
    Subject(
        "Activation kurtosis", "Activation kurtosis", "kurtosis", ("test", SHIFTS),
        "Activation kurtosis (equation 1)",
    ),
    Subject(
        "Unique concepts", "Unique concepts", "concepts", ("test",),
        "Number of unique concepts (equation 4)",
    ),
)  # fmt: skip
STYLES = {"test": ("ImageNet", "-"), SHIFTS: ("Average over the shifts", "--")}
FIRST = 15


def draw(ax: Axes, path: pd.DataFrame, datasets: tuple[str, ...]) -> None:
    """Draw one pair's path.

    Parameters
    ----------
    path: rows of one quantity: alpha, dataset ("test" or "shifts"), value, low, high
    datasets: those to draw
    """
    for dataset in datasets:
        own = path[path["dataset"] == dataset].sort_values("alpha")
        ax.plot(own["alpha"], own["value"], STYLES[dataset][1], color="0.25", zorder=2)
        if own["low"].notna().any():
            ax.fill_between(
                own["alpha"], own["low"], own["high"], color="0.5", alpha=0.2, linewidth=0
            )
        for alpha, family in ENDS.items():
            end = own[own["alpha"] == alpha]
            look = FAMILIES[family]
            edge = {"ms": 5, "mec": "white", "mew": 0.5, "zorder": 3, "clip_on": False}
            ax.plot(end["alpha"], end["value"], look.marker, color=look.colour, **edge)
    ax.grid(color="0.92", linewidth=0.5)
    ax.set_xlim(0, 1)
    ax.set_xlabel(r"$\alpha$")


def page(subject: Subject, models: list[dict], table: pd.DataFrame) -> Figure:
    """One figure: a panel for each pair."""
    across = side_by_side(len(models), COLUMNS)
    lines = -(-max(len(models), 1) // across)
    own = table[table["quantity"] == subject.quantity]
    if not models or own.empty:
        figure = new_figure(height=1.0)
        say(figure.subplots(), _nothing(models))
        return figure
    figure = new_figure(height=1.9 * lines + 0.6)
    panels = [axes[0] for axes in grid(figure, len(models), 1, across)]
    for number, (ax, model) in enumerate(zip(panels, models, strict=True)):
        draw(ax, own[own["model"] == model["model"]], subject.datasets)
        ax.set_title(f"{model['backbone']}\n{model['pretraining']}", fontsize=7.5)
        if number % across == 0:
            ax.set_ylabel(subject.label)
    figure.legend(handles=_handles(subject), loc="outside lower center", ncols=4)
    return figure


def _nothing(models: list[dict]) -> str:
    return "The study has no images whose concepts could be counted." if models else NOTHING


def _handles(subject: Subject) -> list[Line2D]:
    lines = [
        Line2D([], [], color="0.25", linestyle=STYLES[dataset][1], label=STYLES[dataset][0])
        for dataset in subject.datasets
    ]
    none = {"linestyle": "none", "markeredgecolor": "white"}
    looks = [FAMILIES[family] for family in ENDS.values()]
    ends = [Line2D([], [], marker=x.marker, color=x.colour, label=x.name, **none) for x in looks]
    return ends + (lines if len(lines) > 1 else [])


def text(number: int, subject: Subject, models: list[dict], page_number: int, test: str,
         study: str, confidence: float) -> str:  # fmt: skip
    """The caption of a figure."""
    pairs = ", ".join(f"`{model['zero_shot']}` to `{model['model']}`" for model in models)
    where = {
        "accuracy": f" on `{test}` and on average over the shifts",
        "kurtosis": f" on the images of `{test}` and on average over the shifts",
    }
    intervals = "" if subject.quantity == "concepts" else captions.interval_sentence(confidence)
    return captions.caption(
        f"Figure {number}. {subject.heading} along the Wise-FT paths ({page_number}/2).",
        f"{subject.sentence}{where.get(subject.quantity, '')} of the models with the weights "
        "(1 - alpha) theta_0 + alpha theta_1, encoder and head, between a zero-shot model (alpha = "
        "0) and the one finetuned from it (alpha = 1).",
        f"Study `{study}`. " + (f"Pairs: {pairs}." if models else NOTHING),
        intervals,
    )


def main(paths, outputs, *, study, pages, test, confidence):
    """Draw all eight figures.

    Parameters
    ----------
    paths: measures/wise_ft.csv
    outputs: pdf, png and caption of each figure
    study: name of the study
    pages: for each of the two pages its finetuned models, rows of models.tsv with zero_shot, the id
        of the parent
    test: id of the test set
    confidence: level of the intervals
    """
    columns = ("model", "alpha", "quantity", "dataset", "value", "low", "high")
    table = read_table(paths, columns).replace({"dataset": {test: "test"}})
    contents = [(subject, number) for subject in SUBJECTS for number in (0, 1)]
    for place, (files, (subject, page_number)) in enumerate(
        zip(pages_of(outputs), contents, strict=True)
    ):
        models = pages[page_number]
        caption = text(FIRST + place, subject, models, page_number + 1, test, study, confidence)
        with style():
            save(page(subject, models, table), *files, caption)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(snakemake.input.paths, snakemake.output, **snakemake.params.settings)

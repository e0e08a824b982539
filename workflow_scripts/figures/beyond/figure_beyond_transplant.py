"""Beyond the paper: another kurtosis, with every prediction and all robustness kept."""

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import Family, Model, look_of
from workflow_scripts.reporting.style import FigureFiles, family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

GAUSSIAN = 3
TICKS = (2, 3, 4, 6, 8, 12, 20, 30, 50, 100, 200, 500)
LINE: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 0.8}
AFTER: dict[str, Any] = {"markerfacecolor": "white", "markersize": 5, "linestyle": "none"}


class Panel(NamedTuple):
    """One of the two changes."""

    title: str
    changed: str  # column that names the changed model


PANELS = {
    "bias": Panel("(a) Finetuned models, with a bias that no head sees", "model"),
    "rotation": Panel("(b) Their zero-shot parents, rotated", "zero_shot"),
}


def height_of(table: pd.DataFrame) -> tuple[str, str]:
    """The quantity of the y axis and its label: accuracy where there is no robustness."""
    if "effective_robustness_before" in table:
        return "effective_robustness", "Effective robustness"
    return "accuracy", "Accuracy"


def plot(ax: Axes, table: pd.DataFrame, panel: Panel, looks: dict[str, Family]) -> None:
    """Plot an arrow for each changed model, from its kurtosis before to that after."""
    quantity, _ = height_of(table)
    for row in table.dropna(subset=["kurtosis_after"]).to_dict("records"):
        look = looks[row[panel.changed]]
        start, end = (
            (row[f"kurtosis_{when}"], row[f"{quantity}_{when}"]) for when in ("before", "after")
        )
        arrow: dict[str, Any] = {"arrowstyle": "->", "color": look.colour, "linewidth": 0.8,
                                 "shrinkA": 3, "shrinkB": 3}  # fmt: skip
        ax.annotate("", end, start, arrowprops=arrow)
        ax.plot(*start, look.marker, color=look.colour, markersize=5)
        ax.plot(*end, look.marker, color=look.colour, **AFTER)
    ax.axvline(GAUSSIAN, **LINE)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(TICKS))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("Activation kurtosis")
    ax.set_title(panel.title, fontsize=7.5)
    ax.grid(color="0.92", linewidth=0.5)


def figure_of(models: list[Model], table: pd.DataFrame) -> Figure:
    """The figure: a panel for each change."""
    looks = {model["model"]: look_of(model) for model in models}
    figure = new_figure(height=2.9)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, (change, panel) in zip(axes, PANELS.items(), strict=True):
        plot(ax, table[table["change"] == change], panel, looks)
    axes[0].set_ylabel(height_of(table)[1])
    shown = {looks[model] for panel in PANELS.values() for model in table[panel.changed]}
    marks = [
        Line2D([], [], marker="o", color="0.3", ms=5, linestyle="none", label="Before"),
        Line2D([], [], marker="o", color="0.3", **AFTER, label="After"),
        Line2D([], [], **LINE, label="Gaussian (3)"),
    ]
    family_legend(figure, shown, marks, markers=True)
    return figure


def changed_sentence(table: pd.DataFrame) -> str:
    """How many predictions changed, and what was left as it was, and why."""
    made = table.dropna(subset=["kurtosis_after"])
    changed, images = (int(made[name].sum()) for name in ("predictions_changed", "images"))
    left = table[table["reason"].fillna("") != ""]
    why = "; ".join(f"`{row['model']}` ({row['change']}: {row['reason']})"
                    for row in left.to_dict("records"))  # fmt: skip
    return f"Predictions changed: {changed} of {images}." + (
        f" Left as it is: {why}." if why else ""
    )


def main(
    transplant: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    models: list[Model],
    dataset: str,
    confidence: float,
    line_through: str,
    no_line: str,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    transplant: measures/basis/transplant.csv
    files: to write
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: level of the intervals in the table, which the figure does not show
    line_through, no_line: see `texts.line_sentence`

    Raises
    ------
    InputError: the table lacks a column
    """
    columns = ("model", "zero_shot", "change", "reason", "images", "predictions_changed")
    table = read_table(transplant, (*columns, "kurtosis_before", "kurtosis_after"))
    text = texts.paragraph(
        "Kurtosis changed, every prediction kept; the paper does not have it.",
        f"Kurtosis on `{dataset}` before and after (a) a constant is added to h of a finetuned "
        "model, along a direction that its head does not see and as long as its parent's kurtosis "
        "takes, and (b) h and the head of the parent are rotated until kurtosis is that of a "
        "Gaussian. Where a head divides by |h|, the bias makes its probabilities less certain, but "
        "changes no order.",
        changed_sentence(table),
        texts.study_sentence(study),
        texts.line_sentence(line_through, no_line),
        f"{100 * confidence:g} % intervals are in the table `transplant`.",
    )
    with style():
        save(figure_of(models, table), files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.transplant,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

"""Beyond the paper: kurtosis, robustness and accuracy of models with some components held."""

import textwrap
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import Model, look_of, without_baselines
from workflow_scripts.reporting.style import FigureFiles, family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

WIDE = 110  # letters of a line above the panels
ROWS = {
    "kurtosis": "Largest contribution\nto kurtosis",
    "mean": "Largest |mean|",
    "random": "Random (mean of 20)",
}
STYLES: dict[str, tuple[str, Any]] = {
    "mean": ("Held at their mean", "-"),
    "zero": ("Held at zero", ":"),
}


class Column(NamedTuple):
    """A quantity that a column of panels shows."""

    quantity: str
    column: str  # of the table
    title: str


COLUMNS = (
    Column("kurtosis", "value", "Kurtosis"),
    Column("effective_robustness", "change", "Effective robustness, change"),
    Column("accuracy", "change", "Accuracy, change"),
)


def plot(ax: Axes, models: list[Model], rows: pd.DataFrame, column: str) -> None:
    """Plot a curve for each model and kind of replacement over the number of components."""
    for model in models:
        for kind, (_, line) in STYLES.items():
            own = rows[(rows["model"] == model["model"]) & (rows["replaced_by"] == kind)]
            own = own.sort_values("components")
            look = look_of(model)
            ax.plot(
                own["components"], own[column], linestyle=line, color=look.colour, linewidth=0.8
            )
    ax.set_xlim(0, 10)
    ax.grid(color="0.92", linewidth=0.5)


def figure_of(models: list[Model], table: pd.DataFrame, no_line: str) -> Figure:
    """The figure: a row for each choice of components, a column for each quantity."""
    shown = [each for each in COLUMNS if (table["quantity"] == each.quantity).any()]
    figure = new_figure(height=1.55 * len(ROWS) + 0.8)
    axes = figure.subplots(len(ROWS), len(shown), squeeze=False, sharex=True, sharey="col")
    for line, (chosen_by, name) in zip(axes, ROWS.items(), strict=True):
        for ax, each in zip(line, shown, strict=True):
            chosen = (table["chosen_by"] == chosen_by) & (table["quantity"] == each.quantity)
            plot(ax, models, table[chosen], each.column)
        line[0].set_ylabel(name)
    for ax, each in zip(axes[0], shown, strict=True):
        ax.set_title(each.title)
    for ax, each in zip(axes[-1], shown, strict=True):
        ax.set_xlabel("Components held")
        if each.quantity == "accuracy":
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    if no_line:
        figure.suptitle(textwrap.fill(texts.line_sentence("", no_line), WIDE), fontsize=7.5)
    lines = [Line2D([], [], color="0.3", linestyle=line, label=name)
             for name, line in STYLES.values()]  # fmt: skip
    family_legend(figure, map(look_of, models), lines)
    return figure


def main(
    ablation: str,
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
    ablation: measures/basis/ablation.csv
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
    own = without_baselines(models)
    keys = ("model", "chosen_by", "replaced_by", "components", "quantity", "dataset")
    table = read_table(ablation, (*keys, "value", "change"))
    table = table[(table["quantity"] != "accuracy") | (table["dataset"] == dataset)]
    text = texts.paragraph(
        "Components of h held at a value, which the paper does not have.",
        f"Kurtosis, and how much effective robustness and accuracy on `{dataset}` change, when one "
        "to ten components are the same for all images: at their mean over it or at zero. They are "
        "those that contribute most to kurtosis, those with the largest |mean|, and random "
        "ones. A line a model.",
        texts.pool_sentence(study, own),
        texts.line_sentence(line_through, no_line),
        f"Their {100 * confidence:g} % intervals are in the table `ablation`.",
    )
    with style():
        figure = figure_of(own, table, no_line)
        save(figure, files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.ablation,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

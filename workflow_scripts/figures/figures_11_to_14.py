"""Figures 11 to 14: accuracy and robustness when singular directions are pruned (Appendix G)."""

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES, Model, look_of
from workflow_scripts.reporting.pages import files_of_pages, grid, side_by_side
from workflow_scripts.reporting.style import family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.study.pool import label_of

COLUMNS = 4  # panels side by side
MARKED = 3  # of so many points one has a marker
WIDE = 110  # letters of a line above them
ROWS = {"accuracy": "Accuracy on {test}", "effective_robustness": "Effective robustness"}
ORDERS: dict[str, tuple[str, Any]] = {
    "least_first": ("Least important first", "-"),
    "most_first": ("Most important first", "--"),
    "random": ("Random orders (mean and range)", ":"),
}
BY_BACKBONE = "14"  # the figure that compares families
LINES = ("-", "--", ":", "-.")  # of several models that are finetuned from one parent
CONTROLS = (
    "Solid: the paper's order, the least important directions first. Two controls: the most "
    "important ones first, and random orders (the mean of several, and their range)."
)


class Panel(NamedTuple):
    """One column of a figure: which models it shows, in which orders of pruning."""

    title: str
    models: list[Model]
    orders: tuple[str, ...]

    def line(self, model: Model, order: str) -> Any:
        """The line of a model's curve; where there is one order, it tells finetunings apart."""
        several = finetunings(self.models) if len(self.orders) == 1 else {}
        return several.get(model.get("finetuning"), ORDERS[order][1])


def finetunings(models: list[Model]) -> dict[str | None, Any]:
    """The lines of finetuned models that have the same parent, by what tells them apart."""
    names = dict.fromkeys(model["finetuning"] for model in models if model.get("finetuning"))
    return dict(zip(names, LINES, strict=False))


def panels_by_model(models: list[Model]) -> list[Panel]:
    """A column for each model, with the paper's order and its controls."""
    return [
        Panel(f"{model['backbone']}\n{label_of(model)}", [model], tuple(ORDERS)) for model in models
    ]


def panels_by_backbone(models: list[Model]) -> list[Panel]:
    """A column for each backbone, with all its models in the paper's order."""
    backbones = dict.fromkeys(model["backbone"] for model in models)
    return [
        Panel(backbone, [m for m in models if m["backbone"] == backbone], ("least_first",))
        for backbone in backbones
    ]


def plot(ax: Axes, panel: Panel, curves: pd.DataFrame) -> None:
    """Plot one panel: a curve for each model and order, with its interval.

    Around the mean of random orders lies the range of the orders instead.

    Parameters
    ----------
    curves: rows of one quantity: model, order, pruned, value, low, high, lowest, highest
    """
    for model in panel.models:
        for order in panel.orders:
            chosen = (curves["model"] == model["model"]) & (curves["order"] == order)
            own = curves[chosen].sort_values("pruned")
            look = look_of(model)
            marks: dict[str, Any] = {}
            if len(panel.orders) == 1:  # of several families, which greyscale must tell apart
                marks = {"marker": look.marker, "markevery": MARKED, "markersize": 3.5}
            line, colour = panel.line(model, order), look.colour
            ax.plot(own["pruned"], own["value"], linestyle=line, color=colour, **marks)
            low, high = ("lowest", "highest") if own["lowest"].notna().any() else ("low", "high")
            ax.fill_between(
                own["pruned"], own[low], own[high], color=colour, alpha=0.15, linewidth=0
            )
    ax.axvline(0.8, color="0.6", linewidth=0.6, zorder=0)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
    ax.set_xlim(0, 1)
    ax.grid(color="0.92", linewidth=0.5)


def plot_column(axes: list[Axes], panel: Panel, table: pd.DataFrame, test: str) -> None:
    """Plot one column: a panel for each quantity that the table has; `test` labels the first."""
    quantities = [quantity for quantity in ROWS if (table["quantity"] == quantity).any()]
    for ax, quantity in zip(axes, quantities, strict=True):
        plot(ax, panel, table[table["quantity"] == quantity])
        if test:
            ax.set_ylabel(ROWS[quantity].format(test=test))
    axes[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0].set_title(panel.title, fontsize=7.5)
    axes[-1].set_xlabel("Directions pruned (%)")


def figure_of(panels: list[Panel], table: pd.DataFrame, no_line: str, test: str) -> Figure:
    """One figure; where there is no effective robustness, it says so above the accuracies."""
    across = side_by_side(len(panels), COLUMNS)
    rows = 1 if no_line else len(ROWS)
    figure = new_figure(height=1.75 * rows * -(-len(panels) // across) + 0.6)
    columns = grid(figure, len(panels), rows, across)
    for number, (axes, panel) in enumerate(zip(columns, panels, strict=True)):
        plot_column(axes, panel, table, test if number % across == 0 else "")
    if no_line:
        figure.suptitle(textwrap.fill(texts.line_sentence("", no_line), WIDE), fontsize=7.5)
    orders = dict.fromkeys(order for panel in panels for order in panel.orders)
    lines = [
        Line2D([], [], color="0.3", linestyle=ORDERS[each][1], label=ORDERS[each][0])
        for each in orders
    ]
    models = [model for panel in panels for model in panel.models]
    several = [
        Line2D([], [], color=FAMILIES["finetuned"].colour, linestyle=line, label=name)
        for name, line in finetunings(models).items()
    ]
    by_backbone = len(orders) == 1
    others = several if by_backbone else lines
    family_legend(figure, map(look_of, models), others, by_backbone, beside=across == 1)
    return figure


RISES = (
    "Effective robustness is the distance from the line at the accuracy that is left: it rises "
    "where accuracy falls faster on the test set than the line has it fall on the shifts, which is "
    "no gain in accuracy."
)


def correlation_sentence(ranks: pd.DataFrame, models: list[Model]) -> str:
    """How alike the orders by singular value and by importance are (the paper's footnote 4).

    Parameters
    ----------
    ranks: columns model, spearman
    models: those of the figure
    """
    own = ranks[ranks["model"].isin([model["model"] for model in models])]["spearman"].dropna()
    if own.empty:
        return ""
    return (
        "Directions are pruned by their singular value; its Spearman correlation with importance "
        f"is {own.mean():.2f} on average over these models ({own.min():.2f} to {own.max():.2f})."
    )


def main(
    pruning: str,
    ranks: str,
    outputs: Sequence[str],
    *,
    study: StudyFacts,
    pages: dict[str, list[Model]],
    test: str,
    confidence: float,
    line_through: str,
    no_line: str,
) -> None:
    """Plot the figures.

    Parameters
    ----------
    pruning, ranks: measures/pruning.csv and importance_rank.csv
    outputs: the files of each figure, in the order of `pages`
    study: what figure captions say about the study
    pages: for each figure, by its number as text ("11" to "14"), its models: rows of models.tsv
    test: id of the test set
    confidence: level of the intervals
    line_through, no_line: see `texts.line_sentence`
    """
    columns = ("model", "order", "pruned", "quantity", "dataset", "value", "low", "high")
    table = read_table(pruning, (*columns, "lowest", "highest"))
    table = table[(table["quantity"] != "accuracy") | (table["dataset"] == test)]
    correlations = read_table(ranks, ("model", "spearman"))
    measured = f"Accuracy on `{test}`{'' if no_line else ' and effective robustness'}"
    for (number, models), files in zip(pages.items(), files_of_pages(outputs), strict=True):
        by_backbone = number == BY_BACKBONE
        panels = panels_by_backbone(models) if by_backbone else panels_by_model(models)
        text = texts.paragraph(
            f"Figure {number}. Pruning of singular directions.",
            f"{measured} of models whose head has only a part of its singular directions left; a "
            "bias stays. Vertical line: 80 % pruned.",
            "" if by_backbone else CONTROLS,
            "" if no_line else RISES,
            correlation_sentence(correlations, models),
            texts.pool_sentence(study, models),
            texts.interval_sentence(confidence, study),
            texts.line_sentence(line_through, no_line),
        )
        with style():
            figure = figure_of(panels, table, no_line, study["test"])
            save(figure, files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.pruning,
            snakemake.input.ranks,
            snakemake.output,
            **snakemake.params.settings,
        )

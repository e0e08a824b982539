"""Figures 11 to 14: accuracy and robustness when singular directions are pruned (Appendix G)."""

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from workflow_scripts.lib import captions
from workflow_scripts.lib.families import FAMILIES
from workflow_scripts.lib.figure_style import family_legend, new_figure, save, style
from workflow_scripts.lib.measure_tables import read_table
from workflow_scripts.lib.pages import NOTHING, grid, pages_of, say, side_by_side

COLUMNS = 4
ROWS = {"accuracy": "ImageNet accuracy", "effective_robustness": "Effective robustness"}
ORDERS = {
    "least_first": ("Least important first", "-"),
    "most_first": ("Most important first", "--"),
    "random": ("Random order", ":"),
}
NUMBERS = (11, 12, 13, 14)


class Panel(NamedTuple):
    """One column of a figure: which models it shows, in which orders of pruning."""

    title: str
    models: list[dict]
    orders: tuple[str, ...]


def panels_by_model(models: list[dict]) -> list[Panel]:
    """A column for each model, with the paper's order and its controls."""
    return [
        Panel(f"{model['backbone']}\n{model['pretraining']}", [model], tuple(ORDERS))
        for model in models
    ]


def panels_by_backbone(models: list[dict]) -> list[Panel]:
    """A column for each backbone, with all its models in the paper's order."""
    backbones = dict.fromkeys(model["backbone"] for model in models)
    return [
        Panel(backbone, [m for m in models if m["backbone"] == backbone], ("least_first",))
        for backbone in backbones
    ]


def draw(axes: list[Axes], panel: Panel, table: pd.DataFrame) -> None:
    """Draw one column: accuracy on the test set above, effective robustness below.

    Parameters
    ----------
    table: rows of the measure, with the interval of each point
    """
    for ax, quantity in zip(axes, ROWS, strict=True):
        for model in panel.models:
            for order in panel.orders:
                chosen = (table["model"] == model["model"]) & (table["order"] == order)
                own = table[chosen & (table["quantity"] == quantity)].sort_values("pruned")
                colour = FAMILIES[model["family"]].colour
                ax.plot(own["pruned"], own["value"], ORDERS[order][1], color=colour)
                ax.fill_between(
                    own["pruned"], own["low"], own["high"], color=colour, alpha=0.15, linewidth=0
                )
        ax.axvline(0.8, color="0.6", linewidth=0.6, zorder=0)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
        ax.set_xlim(0, 1)
        ax.grid(color="0.92", linewidth=0.5)
    axes[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0].set_title(panel.title, fontsize=7.5)
    axes[-1].set_xlabel("Directions pruned (%)")


def page(panels: list[Panel], table: pd.DataFrame) -> Figure:
    """One figure."""
    if not panels:
        figure = new_figure(height=1.0)
        say(figure.subplots())
        return figure
    across = side_by_side(len(panels), COLUMNS)
    figure = new_figure(height=3.5 * -(-len(panels) // across) + 0.6)
    columns = grid(figure, len(panels), len(ROWS), across)
    for number, (axes, panel) in enumerate(zip(columns, panels, strict=True)):
        draw(axes, panel, table)
        if number % across == 0:
            for ax, label in zip(axes, ROWS.values(), strict=True):
                ax.set_ylabel(label)
    orders = dict.fromkeys(order for panel in panels for order in panel.orders)
    lines = [
        Line2D([], [], color="0.3", linestyle=ORDERS[each][1], label=ORDERS[each][0])
        for each in orders
    ]
    families = [model["family"] for panel in panels for model in panel.models]
    family_legend(figure, families, lines if len(orders) > 1 else [])
    return figure


def correlation_sentence(ranks: pd.DataFrame, models: list[dict]) -> str:
    """How alike the orders by singular value and by importance are (the paper's footnote 4)."""
    own = ranks[ranks["model"].isin([model["model"] for model in models])]["spearman"].dropna()
    if own.empty:
        return ""
    return (
        "Directions are pruned by their singular value; its Spearman correlation with importance "
        f"is {own.mean():.2f} on average over these models ({own.min():.2f} to {own.max():.2f})."
    )


def main(pruning, ranks, outputs, *, study, pages, test, confidence):
    """Draw all four figures.

    Parameters
    ----------
    pruning, ranks: measures/pruning.csv and importance_rank.csv
    outputs: pdf, png and caption of each figure
    study: name of the study
    pages: for each figure its models, rows of models.tsv
    test: id of the test set
    confidence: level of the intervals
    """
    columns = ("model", "order", "pruned", "quantity", "dataset", "value", "low", "high")
    table = read_table(pruning, columns)
    table = table[(table["quantity"] != "accuracy") | (table["dataset"] == test)]
    correlations = read_table(ranks, ("model", "spearman"))
    for number, files, models in zip(NUMBERS, pages_of(outputs), pages, strict=True):
        last = number == NUMBERS[-1]
        panels = panels_by_backbone(models) if last else panels_by_model(models)
        controls = (
            "Solid: the paper's order, the least important directions first. Two controls: the "
        )
        controls += "most important ones first, and random orders (the mean of several)."
        text = captions.caption(
            f"Figure {number}. Pruning of singular directions.",
            f"Accuracy on `{test}` and effective robustness of models whose head has only a part "
            "of its singular directions left; a bias stays. Vertical line: 80 % pruned.",
            "" if last else controls,
            correlation_sentence(correlations, models),
            captions.pool_sentence(study, models) if models else f"Study `{study}`: {NOTHING}",
            captions.interval_sentence(confidence),
        )
        with style():
            save(page(panels, table), *files, text)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.pruning,
            snakemake.input.ranks,
            snakemake.output,
            **snakemake.params.settings,
        )

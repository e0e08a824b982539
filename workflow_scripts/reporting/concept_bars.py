"""Bars of the unique concepts of a pool, each with its range and what chance alone gives."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from workflow_scripts.reporting.bars import bar_places, plot_bars
from workflow_scripts.reporting.families import Model

CHANCE: dict[str, Any] = {
    "facecolor": "white",
    "alpha": 0.55,
    "hatch": "////",
    "edgecolor": "0.2",
    "linewidth": 0.0,
}
RANGE = "Range over draws"
PLOTTED = ("concepts", "draws_low", "draws_high", "chance")


def plot_counts(ax: Axes, models: list[Model], counts: pd.DataFrame) -> None:
    """Plot a bar of the count for each model, its range over draws, and the chance level.

    Parameters
    ----------
    models: those of one line of bars
    counts: the columns `PLOTTED` and perhaps `replicates`, indexed by model
    """
    names = {"concepts": "value", "draws_low": "low", "draws_high": "high"}
    values = counts.rename(columns=names)
    plot_bars(ax, models, values)
    chances = counts["chance"].to_dict()
    for model, (x, width) in bar_places(models).items():
        chance = chances[model]
        # Above the count's bar, and half transparent, since either may be the higher one.
        ax.bar(x, chance, width, **CHANCE)
        ax.hlines(chance, x - width / 2, x + width / 2, color="black", linewidth=0.9)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel("Unique concepts")


def count_legend(line: str) -> list[Line2D | Patch]:
    """Entries of a legend for the chance level, and for what the black lines are."""
    return [
        Patch(**CHANCE, label="Chance level"),
        Line2D([], [], color="black", linewidth=0.9, label=line),
    ]

"""Figures 9 and 10: importance of every direction of every model (Appendix E.1)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.bars import bar_places, places, plot_lines, positions
from workflow_scripts.reporting.families import Model, look_of
from workflow_scripts.reporting.pages import files_of_pages
from workflow_scripts.reporting.style import family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

LARGEST: dict[str, Any] = {
    "marker": "o",
    "markersize": 4.5,
    "markeredgecolor": "black",
    "markeredgewidth": 0.7,
}
MEDIAN: dict[str, Any] = {"color": "black", "linewidth": 0.9}
DENSE = 200  # directions from which on points are smaller, and pixels in vector graphics


def plot(ax: Axes, models: list[Model], importance: pd.DataFrame) -> None:
    """Plot a strip of points for each model of one backbone, on a logarithmic scale.

    Parameters
    ----------
    models: those of the backbone
    importance: columns model and importance, a row a direction; an importance of 0 has no place
    """
    for model in models:
        x, width = bar_places(models)[model["model"]]
        own = importance.loc[importance["model"] == model["model"], "importance"]
        values = np.sort(own[own > 0].to_numpy())[::-1]
        colour = look_of(model).colour
        dense = len(values) >= DENSE
        look: dict[str, Any] = {
            "color": colour,
            "markersize": 1.4 if dense else 3.4,
            "rasterized": dense,
        }
        spread = x + 0.8 * width * (_scattered(len(values)) - 0.5)
        # The first, the largest, is plotted alone and in the middle, outlined.
        ax.plot(spread[1:], values[1:], ".", alpha=0.7, mew=0, **look)
        ax.plot([x], values[:1], color=colour, linestyle="none", **LARGEST)
        middle = np.median(values)
        ax.hlines(middle, x - 0.42 * width, x + 0.42 * width, zorder=3, **MEDIAN)
    groups = places(models)
    labels = [place.label for place in groups]
    ax.set_xticks(positions(groups), labels, rotation=20, ha="right", rotation_mode="anchor")
    ax.tick_params(axis="x", length=0)
    ax.set_yscale("log")
    ax.set_ylabel("Importance")
    ax.grid(axis="y", color="0.92", linewidth=0.5)


def _scattered(count: int) -> np.ndarray:
    """Evenly scattered places in [0, 1), the same each time: [count]."""
    # Multiples of the golden ratio spread evenly for any count, and need no random numbers.
    return np.arange(1, count + 1) * 0.6180339887498949 % 1


def figure_of(models: list[Model], table: pd.DataFrame) -> Figure:
    """One figure: a panel for each backbone."""
    backbones = list(dict.fromkeys(model["backbone"] for model in models))
    figure = new_figure(height=2.3 * len(backbones) + 0.4)
    axes = list(figure.subplots(len(backbones), 1, squeeze=False, sharey=True)[:, 0])
    lines = [[model for model in models if model["backbone"] == each] for each in backbones]
    plot_lines(axes, lines, partial(plot, importance=table))
    for ax, backbone in zip(axes, backbones, strict=True):
        ax.set_title(backbone)
    others = [
        Line2D([], [], color="0.6", linestyle="none", label="Largest importance", **LARGEST),
        Line2D([], [], label="Median", **MEDIAN),
    ]
    family_legend(figure, map(look_of, models), others)
    return figure


def main(
    importance: str,
    outputs: Sequence[str],
    *,
    study: StudyFacts,
    pages: dict[str, list[Model]],
) -> None:
    """Plot the figures.

    Parameters
    ----------
    importance: measures/importance.csv
    outputs: the files of each figure, in the order of `pages`
    study: what figure captions say about the study
    pages: for each figure, by its number as text ("9", "10"), its models: rows of models.tsv
    """
    table = read_table(importance, ("model", "direction", "importance"))
    for (number, models), files in zip(pages.items(), files_of_pages(outputs), strict=True):
        text = texts.paragraph(
            f"Figure {number}. Distribution of importance.",
            "Importance (equation 2) of every direction of each model's head, by backbone; the "
            "largest is outlined, the line is the median.",
            texts.pool_sentence(study, models),
        )
        with style():
            save(figure_of(models, table), files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.input.importance, snakemake.output, **snakemake.params.settings)

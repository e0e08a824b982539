"""Figures 9 and 10: importance of every direction of every model (Appendix E.1)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.bars import (
    FEWEST,
    are_few,
    bar_places,
    lines_of,
    places,
    positions,
    width_of,
)
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
MOST = 9  # places on a line, so that strips are wide enough to be seen
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
    ax.grid(axis="y", color="0.92", linewidth=0.5)


def _scattered(count: int) -> np.ndarray:
    """Evenly scattered places in [0, 1), the same each time: [count]."""
    # Multiples of the golden ratio spread evenly for any count, and need no random numbers.
    return np.arange(1, count + 1) * 0.6180339887498949 % 1


def by_backbone(models: list[Model]) -> dict[str, list[Model]]:
    """The models of each backbone, in order."""
    backbones = dict.fromkeys(model["backbone"] for model in models)
    return {each: [model for model in models if model["backbone"] == each] for each in backbones}


def figure_of(models: list[Model], table: pd.DataFrame) -> Figure:
    """One figure: a panel for each backbone, several on a line where they fit."""
    lines = lines_of(models, MOST)
    figure = new_figure(height=2.3 * len(lines) + 0.4)
    rows = figure.add_gridspec(len(lines), 1)
    first: Axes | None = None
    for number, line in enumerate(lines):
        panels = by_backbone(line)
        widths = [width_of(panel) for panel in panels.values()]
        cells = rows[number].subgridspec(1, len(panels), width_ratios=widths)
        for column, (backbone, panel) in enumerate(panels.items()):
            ax = figure.add_subplot(cells[column], sharey=first)
            plot(ax, panel, table)
            width = widths[column]
            margin = (max(FEWEST, width) - width) / 2 if len(panels) == 1 else 0
            ax.set_xlim(-margin, width + margin)
            ax.set_title(backbone)
            ax.tick_params(labelleft=column == 0)
            ax.set_ylabel("" if column else "Importance")
            first = first or ax
    others = [
        Line2D([], [], color="0.6", linestyle="none", label="Largest importance", **LARGEST),
        Line2D([], [], label="Median", **MEDIAN),
    ]
    family_legend(figure, map(look_of, models), others, beside=are_few(models))
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

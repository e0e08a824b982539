"""Figures 9 and 10: importance of every direction of every model (Appendix E.1)."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts as captions
from workflow_scripts.reporting.bars import bar_places, draw_lines, places, positions
from workflow_scripts.reporting.families import FAMILIES
from workflow_scripts.reporting.pages import NOTHING, pages_of, say
from workflow_scripts.reporting.style import family_legend, new_figure, save, style

LARGEST = {"marker": "o", "markersize": 4.5, "markeredgecolor": "black", "markeredgewidth": 0.7}
MEDIAN = {"color": "black", "linewidth": 0.9}
DENSE = 200  # directions from which on points are drawn smaller


def draw(ax: Axes, models: list[dict], importance: pd.DataFrame) -> None:
    """Draw a strip of points for each model of one backbone, on a logarithmic scale.

    Parameters
    ----------
    importance: columns model and importance, a row a direction; an importance of 0 has no place
    """
    for model in models:
        x, width = bar_places(models)[model["model"]]
        own = importance.loc[importance["model"] == model["model"], "importance"]
        values = np.sort(own[own > 0].to_numpy())[::-1]
        colour = FAMILIES[model["family"]].colour
        size = 3.4 if len(values) < DENSE else 1.4
        spread = x + 0.8 * width * (_scattered(len(values)) - 0.5)
        ax.plot(spread[1:], values[1:], ".", color=colour, markersize=size, alpha=0.7, mew=0)
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
    """Evenly scattered places in [0, 1), the same each time: multiples of the golden ratio."""
    return np.arange(1, count + 1) * 0.6180339887498949 % 1


def main(importance, outputs, *, study, pages):
    """Draw both figures.

    Parameters
    ----------
    importance: measures/importance.csv
    outputs: pdf, png and caption of each figure
    study: the study, see reporting/texts.py
    pages: for each figure its models, rows of models.tsv
    """
    table = read_table(importance, ("model", "direction", "importance"))
    for number, files, models in zip((9, 10), pages_of(outputs), pages, strict=True):
        text = captions.caption(
            f"Figure {number}. Distribution of importance.",
            "Importance (equation 2) of every direction of each model's head, by backbone; the "
            "largest is outlined, the line is the median.",
            captions.pool_sentence(study, models) if models else captions.study_sentence(study),
            "" if models else NOTHING,
        )
        with style():
            save(_figure(models, table), *files, text)


def _figure(models: list[dict], table: pd.DataFrame):
    backbones = list(dict.fromkeys(model["backbone"] for model in models))
    figure = new_figure(height=2.3 * max(len(backbones), 1) + 0.4)
    axes = figure.subplots(max(len(backbones), 1), 1, squeeze=False, sharey=True)[:, 0]
    if not models:
        say(axes[0])
        return figure
    lines = [[model for model in models if model["backbone"] == each] for each in backbones]
    draw_lines(list(axes), lines, partial(draw, importance=table))
    for ax, backbone in zip(axes, backbones, strict=True):
        ax.set_title(backbone)
    others = [
        Line2D([], [], color="0.6", linestyle="none", label="Largest importance", **LARGEST),
        Line2D([], [], label="Median", **MEDIAN),
    ]
    family_legend(figure, [model["family"] for model in models], others)
    return figure


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(snakemake.input.importance, snakemake.output, **snakemake.params.settings)

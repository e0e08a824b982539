"""Beyond the paper: each indicator beside effective robustness, a point a model."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import LOOKS, Model, look_of
from workflow_scripts.reporting.indication import (
    ALL,
    AREA,
    COLUMNS,
    CORRELATION,
    INDICATORS,
    ROBUST,
    how_sentences,
    numbers,
    row_of,
)
from workflow_scripts.reporting.pages import FigureFiles, say
from workflow_scripts.reporting.style import family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

POINTS = ("model", "family", "effective_robustness", "indicator", "value", "low", "high",
          "effective_robustness_low", "effective_robustness_high")  # fmt: skip
GUIDE: dict[str, Any] = {"color": "0.35", "linewidth": 0.8, "linestyle": "--"}
LOGARITHMIC = ("kurtosis", "kurtosis_centred", "importance_ratio")
ACROSS = 3  # panels side by side
ROOM = 0.3  # above the points for the numbers, as a share of what they span


def plot(ax: Axes, points: pd.DataFrame) -> None:
    """Plot the models of one panel with their intervals, family by family."""
    looks = points.apply(look_of, axis=1)
    for look in LOOKS:
        own = points[[each == look for each in looks]]
        x, y = own["value"], own["effective_robustness"]
        bars: dict[str, Any] = {"color": "0.75", "linewidth": 0.7, "zorder": 1}
        ax.hlines(y, own["low"], own["high"], **bars)
        ax.vlines(x, own["effective_robustness_low"], own["effective_robustness_high"], **bars)
        ax.plot(x, y, look.marker, color=look.colour, ms=4.5, mec="white", mew=0.4)
    ax.axhline(ROBUST, **GUIDE)
    ax.grid(color="0.92", linewidth=0.5)


def words(associations: pd.DataFrame, indicator: str) -> str:
    """The numbers of a panel, over all models."""
    ranks, tells = (row_of(associations, indicator, ALL, each) for each in (CORRELATION, AREA))
    return f"rank correlation {numbers(ranks)}\nROC area {numbers(tells)}"


def panel(ax: Axes, indicator: str, points: pd.DataFrame, associations: pd.DataFrame) -> None:
    """One indicator: its points and numbers, or why there are none."""
    own = points[points["indicator"] == indicator]
    name = INDICATORS[indicator]
    if own.empty:
        reason = row_of(associations, indicator, ALL, CORRELATION)["reason"]
        say(ax, f"{name}:\n{reason}")
        return
    plot(ax, own)
    if indicator in LOGARITHMIC:
        ax.set_xscale("log")
        ticks = nice_ticks(own["value"].min(), own["value"].max())
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
    ends = own[["effective_robustness_low", "effective_robustness_high"]].to_numpy(float)
    low, high = min(0.0, ends.min()), max(ROBUST, ends.max())
    ax.set_ylim(low - 0.05 * (high - low), high + ROOM * (high - low))
    ax.set_xlabel(name)
    ax.text(0.03, 0.97, words(associations, indicator), transform=ax.transAxes, va="top",
            fontsize=6.5)  # fmt: skip


def nice_ticks(low: float, high: float) -> list[float]:
    """Ticks of a logarithmic axis: round numbers, or both ends where it has less than two."""
    every = [base * 10**power for power in range(5) for base in (1, 1.5, 2, 3, 4, 5, 7)]
    inner = [tick for tick in every if low <= tick <= high]
    return inner if len(inner) > 1 else [*dict.fromkeys((round(low, 1), round(high, 1)))]


def figure_of(points: pd.DataFrame, associations: pd.DataFrame) -> Figure:
    """The figure, a panel an indicator."""
    figure = new_figure(height=4.6)
    axes = figure.subplots(-(-len(INDICATORS) // ACROSS), ACROSS, sharey="row")
    for ax, indicator in zip(axes.flat, INDICATORS, strict=True):
        panel(ax, indicator, points, associations)
    for row in axes:
        row[0].set_ylabel("Effective robustness")
    guide = Line2D([], [], **GUIDE, label=f"Robust above {ROBUST:g}")
    family_legend(figure, map(look_of, points.to_dict("records")), [guide], markers=True)
    return figure


def main(
    points: str,
    associations: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    models: list[Model],
    confidence: float,
    line_through: str,
    no_line: str,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    points, associations: measures/indication/indication/points.csv and associations.csv
    files: to write
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    confidence: level of the intervals
    line_through, no_line: what the line goes through, and why there is none; see
        `texts.line_sentence`

    Raises
    ------
    InputError: a table lacks a column
    """
    table, found = read_table(points, POINTS), read_table(associations, COLUMNS)
    text = texts.paragraph(
        "How well does each indicator tell of effective robustness?",
        "Not a figure of the paper. A point is a model, grey lines are its own intervals over the "
        "images; the numbers are over all models: Spearman's rank correlation with effective "
        "robustness, and the area under the ROC curve for robust against not robust (0.5: the "
        "indicator says nothing).",
        *how_sentences(bool(no_line), confidence),
        texts.line_sentence(line_through, no_line),
        texts.rectified_sentence(models),
        texts.pool_sentence(study, models),
    )
    with style():
        save(figure_of(table, found), files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.points,
            snakemake.input.associations,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

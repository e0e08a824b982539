"""Figure 6: accuracy on the shifts against accuracy on the test set, in logits (Appendix A)."""

import textwrap
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from workflow_scripts.analysis.baselines import TESTBED_VARIANT
from workflow_scripts.files.tables import (
    PUBLISHED_VARIANT,
    published_models,
    read_line,
    read_points,
    read_published,
    read_table,
)
from workflow_scripts.method.effective_robustness import (
    predicted_accuracy,
    usable,
)
from workflow_scripts.reporting import texts as captions
from workflow_scripts.reporting.families import BASELINE, FAMILIES, of_family, shown
from workflow_scripts.reporting.pages import say
from workflow_scripts.reporting.style import family_legend, new_figure, save, style

TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
MARGIN = 0.25  # around the points, in logits
LINES = {
    "fit": {"color": "0.35", "linestyle": "-", "linewidth": 1.0},
    "equal": {"color": "black", "linestyle": "--", "linewidth": 0.7},
}


class Panel(NamedTuple):
    """What one panel shows; points have the columns accuracy and shift_accuracy, index model."""

    title: str
    models: list[dict]
    points: pd.DataFrame  # of the models
    baselines: pd.DataFrame
    line: pd.Series | None  # slope, intercept, r; None if there is none


def draw(ax: Axes, panel: Panel) -> None:
    """Draw baselines, their line, and the models with their height above it.

    Both axes are scaled by the logit, and so the line is straight. An accuracy of exactly 0 or 1
    has no place on them and is not drawn.
    """
    everything = drawable(pd.concat([panel.baselines, panel.points]))
    limits = [_limits(everything[name]) for name in ("accuracy", "shift_accuracy")]
    _scale(ax, *limits)
    slope, intercept = panel.line["slope"], panel.line["intercept"]
    x = np.linspace(*limits[0], 400)
    ax.plot(x, x, **LINES["equal"], zorder=1)
    ax.plot(x, predicted_accuracy(x, slope, intercept), **LINES["fit"], zorder=2)
    grey = drawable(panel.baselines)
    ax.plot(*_xy(grey), BASELINE.marker, color=BASELINE.colour, ms=4, mew=0, alpha=0.7, zorder=2)
    for family, look in FAMILIES.items():
        ids = [model["model"] for model in of_family(panel.models, family)]
        points = drawable(panel.points.loc[ids])
        foot = predicted_accuracy(points["accuracy"], slope, intercept)
        ax.vlines(
            points["accuracy"], foot, points["shift_accuracy"], color=look.colour, lw=0.6, alpha=0.5
        )
        ax.plot(*_xy(points), look.marker, color=look.colour, ms=5, mec="white", mew=0.5, zorder=3)
    ax.set_title(panel.title)
    ax.set_xlabel("Accuracy on the test set")
    ax.text(
        0.97,
        0.03,
        f"slope {slope:.2f}, intercept {intercept:.2f}, r {panel.line['r']:.2f}".replace("-", "−"),
        transform=ax.transAxes,
        ha="right",
        fontsize=7,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )


def drawable(points: pd.DataFrame) -> pd.DataFrame:
    """The points that have a place on logit axes."""
    return points[usable(points["accuracy"], points["shift_accuracy"])]


def _xy(points: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return points["accuracy"], points["shift_accuracy"]


def _limits(values: pd.Series) -> tuple[float, float]:
    """Ends of an axis: the smallest and the largest value, and a margin in logits."""
    if values.empty:
        return 0.1, 0.9
    odds = np.array([values.min() / (1 - values.min()), values.max() / (1 - values.max())])
    odds *= np.exp([-MARGIN, MARGIN])
    return tuple(odds / (1 + odds))


def _scale(ax: Axes, x_limits: tuple[float, float], y_limits: tuple[float, float]) -> None:
    """Logit axes with ticks in percent; few enough not to touch each other."""
    ax.set_xscale("logit")
    ax.set_yscale("logit")
    ax.set_xlim(*x_limits)
    ax.set_ylim(*y_limits)
    for axis, limits in ((ax.xaxis, x_limits), (ax.yaxis, y_limits)):
        axis.set_major_locator(FixedLocator(_ticks(*limits)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(PercentFormatter(1))
    ax.grid(color="0.92", linewidth=0.5)


def _ticks(low: float, high: float) -> list[float]:
    """Ticks within an axis, at least an eleventh of its length in logits apart."""
    position = {tick: np.log(tick / (1 - tick)) for tick in TICKS if low <= tick <= high}
    apart = (np.log(high / (1 - high)) - np.log(low / (1 - low))) / 11
    chosen: list[float] = []
    for tick, place in position.items():
        if not chosen or place - position[chosen[-1]] >= apart:
            chosen.append(tick)
    return chosen


def not_drawn_sentence(panel: Panel) -> str:
    """Which points have no place on the axes; empty if all have."""
    everything = pd.concat([panel.baselines, panel.points])
    left = everything.index.difference(drawable(everything).index, sort=False)
    ids = ", ".join(f"`{model}`" for model in left)
    return f"Not drawn, an accuracy of exactly 0 or 1: {ids}." if ids else ""


def study_panel(
    robustness: str, line: str, baselines: str | None, study: dict, models: list[dict]
) -> Panel:
    """The study's models and baselines, or those of the ImageNet testbed if `baselines` is given.

    `line` may be a table without a row.
    """
    compared = shown(models)
    return Panel(
        f"This study ({study['name']})",
        compared,
        read_points(robustness, compared),
        testbed_points(baselines, TESTBED_VARIANT)
        if baselines
        else read_points(robustness, of_family(models, "baseline")),
        None if read_table(line, ("slope",)).empty else read_line(line),
    )


def published_panel(published: str, lines: str, baselines: str) -> Panel:
    """The paper's checkpoints and the ImageNet testbed, from published accuracies."""
    checkpoints = read_published(published)
    return Panel(
        "Published accuracies (not reproduced)",
        published_models(checkpoints),
        checkpoints.set_index("model")[["accuracy", "shift_accuracy"]],
        testbed_points(baselines, PUBLISHED_VARIANT),
        read_line(lines, PUBLISHED_VARIANT),
    )


def testbed_points(path: str, variant: str) -> pd.DataFrame:
    """Points of the ImageNet testbed's models, with one variant of ImageNet-V2."""
    points = read_table(path, ("variant", "model", "accuracy", "shift_accuracy"))
    points = points[points["variant"] == variant]
    return points.set_index("model")[["accuracy", "shift_accuracy"]]


def text(study: dict, own: Panel, published: Panel, line: str) -> str:
    """The caption; `line` is what is to be said about the study's line."""
    left = captions.pool_sentence(study, own.models)
    if own.line is not None:
        left = f"{left} {_line_sentence(own)} {not_drawn_sentence(own)}".strip()
    return captions.caption(
        "Figure 6. Accuracy on the shifts against accuracy on the test set.",
        "Average accuracy on the distribution shifts over accuracy on the ImageNet test set, both "
        "axes scaled by the logit, with the line through the baselines (grey). The vertical "
        "distance from the line is the effective robustness; dashed: equal accuracies.",
        f"Left: {left}",
        line,
        f"Right: {captions.published_sentence(len(published.models))} {_line_sentence(published)}",
        not_drawn_sentence(published),
        "The paper's line, slope 0.76 and intercept -1.49, is that of the variant threshold-0.7.",
    )


def _line_sentence(panel: Panel) -> str:
    slope, intercept, r = (panel.line[name] for name in ("slope", "intercept", "r"))
    return (
        f"{len(drawable(panel.baselines))} baselines; slope {slope:.3f}, intercept "
        f"{intercept:.3f}, r {r:.3f}."
    )


def main(
    robustness,
    line,
    published,
    published_lines,
    published_baselines,
    pdf,
    png,
    caption,
    *,
    study,
    models,
    line_through,
    no_line,
):
    """Draw the figure.

    Parameters
    ----------
    robustness, line: measures/effective_robustness/models.csv and line.csv
    published, published_lines, published_baselines: measures/published/models.csv, lines.csv and
        baselines.csv
    pdf, png, caption: files to write
    study: the study, see reporting/texts.py
    models: rows of models.tsv, baselines included, with model, family, backbone, pretraining
    line_through, no_line: see `captions.line_sentence`
    """
    others_baselines = published_baselines if line_through == "testbed" else None
    own = study_panel(robustness, line, others_baselines, study, models)
    other = published_panel(published, published_lines, published_baselines)
    words = captions.line_sentence(line_through, no_line)
    with style():
        figure = new_figure(height=3.7)
        left, right = figure.subplots(1, 2)
        draw(right, other)
        if own.line is None:
            left.set_title(own.title)
            say(left, textwrap.fill(words, 42))
        else:
            draw(left, own)
            left.set_ylabel("Average accuracy on the shifts")
        grey = {"color": BASELINE.colour, "marker": BASELINE.marker, "linestyle": "none"}
        others = [
            Line2D([], [], **grey, label=BASELINE.name),
            Line2D([], [], **LINES["fit"], label="Line through the baselines"),
            Line2D([], [], **LINES["equal"], label="Equal accuracies"),
        ]
        shown_models = other.models + (own.models if own.line is not None else [])
        families = [model["family"] for model in shown_models]
        family_legend(figure, families, others, markers=True)
        save(figure, pdf, png, caption, text(study, own, other, words))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.robustness,
            snakemake.input.line,
            snakemake.input.published,
            snakemake.input.published_lines,
            snakemake.input.published_baselines,
            snakemake.output.pdf,
            snakemake.output.png,
            snakemake.output.caption,
            **snakemake.params.settings,
        )

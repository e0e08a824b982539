"""Figure 6: accuracy on the shifts against accuracy on the test set, in logits (Appendix A)."""

import textwrap
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from workflow_scripts.analysis.baselines import TESTBED_VARIANT
from workflow_scripts.files.tables import (
    PUBLISHED_VARIANT,
    published_models,
    read_line,
    read_points,
    read_published,
    read_table,
)
from workflow_scripts.method.robustness import predicted_accuracy, usable
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import (
    BASELINE,
    LOOKS,
    Model,
    look_of,
    of_family,
    of_look,
    without_baselines,
)
from workflow_scripts.reporting.pages import FigureFiles, say
from workflow_scripts.reporting.style import family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
MARGIN = 0.25  # around the points, in logits
NO_POINTS = pd.DataFrame(columns=["accuracy", "shift_accuracy"])
LINES: dict[str, dict[str, Any]] = {
    "fit": {"color": "0.35", "linestyle": "-", "linewidth": 1.0},
    "beyond": {"color": "0.35", "linestyle": ":", "linewidth": 1.0},
    "equal": {"color": "black", "linestyle": "--", "linewidth": 0.7},
}


class Inputs(NamedTuple):
    """The tables that the figure is made of."""

    robustness: str | None  # measures/effective_robustness/models.csv; None without a line
    line: str | None  # measures/effective_robustness/line.csv; likewise
    published: str  # measures/published/models.csv
    published_lines: str  # measures/published/lines.csv
    published_baselines: str  # measures/published/baselines.csv


class Panel(NamedTuple):
    """What one panel shows; points have the columns accuracy and shift_accuracy, index model."""

    title: str
    models: list[Model]
    points: pd.DataFrame  # of the models
    baselines: pd.DataFrame
    line: pd.Series | None  # slope, intercept, r; None if there is none


def plot(ax: Axes, panel: Panel, line: pd.Series) -> None:
    """Plot baselines, their line, and the models with their height above it.

    Both axes are scaled by the logit, and so the line is straight. An accuracy of exactly 0 or 1
    has no place on them and is not plotted.

    Parameters
    ----------
    line: slope, intercept, r
    """
    everything = plottable(pd.concat([panel.baselines, panel.points]))
    limits = [_limits(everything[name]) for name in ("accuracy", "shift_accuracy")]
    _scale(ax, *limits)
    slope, intercept = line["slope"], line["intercept"]
    ax.plot(*2 * [np.linspace(*limits[0], 400)], **LINES["equal"], zorder=1)
    grey = plottable(panel.baselines)
    (first, last), (low, high) = grey["accuracy"].agg(["min", "max"]), limits[0]
    for part, start, end in (("beyond", low, first), ("fit", first, last), ("beyond", last, high)):
        x = np.linspace(start, end, 200)
        ax.plot(x, predicted_accuracy(x, slope, intercept), **LINES[part], zorder=2)
    ax.plot(*_xy(grey), BASELINE.marker, color=BASELINE.colour, ms=4, mew=0, alpha=0.7, zorder=2)
    for look in LOOKS:
        ids = [model["model"] for model in of_look(panel.models, look)]
        points = plottable(panel.points.loc[ids])
        foot = predicted_accuracy(points["accuracy"].to_numpy(), slope, intercept)
        ax.vlines(
            points["accuracy"], foot, points["shift_accuracy"], color=look.colour, lw=0.6, alpha=0.5
        )
        ax.plot(*_xy(points), look.marker, color=look.colour, ms=5, mec="white", mew=0.5, zorder=3)
    ax.set_title(panel.title)
    ax.set_xlabel("Accuracy on the test set")
    ax.text(
        0.97, 0.03,
        f"slope {slope:.2f}, intercept {intercept:.2f}, r {line['r']:.2f}".replace("-", "−"),
        transform=ax.transAxes,
        ha="right",
        fontsize=7,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )  # fmt: skip


def plottable(points: pd.DataFrame) -> pd.DataFrame:
    """The points that have a place on logit axes."""
    return points[usable(*(points[name].to_numpy() for name in ("accuracy", "shift_accuracy")))]


def _xy(points: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return points["accuracy"], points["shift_accuracy"]


def _limits(values: pd.Series) -> tuple[float, float]:
    """Ends of an axis: the smallest and the largest value, with a margin in logits."""
    if values.empty:
        return 0.1, 0.9
    odds = np.array([values.min() / (1 - values.min()), values.max() / (1 - values.max())])
    # A factor of the odds is a distance in logits, and leaves the ends between 0 and 1.
    odds *= np.exp([-MARGIN, MARGIN])
    low, high = odds / (1 + odds)
    return low, high


def _scale(ax: Axes, x_limits: tuple[float, float], y_limits: tuple[float, float]) -> None:
    """Make the axes logit ones, with ticks in percent that are too few to touch each other."""
    ax.set_xscale("logit")
    ax.set_yscale("logit")
    ax.set_xlim(*x_limits)
    ax.set_ylim(*y_limits)
    for axis, limits in ((ax.xaxis, x_limits), (ax.yaxis, y_limits)):
        axis.set_major_locator(FixedLocator(_ticks(*limits)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
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


def omission_sentence(panel: Panel) -> str:
    """Which points have no place on the axes; empty if all have."""
    everything = pd.concat([panel.baselines, panel.points])
    omitted = everything.index.difference(plottable(everything).index, sort=False)
    ids = ", ".join(f"`{model}`" for model in omitted)
    return f"Not plotted, an accuracy of exactly 0 or 1: {ids}." if ids else ""


def study_panel(inputs: Inputs, name: str, models: list[Model], line_through: str) -> Panel:
    """The study's models and the baselines of its line: its own or those of the testbed.

    A study without a line has nothing to plot.
    """
    compared, title = without_baselines(models), f"This study ({name})"
    if not inputs.robustness or not inputs.line:
        return Panel(title, compared, NO_POINTS, NO_POINTS, None)
    return Panel(
        title,
        compared,
        read_points(inputs.robustness, compared),
        testbed_points(inputs.published_baselines, TESTBED_VARIANT)
        if line_through == "testbed"
        else read_points(inputs.robustness, of_family(models, "baseline")),
        read_line(inputs.line),
    )


def published_panel(inputs: Inputs) -> Panel:
    """The paper's checkpoints and the ImageNet testbed, from published accuracies."""
    checkpoints = read_published(inputs.published)
    return Panel(
        "Published accuracies (not reproduced)",
        published_models(checkpoints),
        checkpoints.set_index("model")[["accuracy", "shift_accuracy"]],
        testbed_points(inputs.published_baselines, PUBLISHED_VARIANT),
        read_line(inputs.published_lines, PUBLISHED_VARIANT),
    )


def testbed_points(path: str, variant: str) -> pd.DataFrame:
    """Points of the ImageNet testbed's models, with one variant of ImageNet-V2."""
    points = read_table(path, ("variant", "model", "accuracy", "shift_accuracy"))
    points = points[points["variant"] == variant]
    return points.set_index("model")[["accuracy", "shift_accuracy"]]


def caption_of(study: StudyFacts, own: Panel, published: Panel, line: str) -> str:
    """The figure's caption; `line` is what is to be said about the study's line."""
    left = f"{texts.pool_sentence(study, own.models)} {texts.test_sentence(study)}"
    if own.line is not None:
        left = f"{left} {_line_sentence(own)} {omission_sentence(own)}".strip()
    return texts.paragraph(
        "Figure 6. Accuracy on the shifts against accuracy on the test set.",
        "Average accuracy on the distribution shifts over accuracy on the test set, both "
        "axes scaled by the logit, with the line through the baselines (grey), dotted beyond the "
        "least and the most accurate of them, where it is extrapolated. The vertical "
        "distance from the line is the effective robustness; dashed: equal accuracies.",
        f"Left: {left}",
        line,
        f"Right: {texts.published_sentence(len(published.models))} {_line_sentence(published)}",
        omission_sentence(published),
        "The paper's line, slope 0.76 and intercept -1.49, is that of the variant threshold-0.7.",
    )


def _line_sentence(panel: Panel) -> str:
    """What the line of a panel is; empty if it has none."""
    if panel.line is None:
        return ""
    slope, intercept, r = (panel.line[name] for name in ("slope", "intercept", "r"))
    return (
        f"{len(plottable(panel.baselines))} baselines; slope {slope:.3f}, intercept "
        f"{intercept:.3f}, r {r:.3f}."
    )


def figure_of(own: Panel, published: Panel, line: str) -> Figure:
    """The study's panel, or `line` in its place if it has no line, beside the published one."""
    figure = new_figure(height=3.7)
    left, right = figure.subplots(1, 2)
    models = published.models
    if published.line is not None:
        plot(right, published, published.line)
    if own.line is None:
        left.set_title(own.title)
        say(left, textwrap.fill(line, 42))
    else:
        plot(left, own, own.line)
        left.set_ylabel("Average accuracy on the shifts")
        models = models + own.models
    others = [
        Line2D([], [], color=BASELINE.colour, marker=BASELINE.marker, ls="", label=BASELINE.name),
        Line2D([], [], **LINES["fit"], label="Line through the baselines"),
        Line2D([], [], **LINES["beyond"], label="Extrapolated"),
        Line2D([], [], **LINES["equal"], label="Equal accuracies"),
    ]
    family_legend(figure, map(look_of, models), others, markers=True)
    return figure


def main(
    inputs: Inputs,
    files: FigureFiles,
    *,
    study: StudyFacts,
    models: list[Model],
    line_through: str,
    no_line: str,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    inputs, files: tables to read and files to write
    study: what figure captions say about the study
    models: rows of models.tsv, baselines included, with model, family, backbone, pretraining
    line_through, no_line: see `texts.line_sentence`

    Raises
    ------
    InputError: a table lacks a column, a model or a line
    """
    own = study_panel(inputs, study["name"], models, line_through)
    published = published_panel(inputs)
    line = texts.line_sentence(line_through, no_line)
    with style():
        figure = figure_of(own, published, line)
        save(figure, files, caption_of(study, own, published, line))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            Inputs(
                snakemake.input.get("robustness"),
                snakemake.input.get("line"),
                snakemake.input.published,
                snakemake.input.published_lines,
                snakemake.input.published_baselines,
            ),
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

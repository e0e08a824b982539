"""Pictures of a card: vector graphics that stand in its page and take its colours."""

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator

from workflow_scripts.cards.indicators import SHARE, Indicator, row_of, with_interval
from workflow_scripts.cards.references import MINIATURE, NAMES, PAPER
from workflow_scripts.reporting.families import FAMILIES, OTHER, Model, look_of
from workflow_scripts.reporting.style import new_figure, style

WIDTH = 4.2  # inches: the width of a phone's page shows text at 10 pixels
ROW, PANEL, MARGIN = 0.24, 0.78, 0.7  # inches: heights of a row, of a panel, of axis and legend
TEXT, SMALL = 9, 8  # points
INK, FAINT = "#010203", "#040506"  # stand for the colour of the page's text, full and faint
SHOWN = 4  # outlier components that are named in a picture
SCALES = {SHARE: 100.0}
# Whatever is plotted black by default, and text as text
_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    **dict.fromkeys(["axes.labelsize", "xtick.labelsize", "ytick.labelsize"], TEXT),
    "legend.fontsize": TEXT,
    "axes.formatter.use_mathtext": False,
    **dict.fromkeys(
        ["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"], INK
    ),
}

PlotPanel = Callable[[Axes, Model], None]


def beside_ranges(
    indicator: Indicator, values: pd.DataFrame, models: list[Model], references: pd.DataFrame
) -> str:
    """Each model's value with its interval, and below it the ranges of the references, as SVG.

    Parameters
    ----------
    values: columns value, low, high, indexed by model
    models: rows of models.tsv, from the top
    references: rows of `references.of_paper` and `of_miniature` of this indicator
    """
    scale = SCALES.get(indicator.kind, 1.0)
    rows = len(models) + len(references)
    with style(), matplotlib.rc_context(_RC):
        figure = new_figure(ROW * rows + MARGIN, WIDTH)
        ax = figure.add_subplot()
        for place, model in enumerate(models):
            row, look = row_of(values * scale, model["model"]), look_of(model)
            if pd.isna(row["value"]):
                ax.text(0.01, place, "n/a", transform=ax.get_yaxis_transform(), va="center")
                continue
            ax.hlines(place, row["low"], row["high"], color=look.colour, linewidth=2)
            ax.plot(row["value"], place, look.marker, color=look.colour, markersize=5)
        for place, reference in enumerate(references.to_dict("records"), len(models)):
            _plot_range(ax, place, reference, scale)
        labels = [model["model"] for model in models]
        labels += [f"{row['group']}" for row in references.to_dict("records")]
        ax.set_yticks(range(rows), labels)
        ax.set_ylim(rows - 0.5, -0.5)
        if len(references):
            ax.axhline(len(models) - 0.5, color=FAINT, linewidth=0.8)
            _name_sources(figure, references)
        ax.use_sticky_edges = False
        ax.margins(x=0.04)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", color=FAINT, linewidth=0.5)
        ax.set_xlabel(indicator.title + (" [%]" if indicator.kind == SHARE else ""))
        return svg(figure, indicator.title)


def _plot_range(ax: Axes, place: int, row: dict[Any, Any], scale: float) -> None:
    """A range as a bar, hatched if it is the paper's; a single number as an upright line."""
    low, high = row["low"] * scale, row["high"] * scale
    colour = FAMILIES[row["family"]].colour if row["family"] else INK
    paper = row["source"] == PAPER
    if low == high:
        ax.vlines(low, place - 0.3, place + 0.3, color=colour, linestyles=":" if paper else "-")
        return
    ax.barh(
        place, high - low, 0.6, left=low, color="none" if paper else colour, edgecolor=colour,
        alpha=None if paper else 0.55, hatch="////" if paper else None, linewidth=0.8,
    )  # fmt: skip


def _name_sources(figure: Figure, references: pd.DataFrame) -> None:
    """A legend of where the ranges are from."""
    looks: dict[str, dict[str, Any]] = {
        PAPER: {"facecolor": "none", "hatch": "////"},
        MINIATURE: {"facecolor": INK, "alpha": 0.4},
    }
    handles = [
        Patch(label=NAMES[source], edgecolor=INK, linewidth=0.5, **looks[source])
        for source in dict.fromkeys(references["source"])
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)


def panels(models: list[Model], plot: PlotPanel, x: str, y: str, name: str, **shared: bool) -> str:
    """A panel for each model, one below the other on shared axes, as SVG.

    Parameters
    ----------
    plot: plots a model
    x, y: labels of the axes
    name: of the picture
    shared: sharex and sharey, True unless they are given
    """
    with style(), matplotlib.rc_context(_RC):
        figure = new_figure(PANEL * len(models) + MARGIN, WIDTH)
        sharing: dict[str, Any] = {"sharex": True, "sharey": True} | shared
        axes = figure.subplots(len(models), 1, squeeze=False, **sharing)[:, 0]
        for ax, model in zip(axes, models, strict=True):
            plot(ax, model)
            ax.set_title(model["model"], fontweight="normal", fontsize=SMALL, pad=2)
            ax.grid(color=FAINT, linewidth=0.5)
        axes[-1].set_xlabel(x)
        figure.supylabel(y, fontsize=TEXT)
        return svg(figure, name)


def histograms(models: list[Model], bins: pd.DataFrame) -> str:
    """How kurtosis is distributed over the images of each model; bins equal on a log axis."""

    def plot(ax: Axes, model: Model) -> None:
        own = bins[bins["model"] == model["model"]].dropna()
        share = 100 * own["images"] / max(own["images"].sum(), 1)
        ax.bar(
            own["low"], share, own["high"] - own["low"], align="edge", color=look_of(model).colour
        )
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_locator(LogLocator(2, subs=(1, 1.5)))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.axvline(3, color=INK, linewidth=0.8, linestyle="--")

    return panels(models, plot, "Kurtosis of an image (dashed: 3)", "Images [%]", "distribution")


def profiles(models: list[Model], components: pd.DataFrame) -> str:
    """The mean of each component, those that are outliers in most images named by number."""

    def plot(ax: Axes, model: Model) -> None:
        own = components[components["model"] == model["model"]]
        # One line for all, from 0 to the mean and on to the next, keeps the picture small.
        lines = np.stack([0 * own["mean"], own["mean"], np.nan * own["mean"]], axis=1)
        places = np.repeat(own["component"], 3)
        ax.plot(places, lines.ravel(), color=look_of(model).colour, linewidth=0.7)
        for row in own[own["outlying"] > 0.5].head(SHOWN).to_dict("records"):
            ax.annotate(
                f"{row['component']}", (row["component"], row["mean"]), (3, 0),
                textcoords="offset points", fontsize=SMALL, va="center",
            )  # fmt: skip
        ax.margins(y=0.15)

    return panels(models, plot, "Component", "Mean over the images", "components", sharey=False)


def importances(models: list[Model], directions: pd.DataFrame) -> str:
    """The importance of every direction of each model, by singular value."""

    def plot(ax: Axes, model: Model) -> None:
        own = directions[directions["model"] == model["model"]]
        ax.step(own["direction"], own["importance"], where="mid", color=look_of(model).colour)
        ax.set_yscale("log")

    label = "Direction, by descending singular value"
    return panels(models, plot, label, "Importance", "importances")


def pruned(models: list[Model], curves: pd.DataFrame) -> str:
    """Accuracy by share of directions pruned, with its interval."""

    def plot(ax: Axes, model: Model) -> None:
        own = 100 * curves[curves["model"] == model["model"]][["pruned", "value", "low", "high"]]
        own = own.sort_values("pruned")
        colour = look_of(model).colour
        ax.fill_between(own["pruned"], own["low"], own["high"], color=colour, alpha=0.3, lw=0)
        ax.plot(own["pruned"], own["value"], color=colour)

    return panels(models, plot, "Directions pruned [%]", "Accuracy [%]", "pruning")


def courses(
    values: dict[str, pd.DataFrame], named: dict[str, Indicator], steps: pd.Series, run: str
) -> str:
    """Each indicator over the steps of a training, one panel below the other.

    Parameters
    ----------
    values: columns value, low, high, indexed by model, by indicator
    named: the indicators
    steps: of each checkpoint, by model, ascending
    run: name of the training run
    """

    def plot(ax: Axes, row: Model) -> None:
        scale = SCALES.get(named[row["name"]].kind, 1.0)
        own = values[row["name"]].loc[steps.index] * scale
        ax.fill_between(steps, own["low"], own["high"], color=OTHER.colour, alpha=0.3, lw=0)
        ax.plot(steps, own["value"], OTHER.marker, linestyle="-", color=OTHER.colour, markersize=3)

    rows: list[Model] = [
        {"name": name, "model": named[name].title + (" [%]" if named[name].kind == SHARE else "")}
        for name in values
    ]
    return panels(rows, plot, "Step of the training", "", f"course {run}", sharey=False)


def described(indicator: Indicator, values: pd.DataFrame) -> str:
    """What a picture beside ranges shows, for readers who do not see it."""
    rows = values.to_dict("index")
    listed = (f"{model} {with_interval(row, indicator.kind)}" for model, row in rows.items())
    return f"{indicator.title} of each model beside reference ranges: {'; '.join(listed)}."


def svg(figure: Figure, name: str) -> str:
    """A figure as an SVG element whose black is the colour of the page's text.

    To be called in `style`; the same figure and name give the same text, and no two names share
    an id.
    """
    stream = io.StringIO()
    nothing = dict.fromkeys(["Date", "Creator", "Format", "Type"])
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(stream, format="svg", transparent=True, metadata=nothing)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # What nothing refers to needs no id, and would be there in every picture.
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", text))
    text = re.sub(r' id="([^"]*)"', lambda each: each[0] if each[1] in used else "", text)
    text = re.sub(
        r'<svg [^>]*?(viewBox="[^"]+")[^>]*>', r'<svg \1 aria-hidden="true">', text, count=1
    )
    faint = {f"{kind}: {FAINT}": f"{kind}: currentColor; {kind}-opacity: 0.2"
             for kind in ("fill", "stroke")}  # fmt: skip
    for old, new in {**faint, INK: "currentColor"}.items():
        text = text.replace(old, new)
    return text.strip()

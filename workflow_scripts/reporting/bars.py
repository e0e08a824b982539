"""Bars for a pool of models in the paper's grouping: backbone, pretraining data, family."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workflow_scripts.reporting.families import Model, look_of, of_family, without_baselines
from workflow_scripts.reporting.pages import NOTHING, say
from workflow_scripts.reporting.style import new_figure
from workflow_scripts.study.pool import label_of

BAR = 0.4  # widest bar, where a place on the axis has the width 1
ORDER = ("robust_zero_shot", "finetuned", "non_robust_zero_shot", "supervised", "rectified")
FILLED = 0.84  # share of a place that bars take
GAP = 0.35  # between backbones
NARROWEST = 1.9  # places that a backbone takes at least, so that its name fits above
LONGEST = 9  # letters of a name that fit above so few places
MOST = 24  # places on a line of bars
HEIGHT = 2.4  # inches of a line of bars with its labels
DOT: dict[str, Any] = {"marker": "o", "markersize": 2.2, "markerfacecolor": "white",
                       "markeredgecolor": "black", "markeredgewidth": 0.5,
                       "linestyle": "none"}  # fmt: skip
ARROW: dict[str, Any] = {"color": "black", "markersize": 3.5}
FEWEST = 4  # places for which there is room, so that few bars are not too wide
CUT = 0.5  # how far an interval may leave the range of the values, in lengths of that range

PlotLine = Callable[[Axes, list[Model]], None]


class Place(NamedTuple):
    """A place on the axis: the models of one backbone and pretraining set, side by side."""

    backbone: str
    label: str
    models: list[Model]


def places(models: list[Model]) -> list[Place]:
    """Group a pool as the paper's figures do, in the pool's order.

    Within a backbone: the web pretraining sets, zero-shot beside finetuned, then the sets of the
    non-robust CLIPs, then the supervised models, the rectified ones last.
    """
    grouped: dict[tuple[str, str], list[Model]] = {}
    for family in ORDER:
        for model in of_family(models, family):
            label = label_of(model) or look_of(model).name
            grouped.setdefault((model["backbone"], label), []).append(model)
    backbones = list(dict.fromkeys(model["backbone"] for model in without_baselines(models)))
    ordered = sorted(grouped.items(), key=lambda item: backbones.index(item[0][0]))
    return [Place(backbone, label, members) for (backbone, label), members in ordered]


def spans(groups: list[Place]) -> list[tuple[str, float, float]]:
    """Each backbone with the left and right end of its part of the axis."""
    counts = Counter(place.backbone for place in groups)  # in order of appearance
    ends, left = [], 0.0
    for backbone, count in counts.items():
        right = left + max(count, NARROWEST) + GAP
        ends.append((backbone, left, right))
        left = right
    return ends


def positions(groups: list[Place]) -> list[float]:
    """Middle of each place on the axis: one apart, centred in the backbone's part."""
    centres = []
    for backbone, left, right in spans(groups):
        count = sum(place.backbone == backbone for place in groups)
        first = (left + right - count + 1) / 2
        centres += [first + number for number in range(count)]
    return centres


def lines_of(models: list[Model], most: int = MOST) -> list[list[Model]]:
    """Split a pool into lines of bars: whole backbones, on as few and as even lines as may be.

    Parameters
    ----------
    most: places on a line
    """
    ends = spans(places(models))
    for count in range(1, len(ends) + 1):
        # The backbones whose middle lies in one of `count` equal parts of the axis.
        line_of = {
            backbone: int((left + right) / 2 / ends[-1][2] * count)
            for backbone, left, right in ends
        }
        lines = [
            [model for model in without_baselines(models) if line_of[model["backbone"]] == number]
            for number in sorted(set(line_of.values()))
        ]
        # A backbone is not split: with one on each line, the last try, they may still be wide.
        if max(map(width_of, lines)) <= most:
            break
    return lines if ends else [[]]


def width_of(models: list[Model]) -> float:
    """Places that a line of bars takes, gaps between backbones included."""
    ends = spans(places(models))
    return ends[-1][2] if ends else 1.0


def plot_lines(axes: list[Axes], lines: list[list[Model]], plot: PlotLine) -> None:
    """Plot each line of bars into axes of its own, all on the same scale along x, one centred.

    Parameters
    ----------
    lines: of `lines_of`, as many as axes
    plot: plots the models of one line
    """
    for ax, line in zip(axes, lines, strict=True):
        plot(ax, line)
    widest = max(FEWEST, *map(width_of, lines))
    margin = (widest - width_of(lines[0])) / 2 if len(lines) == 1 else 0
    for ax in axes:
        ax.set_xlim(-margin, widest - margin)


def are_few(models: list[Model]) -> bool:
    """Whether bars leave so much of a line empty that the legend fits beside them."""
    return width_of(models) < FEWEST


def bar_figure(models: list[Model], plot: PlotLine, title: str) -> Figure:
    """A figure of a pool's bars, over as many lines as they need; `plot` as for `plot_lines`."""
    lines = lines_of(models)
    figure = new_figure(height=HEIGHT * len(lines) + 0.6)
    axes = list(figure.subplots(len(lines), 1, squeeze=False, sharey=True)[:, 0])
    plot_lines(axes, lines, plot)
    set_title(axes[0], title, lines[0])
    return figure


def set_title(ax: Axes, title: str, models: list[Model]) -> None:
    """Put a title above the names of the backbones of a line of bars."""
    names = [_fitted(*each) for each in spans(places(models))]
    ax.set_title(title, pad=24 if any("\n" in name for name in names) else 16)


def bar_places(models: list[Model]) -> dict[str, tuple[float, float]]:
    """Middle and width of each model's bar as `plot_bars` plots it, by model id."""
    groups = places(models)
    return {
        model["model"]: (x, width)
        for place, centre in zip(groups, positions(groups), strict=True)
        for model, x, width in _bars(place, centre)
    }


def plot_bars(
    ax: Axes, models: list[Model], values: pd.DataFrame, hatch: str | None = None
) -> None:
    """Plot a bar with its interval for each model, and label the x axis.

    Parameters
    ----------
    models: rows with model, family, backbone, pretraining; baselines are left out
    values: columns value, low, high, indexed by model; a value that is NaN is marked n/a, an
        interval that is NaN is not plotted, and one that would dwarf the values is cut, with an
        arrow at its end; column replicates, if any, has single ones to dot
    hatch: pattern over the bars, for numbers of another origin; None for the study's own
    """
    groups = places(models)
    if not groups:
        say(ax, NOTHING)
        return
    centres = positions(groups)
    rows, ends = values.to_dict("index"), shown_range(values)
    for place, centre in zip(groups, centres, strict=True):
        for model, x, width in _bars(place, centre):
            _plot_bar(ax, x, width, rows[model["model"]], look_of(model).colour, hatch, ends)
    labels = [place.label for place in groups]
    ax.set_xticks(centres, labels, rotation=35, ha="right", rotation_mode="anchor")
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(0, width_of(models))
    ax.grid(axis="y", color="0.9", linewidth=0.5)
    _name_backbones(ax, groups)


def _bars(place: Place, centre: float) -> Iterator[tuple[Model, float, float]]:
    """Each model of a place with the middle and the width of its bar."""
    count = len(place.models)
    width = min(BAR, FILLED / count)
    for number, model in enumerate(place.models):
        yield model, centre + (number - (count - 1) / 2) * width, width


def shown_range(values: pd.DataFrame) -> tuple[float, float]:
    """The lowest and the highest end of an interval that is plotted whole.

    One wild interval would otherwise make all bars too small to be told apart.
    """
    known = [0.0, *values["value"].dropna()]
    low, high = min(known), max(known)
    return low - CUT * (high - low), high + CUT * (high - low)


def cut_sentence(values: pd.DataFrame) -> str:
    """Which intervals are cut, and their ends; empty if none is.

    Parameters
    ----------
    values: as for `plot_bars`
    """
    least, most = shown_range(values)
    cut = values[(values["low"] < least) | (values["high"] > most)]
    named = (f"`{row.Index}` ({row.low:.3g} to {row.high:.3g})" for row in cut.itertuples())
    return f"Intervals cut at an arrow: {', '.join(named)}." if len(cut) else ""


def _plot_bar(
    ax: Axes,
    x: float,
    width: float,
    row: dict[Hashable, Any],
    colour: str,
    hatch: str | None,
    ends: tuple[float, float],
) -> None:
    """One bar with its interval, or n/a where it would stand."""
    if pd.isna(row["value"]):
        ax.annotate("n/a", (x, 0), (0, 2), textcoords="offset points", ha="center", fontsize=7)
        return
    ax.bar(x, row["value"], width, color=colour, edgecolor="white", linewidth=0.5, hatch=hatch)
    if not pd.isna(row["low"]):
        least, most = ends
        low, high = max(row["low"], least), min(row["high"], most)
        ax.vlines(x, low, high, color="black", linewidth=0.9)
        if row["low"] < least:
            ax.plot(x, least, "v", **ARROW)
        if row["high"] > most:
            ax.plot(x, most, "^", **ARROW)
    if single := [each for each in row.get("replicates") or () if ends[0] <= each <= ends[1]]:
        ax.plot([x] * len(single), single, **DOT)


def _name_backbones(ax: Axes, groups: list[Place]) -> None:
    """Name each backbone above its part of the axis, every other one on a grey ground."""
    for number, (backbone, left, right) in enumerate(spans(groups)):
        if number % 2 == 0:
            ax.axvspan(left, right, color="0.96", linewidth=0, zorder=0)
        ax.annotate(
            _fitted(backbone, left, right),
            ((left + right) / 2, 1),
            (0, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
        )


def _fitted(backbone: str, left: float, right: float) -> str:
    """A backbone's name, on two lines where it has little room."""
    narrow = right - left < NARROWEST + 2 * GAP and len(backbone) > LONGEST
    return backbone.replace("-", "-\n", 1) if narrow else backbone

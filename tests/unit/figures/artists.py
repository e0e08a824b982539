"""What a reader sees in a figure, read from its artists and not from the code that drew it.

Colours are told apart by the figure's own legend, bars by the words above and below them, so that a
wrong legend, label or order shows as much as a wrong height.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection, LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from workflow_scripts.reporting.families import Model, look_of

NAN = float("nan")


class Bar(NamedTuple):
    """One bar: where it stands, how high it is, and the ends of the black line over it."""

    backbone: str
    label: str
    family: str
    height: float
    low: float
    high: float


class Shape(NamedTuple):
    """The outline of a bar, from 0 to its height."""

    x: float
    width: float
    height: float
    colour: str
    hatch: str | None


class Curve(NamedTuple):
    """A line or a row of markers in the coordinates of the axes."""

    colour: str
    style: str  # "None" where there are markers alone
    marker: str
    x: list[float]
    y: list[float]


def same(found: list, expected: list) -> None:
    """Fail unless two lists of named tuples are alike, numbers to six digits."""
    pd.testing.assert_frame_equal(
        pd.DataFrame(found), pd.DataFrame(expected), check_dtype=False, rtol=1e-6
    )


def colour_of(artist: Patch) -> str:
    """The colour of a patch's area, without its transparency."""
    return to_hex(artist.get_facecolor())


def legend(figure: Figure) -> dict[str, str]:
    """The label of each colour of the figure's only legend, in order."""
    (box,) = figure.legends
    handles, words = box.legend_handles, [text.get_text() for text in box.get_texts()]
    colours = [
        colour_of(each) if isinstance(each, Patch) else to_hex(each.get_color()) for each in handles
    ]
    return dict(zip(colours, words, strict=True))


def styles(figure: Figure) -> dict[str, str]:
    """The label of each style of line of the figure's only legend."""
    (box,) = figure.legends
    words = [text.get_text() for text in box.get_texts()]
    return {
        handle.get_linestyle(): text
        for handle, text in zip(box.legend_handles, words, strict=True)
        if not isinstance(handle, Patch)
    }


def labels(figure: Figure) -> list[str]:
    """The words of the figure's only legend, in order."""
    return [text.get_text() for box in figure.legends for text in box.get_texts()]


# Bars


def shapes(ax: Axes) -> list[Shape]:
    """All bars, from left to right, and in the order of drawing where they stand on one another."""
    patches = [patch for container in ax.containers for patch in container.patches]
    assert all(patch.get_y() == 0 for patch in patches), "a bar does not begin at 0"
    found = [
        Shape(
            patch.get_x() + patch.get_width() / 2,
            patch.get_width(),
            patch.get_height(),
            colour_of(patch),
            patch.get_hatch(),
        )
        for patch in patches
    ]
    return sorted(found, key=lambda shape: round(shape.x, 6))


def segments(ax: Axes) -> list[np.ndarray]:
    """Ends of the single lines of the axes, [2, 2] each."""
    collections = [each for each in ax.collections if isinstance(each, LineCollection)]
    return [np.asarray(part) for each in collections for part in each.get_segments()]


def vertical(ax: Axes) -> dict[float, tuple[float, float]]:
    """Lower and upper end of each vertical line, by its place along x."""
    return {round(a[0], 6): (a[1], b[1]) for a, b in segments(ax) if a[0] == b[0]}


def horizontal(ax: Axes) -> dict[float, tuple[float, float, float]]:
    """Height, left and right end of each horizontal line, by its middle."""
    found = [(a, b) for a, b in segments(ax) if a[1] == b[1] and a[0] != b[0]]
    return {round((a[0] + b[0]) / 2, 6): (a[1], a[0], b[0]) for a, b in found}


def ticks(ax: Axes) -> list[tuple[float, str]]:
    """Place and words of each label along x."""
    words = [text.get_text() for text in ax.get_xticklabels()]
    return list(zip(map(float, ax.get_xticks()), words, strict=True))


def words_below(ax: Axes, x: float) -> str:
    """The label along x that is nearest to a place."""
    return min(ticks(ax), key=lambda tick: abs(tick[0] - x))[1]


def words_above(ax: Axes, x: float) -> str:
    """The name of the backbone above a place: the one between the same changes of the ground."""
    bars = {patch for container in ax.containers for patch in container.patches}
    grounds = [patch for patch in ax.patches if patch not in bars]
    ends = sorted(
        {end for each in grounds for end in (each.get_x(), each.get_x() + each.get_width())}
    )
    names = [
        text for text in ax.texts if getattr(text, "xycoords", "") == ("data", "axes fraction")
    ]
    (name,) = [
        text.get_text()
        for text in names
        if np.searchsorted(ends, text.xy[0]) == np.searchsorted(ends, x)
    ]
    return name


def bars(figure: Figure, ax: Axes, hatch: str | None = None) -> list[Bar]:
    """The bars of a pattern from left to right; no line over a bar is one of NaN."""
    families, lines = legend(figure), vertical(ax)
    found = [shape for shape in shapes(ax) if shape.hatch == hatch]
    assert all(0 < shape.width < 1 for shape in found), "a bar is as wide as its place"
    for one, other in zip(found, found[1:], strict=False):
        assert one.x + one.width / 2 <= other.x - other.width / 2 + 1e-9, "bars overlap"
    return [
        Bar(
            words_above(ax, shape.x),
            words_below(ax, shape.x),
            families[shape.colour],
            shape.height,
            *lines.get(round(shape.x, 6), (NAN, NAN)),
        )
        for shape in found
    ]


def label(model: Model) -> str:
    """The words below a model's bar: what it was pretrained on and finetuned how, or its family."""
    named = model["pretraining"] or look_of(model).name
    return f"{named}, {model['finetuning']}" if "finetuning" in model else named


def expected_bars(models: list[Model], table: pd.DataFrame, *columns: str) -> list[Bar]:
    """The bars of models in this order: value, low and high in columns, a row a model.

    Without columns for them, low and high are NaN.
    """
    rows = table.set_index("model")
    return [
        Bar(
            model["backbone"],
            label(model),
            look_of(model).name,
            *(rows.loc[model["model"], column] for column in columns),
            *[NAN] * (3 - len(columns)),
        )
        for model in models
    ]


# Curves


def curves(ax: Axes) -> list[Curve]:
    """Lines and rows of markers in data coordinates, in the order of drawing; not the guides."""
    return [
        Curve(
            to_hex(line.get_color()),
            line.get_linestyle(),
            line.get_marker(),
            list(map(float, line.get_xdata())),
            list(map(float, line.get_ydata())),
        )
        for line in ax.lines
        if line.get_transform() == ax.transData and len(line.get_xdata())
    ]


def levels(ax: Axes) -> list[tuple[float, str]]:
    """Height and style of each line across the whole width."""
    across = ax.get_yaxis_transform(which="grid")
    return [
        (line.get_ydata()[0], line.get_linestyle())
        for line in ax.lines
        if line.get_transform() == across
    ]


def marks(ax: Axes) -> list[float]:
    """Place of each line over the whole height."""
    up = ax.get_xaxis_transform(which="grid")
    return [line.get_xdata()[0] for line in ax.lines if line.get_transform() == up]


def bands(ax: Axes) -> list[tuple[str, dict[float, tuple[float, float]]]]:
    """Colour of each filled band, with its lower and upper end at each place along x."""
    found = []
    for each in ax.collections:
        if isinstance(each, FillBetweenPolyCollection):
            points = pd.DataFrame(each.get_paths()[0].vertices, columns=["x", "y"]).groupby("x")[
                "y"
            ]
            ends = {x: (y.min(), y.max()) for x, y in points}
            found.append((to_hex(each.get_facecolor()[0]), ends))
    return found


def title(ax: Axes) -> str:
    """The title, which stands on the left."""
    return ax.get_title(loc="left") or ax.get_title()

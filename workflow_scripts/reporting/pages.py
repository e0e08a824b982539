"""Figures of several pages: their files, and panels that say so when they have nothing to show."""

from collections.abc import Iterable, Iterator

from matplotlib.axes import Axes
from matplotlib.figure import Figure

NOTHING = "The study has no model for this figure."


def pages_of(outputs: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The files of each page, (pdf, png, caption), from the outputs of one rule."""
    outputs = list(outputs)
    return zip(outputs[::3], outputs[1::3], outputs[2::3], strict=True)


def say(ax: Axes, text: str = NOTHING) -> None:
    """Put words in place of a panel."""
    ax.axis("off")
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", wrap=True)


def side_by_side(count: int, columns: int) -> int:
    """How many panels to put side by side: at most `columns`, and two where there are fewer."""
    return min(columns, max(count, 2))


def grid(figure: Figure, count: int, rows: int, columns: int) -> list[list[Axes]]:
    """Axes for `count` columns of `rows` panels each, `columns` of them side by side at most.

    Panels of one row share their y axis; where there is more than one line of columns, the next
    begins below. What is left over stays empty.

    Returns
    -------
    For each column, its panels from the top.
    """
    lines = -(-max(count, 1) // columns)
    axes = figure.subplots(lines * rows, columns, squeeze=False, sharey="row")
    for number in range(count, lines * columns):
        for ax in _column(axes, number, rows, columns):
            ax.axis("off")
    return [_column(axes, number, rows, columns) for number in range(count)]


def _column(axes, number: int, rows: int, columns: int) -> list[Axes]:
    top = (number // columns) * rows
    return list(axes[top : top + rows, number % columns])

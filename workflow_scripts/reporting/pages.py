"""Figures of several pages: their files, and panels that say so when they have nothing to show."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

NOTHING = "The study has no model for this figure."
MARGIN = 0.05  # at either end of an axis, as a share of what it shows


class FigureFiles(NamedTuple):
    """Where a figure is written."""

    pdf: str
    png: str
    svg: str
    caption: str  # the figure's caption as Markdown


def files_of_pages(outputs: Iterable[str]) -> Iterator[FigureFiles]:
    """The files of each page, from the outputs of a rule, one page after another."""
    each = [iter(outputs)] * len(FigureFiles._fields)
    return map(FigureFiles._make, zip(*each, strict=True))


def part_of(page: str, pages: Collection[str]) -> str:
    """Which of several pages of one kind this is, as " (1/2)"; empty if it is the only one."""
    return f" ({list(pages).index(page) + 1}/{len(pages)})" if len(pages) > 1 else ""


def say(ax: Axes, text: str = NOTHING) -> None:
    """Put words in place of a panel."""
    ax.axis("off")
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", wrap=True)


def common_limits(*values: pd.Series) -> tuple[float, float]:
    """Ends of an axis that all pages of a kind share: those of all values, with a margin."""
    every = pd.concat(values)
    low, high = every.min(), every.max()
    margin = MARGIN * ((high - low) or 1)
    return low - margin, high + margin


def side_by_side(count: int, columns: int) -> int:
    """How many panels to put side by side: at most `columns`."""
    return min(columns, max(count, 1))


def grid(figure: Figure, count: int, rows: int, columns: int) -> list[list[Axes]]:
    """Axes for `count` columns of `rows` panels each, at most `columns` of them side by side.

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


def _column(axes: np.ndarray, number: int, rows: int, columns: int) -> list[Axes]:
    top = (number // columns) * rows
    return list(axes[top : top + rows, number % columns])

"""Look of all figures, and how they are saved: the same files from the same numbers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from workflow_scripts.files.atomic import replacing, write_text
from workflow_scripts.reporting.families import LOOKS, Family
from workflow_scripts.reporting.pages import FigureFiles

WIDTH = 6.75  # inches: a full text column, so that font sizes are those of the printed page
RESOLUTION = 200  # dots per inch of the PNG

# Typed loosely, since matplotlib declares its keys as literals.
_RC: dict[Any, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 1.5,
    "legend.columnspacing": 1.4,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "pdf.fonttype": 42,  # fonts that can be edited and searched
    "svg.hashsalt": "interpreting-clip",  # ids that are the same each time
    "savefig.dpi": RESOLUTION,
    "figure.constrained_layout.use": True,
}


@contextmanager
def style() -> Iterator[None]:
    """Plot and save in the project's style, whatever the user's matplotlibrc says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        yield


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure of a size in inches; without a window or a global state."""
    return Figure(figsize=(width, height))


def save(figure: Figure, files: FigureFiles, caption: str, study: str = "") -> None:
    """Write the figure as PDF, PNG and SVG and its caption as Markdown, each whole or not at all.

    To be called in `style`.

    Parameters
    ----------
    study: its name, which is put beside a figure that would not say whose numbers it shows

    Raises
    ------
    InputError: the folder cannot be written, or the disk is full
    """
    if study:
        place = figure.supxlabel if figure.get_suptitle() else figure.suptitle
        place(f"Study {study}", x=0.99, ha="right", fontsize=6, color="0.4")
    # Without a time in any file, the same figure gives the same bytes.
    undated: tuple[dict[str, Any], ...] = {"CreationDate": None}, {}, {"Date": None}
    for path, metadata in zip((files.pdf, files.png, files.svg), undated, strict=True):
        with replacing(path) as temporary:
            figure.savefig(temporary, metadata=metadata)
        # All files have the layout of the first: to find one takes as long as to draw it.
        figure.set_layout_engine("none")
    write_text(files.caption, caption)


def family_legend(
    figure: Figure,
    looks: Iterable[Family],
    others: Iterable[Line2D | Patch] = (),
    markers: bool = False,
    beside: bool = False,
) -> None:
    """One legend for the whole figure: the families present, then the others.

    Parameters
    ----------
    looks: those of the models in the figure, repetitions allowed
    others: entries that stand for no family
    markers: whether a family is a marker in the figure, and not an area of its colour
    beside: see `legend`
    """
    present = set(looks)
    ordered = [look for look in LOOKS if look in present]
    handles: list[Line2D | Patch]
    if markers:
        handles = [family_marker(look) for look in ordered]
    else:
        handles = [Patch(facecolor=look.colour, label=look.name) for look in ordered]
    handles += list(others)
    if handles:
        # Five of the names are wider than a page.
        legend(figure, handles, min(len(handles), 4), beside)


def legend(
    figure: Figure, handles: Sequence[Line2D | Patch], ncols: int, beside: bool = False
) -> None:
    """One legend for the whole figure, below its panels in columns, or beside what is alone there.

    Parameters
    ----------
    beside: whether the figure has a single panel, which would be too wide with all the page
    """
    place: dict[str, Any] = {"loc": "outside lower center", "ncols": ncols}
    figure.legend(handles=handles, **{"loc": "outside right center"} if beside else place)


def family_marker(look: Family) -> Line2D:
    """The entry of a legend for a family that has markers in the figure."""
    none: dict[str, Any] = {"linestyle": "none", "markeredgecolor": "white"}
    return Line2D([], [], marker=look.marker, color=look.colour, label=look.name, **none)

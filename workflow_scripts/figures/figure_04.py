"""Figure 4: concepts that zero-shot, finetuned and supervised models share (Section 5)."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.transforms import Affine2D
from matplotlib_venn import venn3
from matplotlib_venn.layout.venn3 import DefaultLayoutAlgorithm

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.concepts import NO_TRIPLES, sign_sentence
from workflow_scripts.reporting.families import FAMILIES
from workflow_scripts.reporting.pages import FigureFiles, say, side_by_side
from workflow_scripts.reporting.style import new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

Diagram = Any  # what venn3 returns; matplotlib_venn does not export its class
KINDS = {"zero_shot": "robust_zero_shot", "finetuned": "finetuned", "supervised": "supervised"}
COLUMNS = 4  # panels side by side
ENLARGED = 1000  # how much outlines are scaled up before they become polygons
# Identifiers of the parts as the library has them, by the sets that they are in.
PARTS = {
    "zero_shot": "100",
    "finetuned": "010",
    "zero_shot&finetuned": "110",
    "supervised": "001",
    "zero_shot&supervised": "101",
    "finetuned&supervised": "011",
    "zero_shot&finetuned&supervised": "111",
}


def plot(ax: Axes, sizes: dict[str, int], largest: int) -> Diagram:
    """Plot the three sets as circles, and the number of concepts in each part that has any.

    Three circles cannot always have seven given areas: the sets and their pairs have theirs, the
    parts follow.

    Parameters
    ----------
    sizes: number of concepts by the names in `PARTS`, together at least 1
    largest: number of concepts that has the area 1

    Returns
    -------
    The library's diagram.
    """
    subsets = {PARTS[name]: size for name, size in sizes.items()}
    total = sum(sizes.values())
    colours = [FAMILIES[family].colour for family in KINDS.values()]
    layout = DefaultLayoutAlgorithm(normalize_to=total / largest)
    look: dict[str, Any] = {"set_labels": None, "set_colors": colours, "alpha": 0.45}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Circle . has zero area")  # a set may well be empty
        diagram = venn3(subsets, ax=ax, layout_algorithm=layout, **look)
    for part, size in subsets.items():
        label = diagram.get_label_by_id(part)
        if label is not None:
            # Three circles cannot do without some empty parts, few of which have room for a 0.
            label.set_text(str(size or ""))
            label.set_fontsize(7)
    return diagram


def frame(ax: Axes, diagram: Diagram, side: float) -> None:
    """Put the circles in the middle of axes with sides of the given length."""
    x_limits, y_limits = (
        ((low + high - side) / 2, (low + high + side) / 2) for low, high in extent(diagram)
    )
    ax.set_xlim(*x_limits)
    ax.set_ylim(*y_limits)
    ax.set_aspect("equal")


def extent(diagram: Diagram) -> list[tuple[float, float]]:
    """Ends of the circles along x and along y."""
    centres = np.array([centre.asarray() for centre in diagram.centers])
    radii = np.array(diagram.radii)[:, None]
    return list(zip((centres - radii).min(axis=0), (centres + radii).max(axis=0), strict=True))


def discrepancy(diagram: Diagram, sizes: dict[str, int]) -> float:
    """Largest difference between a part's share of the plotted area and of the concepts."""
    areas = {name: _area(diagram.get_patch_by_id(part)) for name, part in PARTS.items()}
    total, area = sum(sizes.values()), sum(areas.values())
    return max(abs(areas[name] / area - size / total) for name, size in sizes.items())


def _area(patch: PathPatch | None) -> float:
    """Area of a patch by its outline; 0 where there is none."""
    if patch is None:
        return 0.0
    # Enlarged, since curves are turned into polygons as fine as a pixel of size 1.
    polygons = patch.get_path().to_polygons(Affine2D().scale(ENLARGED), closed_only=True)
    return abs(
        sum(
            0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))
            for x, y in (np.asarray(polygon).T / ENLARGED for polygon in polygons)
        )
    )


def figure_of(table: pd.DataFrame) -> tuple[Figure, float]:
    """The figure, a panel for each row of the table, and the largest discrepancy in it."""
    if table.empty:
        figure = new_figure(height=1.0)
        say(figure.subplots(), NO_TRIPLES)
        return figure, 0.0
    panels = [{name: int(row[f"in_{name}"]) for name in PARTS} for _, row in table.iterrows()]
    largest = max(sum(sizes.values()) for sizes in panels)
    across = side_by_side(len(panels), COLUMNS)
    lines = -(-len(panels) // across)
    figure = new_figure(height=1.75 * lines + 0.4)
    axes = figure.subplots(lines, across, squeeze=False).ravel()
    diagrams = []
    for ax in axes:
        ax.axis("off")
    for ax, sizes, (_, row) in zip(axes, panels, table.iterrows(), strict=False):
        ax.set_title(f"{row['backbone']}\n{row['pretraining']}", fontsize=7.5)
        if any(sizes.values()):
            diagrams.append((ax, plot(ax, sizes, largest), sizes))
            ax.axis("off")
        else:
            say(ax, "no concepts")
    ends = [end for _, diagram, _ in diagrams for end in extent(diagram)]
    for ax, diagram, _ in diagrams:
        frame(ax, diagram, 1.04 * max(high - low for low, high in ends))
    handles = [
        Patch(facecolor=FAMILIES[family].colour, alpha=0.45, label=FAMILIES[family].name)
        for family in KINDS.values()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    differences = [discrepancy(diagram, sizes) for _, diagram, sizes in diagrams]
    return figure, max(differences, default=0.0)


def main(venn: str, files: FigureFiles, *, study: StudyFacts, threshold: float) -> None:
    """Plot the figure.

    Parameters
    ----------
    venn: measures/concepts/venn.csv
    files: to write
    study: what figure captions say about the study
    threshold: average precision from which a concept counts as encoded
    """
    names = [f"in_{name}" for name in PARTS]
    table = read_table(venn, ("backbone", "pretraining", *KINDS, *names))
    triples = "; ".join(
        f"`{row.zero_shot}`, `{row.finetuned}`, `{row.supervised}`" for row in table.itertuples()
    )
    with style():
        figure, difference = figure_of(table)
        areas = (
            "The areas of the circles and of their pairwise overlaps are proportional to the "
            "numbers, on the same scale in all panels; the share of a part deviates by at most "
            f"{100 * difference:.0f} percentage points, which three circles make unavoidable; the "
            "numbers count, and a part without a number has no concept."
        )
        text = texts.paragraph(
            "Figure 4. Overlap of the encoded concepts.",
            f"Concepts with an average precision of at least {threshold:g} in some direction: in "
            "the zero-shot model, in the model finetuned from it, and in the supervised model of "
            "the same backbone.",
            areas if triples else "",
            sign_sentence(),
            texts.study_sentence(study),
            f"Panels: {triples}." if triples else NO_TRIPLES,
        )
        save(figure, files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.venn,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

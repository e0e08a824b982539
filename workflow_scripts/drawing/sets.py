"""What all drawn data sets share: their generator, objects, scenes and archives."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.drawing import packing
from workflow_scripts.drawing.renderer import render
from workflow_scripts.drawing.scenes import Scenes, class_looks, draw_scenes
from workflow_scripts.drawing.shapes import SHAPES
from workflow_scripts.job.errors import InputError
from workflow_scripts.study.mistakes import mistake

BLOCK = 500


def generator(seed: int, dataset: str) -> np.random.Generator:
    """The random generator of a data set: its name, not the order of jobs, tells sets apart."""
    return np.random.default_rng([seed, *dataset.encode()])


def check_objects(objects: Iterable[str]) -> None:
    """Check that all objects can be drawn.

    Raises
    ------
    InputError: some cannot; names all of them
    """
    lines = [
        mistake("classes.tsv or drawing.extra_objects", f"'{name}'", "an object that can be drawn",
                name=name, valid=SHAPES)
        for name in objects
        if name not in SHAPES
    ]  # fmt: skip
    if lines:
        known = f"{len(SHAPES)} objects can be drawn: {', '.join(sorted(SHAPES))}"
        raise InputError("\n".join([*lines, known]))


def drawn_blocks(
    dataset: str,
    images: int,
    objects: Sequence[str],
    classes: packing.Classes,
    picture: Mapping[str, Any],
) -> Iterator[tuple[Scenes, np.ndarray]]:
    """Yield scenes and their pixels, uint8 [B, size, size, 3], each object as often as the others.

    The objects' usual looks follow from the seed and the study's classes, and so are the same in
    all data sets.

    Parameters
    ----------
    dataset: its id
    images: number of images
    objects: names of the objects to draw
    classes: the study's classes
    picture: the study's `seed`, the `size` in pixels and `scene`, the keyword arguments of
        `draw_scenes`

    Raises
    ------
    InputError: objects cannot be drawn; names all of them
    """
    check_objects(objects)
    seed, rng = picture["seed"], generator(picture["seed"], dataset)
    looks = class_looks([row["name"] for row in classes], seed)
    names = rng.permutation(np.resize(np.array(objects), images)).tolist()
    for start in range(0, images, BLOCK):
        scenes = draw_scenes(rng, names[start : start + BLOCK], looks, **picture["scene"])
        yield scenes, render(scenes, picture["size"], rng)


def pack_blocks(
    archive_path: Path | str,
    layout: str,
    root: str,
    blocks: packing.Blocks,
    classes: packing.Classes,
    options: Mapping[str, Any] | None = None,
    record: Callable[[str, Scenes], None] | None = None,
) -> None:
    """Write the archive of a data set, and its digest beside it.

    Parameters
    ----------
    archive_path: see `packing.pack`
    layout: a key of `packing.LAYOUTS`
    root: folder inside the archive
    blocks: the images
    classes: the study's classes
    options: further arguments of the layout's function
    record: called with the name and the scene of each image, if given
    """
    layout_members = packing.LAYOUTS[layout](root, blocks, classes, **(options or {}))

    def members() -> Iterator[tuple[str, bytes]]:
        for name, content, scene in layout_members:
            if record is not None and scene is not None:
                record(name, scene)
            yield name, content

    packing.pack(Path(archive_path), members())

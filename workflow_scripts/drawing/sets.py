"""What all drawn data sets share: their generator, objects, scenes and archives."""

from pathlib import Path

import numpy as np

from workflow_scripts.drawing import packing
from workflow_scripts.drawing.renderer import render
from workflow_scripts.drawing.scenes import class_looks, draw_scenes
from workflow_scripts.drawing.shapes import SHAPES
from workflow_scripts.job.errors import InputError
from workflow_scripts.study.mistakes import mistake

BLOCK = 500


def generator(seed, dataset):
    """The random generator of a data set: its name, not the order of jobs, tells sets apart."""
    return np.random.default_rng([seed, *dataset.encode()])


def check_objects(objects):
    """Raise InputError naming the objects that nothing is known about, all of them."""
    lines = [
        mistake("classes.tsv or drawing.extra_objects", f"'{name}'", "an object that can be drawn",
                name=name, valid=SHAPES)
        for name in objects
        if name not in SHAPES
    ]  # fmt: skip
    if lines:
        known = f"{len(SHAPES)} objects can be drawn: {', '.join(sorted(SHAPES))}"
        raise InputError("\n".join([*lines, known]))


def drawn_blocks(dataset, images, objects, classes, picture):
    """Yield (scenes, pixels uint8 [B, size, size, 3]), each object as often as the others.

    `picture` has the study's `seed`, the `size` in pixels and `scene`, the keyword arguments of
    `draw_scenes`. The objects' usual looks follow from the seed and the study's classes, and so
    are the same in all data sets.

    Raises
    ------
    InputError if there are objects that cannot be drawn; names all of them.
    """
    check_objects(objects)
    seed, rng = picture["seed"], generator(picture["seed"], dataset)
    looks = class_looks([row["name"] for row in classes], seed)
    names = rng.permutation(np.resize(np.array(objects), images)).tolist()
    for start in range(0, images, BLOCK):
        scenes = draw_scenes(rng, names[start : start + BLOCK], looks, **picture["scene"])
        yield scenes, render(scenes, picture["size"], rng)


def pack_blocks(archive_path, layout, root, blocks, classes, options=None, records=None):
    """Write the archive; `records`, if given, is a function called with each (name, scene).

    `options` are further arguments of the layout's function in `drawing.packing`.
    """

    def members():
        for name, content, scene in packing.LAYOUTS[layout](
            root, blocks, classes, **(options or {})
        ):
            if records is not None and scene is not None:
                records(name, scene)
            yield name, content

    packing.pack(Path(archive_path), members())

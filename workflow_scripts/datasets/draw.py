"""Draw one data set of the miniature as an archive in the layout of the original."""

import logging
from pathlib import Path, PurePosixPath

import numpy as np

from workflow_scripts.datasets.drawing import captions, packing
from workflow_scripts.datasets.drawing.renderer import render
from workflow_scripts.datasets.drawing.scenes import class_looks, draw_scenes
from workflow_scripts.datasets.drawing.shapes import SHAPES
from workflow_scripts.lib.atomic import write_json
from workflow_scripts.lib.errors import InputError
from workflow_scripts.lib.mistakes import mistake

BLOCK = 500
log = logging.getLogger(__name__)


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


def drawn_blocks(rng, images, objects, classes, scene, size, seed):
    """Yield (scenes, pixels uint8 [B, size, size, 3]), each object as often as the others.

    `scene` holds the keyword arguments of `draw_scenes`; the objects' usual looks follow from
    `seed` and the study's classes, and so are the same in all data sets.
    """
    check_objects(objects)
    looks = class_looks([row["name"] for row in classes], seed)
    names = rng.permutation(np.resize(np.array(objects), images)).tolist()
    for start in range(0, images, BLOCK):
        scenes = draw_scenes(rng, names[start : start + BLOCK], looks, **scene)
        yield scenes, render(scenes, size, rng)


def pack_blocks(archive_path, captions_path, layout, root, blocks, classes, options=None):
    """Write the archive and, if there is a path for them, the captions of ImageNet-Captions.

    `options` are further arguments of the layout's function in `drawing.packing`.
    """
    records = []

    def members():
        for name, content, scene in packing.LAYOUTS[layout](root, blocks, classes, **options or {}):
            if captions_path and scene is not None:
                records.append(caption_record(name, scene))
            yield name, content

    packing.pack(Path(archive_path), members())
    if captions_path:
        write_json(Path(captions_path), records)


def caption_record(name, scene):
    """An entry of ImageNet-Captions: filename, wnid, title, description, tags."""
    return {
        "filename": PurePosixPath(name).name,
        "wnid": PurePosixPath(name).parent.name,
        "title": captions.titles(scene)[0],
        "description": captions.descriptions(scene)[0],
        "tags": captions.tags(scene)[0],
    }


def main(archive_path, captions_path, *, dataset, layout, root, images, classes, objects, seed,
         size, scene, options):
    """Draw the archive of one data set; see the settings in `rules/datasets.smk`."""
    blocks = drawn_blocks(generator(seed, dataset), images, objects, classes, scene, size, seed)
    pack_blocks(archive_path, captions_path, layout, root, blocks, classes, options)
    log.info("%s: %d images drawn", dataset, images)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.output.archive,
            snakemake.output.get("captions"),
            **snakemake.params.settings,
        )

"""Draw the Broden of the miniature as an archive in the format of the original."""

import logging
from pathlib import Path

from workflow_scripts.drawing import broden, packing
from workflow_scripts.drawing.scenes import class_looks
from workflow_scripts.drawing.sets import check_objects, generator

log = logging.getLogger(__name__)


def main(archive_path, *, dataset, root, images, classes, objects, picture):
    """Draw the archive; see the settings in `rules/datasets_concepts.smk`.

    Parameters
    ----------
    archive_path : zip or tar file to write
    dataset : its id, which the random generator depends on
    root : folder inside the archive
    images : number of images
    classes : the study's classes, whose usual looks the ties of the scenes refer to
    objects : names of the objects to draw
    picture : see `drawing.sets.drawn_blocks`

    Raises
    ------
    InputError if nothing is known about an object.
    """
    check_objects(objects)
    rng = generator(picture["seed"], dataset)
    looks = class_looks([row["name"] for row in classes], picture["seed"])
    drawings = broden.draw(rng, objects, images, looks, picture["scene"], picture["size"])
    packing.pack(Path(archive_path), broden.members(root, drawings))
    log.info("%s: %d images drawn", dataset, images)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(snakemake.output.archive, **snakemake.params.settings)

"""Draw the Broden of the miniature as an archive in the format of the original."""

import logging
from pathlib import Path
from typing import Any

from workflow_scripts.drawing import packing
from workflow_scripts.drawing.broden_files import broden_files
from workflow_scripts.drawing.broden_images import draw_images
from workflow_scripts.drawing.scenes import class_looks
from workflow_scripts.drawing.sets import check_objects, generator

log = logging.getLogger(__name__)


def main(
    archive_path: Path | str,
    *,
    dataset: str,
    root: str,
    images: int,
    classes: list[dict[str, Any]],
    objects: list[str],
    picture: dict[str, Any],
) -> None:
    """Draw the archive.

    Parameters
    ----------
    archive_path: zip or tar file to write; its digest is written beside it.
    dataset: its id, which the random generator depends on.
    root: folder inside the archive.
    images: number of images.
    classes: the study's classes, whose usual looks the ties of the scenes refer to.
    objects: names of the objects to draw.
    picture: see `sets.drawn_blocks`.

    Raises
    ------
    InputError: nothing is known about an object.
    """
    check_objects(objects)
    rng = generator(picture["seed"], dataset)
    looks = class_looks([row["name"] for row in classes], picture["seed"])
    drawings = draw_images(rng, objects, images, looks, picture["scene"], picture["size"])
    packing.pack(Path(archive_path), broden_files(root, drawings))
    log.info("%s: %d images drawn", dataset, images)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.output.archive, **snakemake.params.settings)

"""Draw scenes of which it is known what they were made of, as an archive of layout labelled."""

import logging
from pathlib import Path
from typing import Any

from workflow_scripts.drawing.labelled_files import labelled_files
from workflow_scripts.drawing.packing import pack
from workflow_scripts.drawing.sets import drawn_blocks

log = logging.getLogger(__name__)


def main(archive_path: Path | str, *, dataset: str, root: str, images: int, **drawn: Any) -> None:
    """Draw the archive.

    Parameters
    ----------
    archive_path: zip or tar file to write; its digest is written beside it.
    dataset: its id, which the random generator depends on.
    root: folder inside the archive.
    images: number of images.
    drawn: objects, classes and picture, see `sets.drawn_blocks`.

    Raises
    ------
    InputError: nothing is known about an object.
    """
    pack(Path(archive_path), labelled_files(root, drawn_blocks(dataset, images, **drawn)))
    log.info("%s: %d images drawn", dataset, images)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.output.archive, **snakemake.params.settings)

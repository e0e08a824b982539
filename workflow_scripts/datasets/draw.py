"""Draw one data set of the miniature as an archive in the layout of the original."""

import logging
from pathlib import Path, PurePosixPath
from typing import Any

from workflow_scripts.drawing import captions
from workflow_scripts.drawing.scenes import Scenes
from workflow_scripts.drawing.sets import drawn_blocks, pack_blocks
from workflow_scripts.files.atomic import write_json

log = logging.getLogger(__name__)


def caption_record(number: int, name: str, scene: Scenes, described: float) -> dict[str, Any]:
    """An entry of ImageNet-Captions: filename, wnid, title, description, tags.

    Parameters
    ----------
    number: of the entry.
    name: of the image in the archive.
    scene: of this one image.
    described: share of the entries that have a description; another such share has tags.
    """
    has_description = captions.falls_on(number, described)
    has_tags = captions.falls_on(number + 1, described)
    return {
        "filename": PurePosixPath(name).name,
        "wnid": PurePosixPath(name).parent.name,
        "title": captions.title(scene),
        "description": captions.description(scene) if has_description else "",
        "tags": captions.tags(scene) if has_tags else [],
    }


def main(
    archive_path: Path | str,
    captions_path: Path | str | None,
    *,
    dataset: str,
    layout: str,
    root: str,
    described: float,
    options: dict[str, Any],
    **drawn: Any,
) -> None:
    """Draw the archive of one data set, and the captions of its images if a path is given.

    Parameters
    ----------
    archive_path: tar or zip file to write; its digest is written beside it.
    captions_path: JSON to write in the format of ImageNet-Captions, or None.
    dataset: its id, which the random generator depends on.
    layout: of the archive; a key of `packing.LAYOUTS`.
    root: folder inside the archive.
    described: see `caption_record`.
    options: further arguments of the layout.
    drawn: images, objects, classes and picture, see `sets.drawn_blocks`.

    Raises
    ------
    InputError: nothing is known about an object.
    """
    blocks = drawn_blocks(dataset, **drawn)
    entries: list[dict[str, Any]] = []

    def record(name: str, image_scene: Scenes) -> None:
        entries.append(caption_record(len(entries), name, image_scene, described))

    records = record if captions_path else None
    pack_blocks(archive_path, layout, root, blocks, drawn["classes"], options, records)
    if captions_path:
        write_json(Path(captions_path), entries)
    log.info("%s: %d images drawn", dataset, drawn["images"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.output.archive,
            snakemake.output.get("captions"),
            **snakemake.params.settings,
        )

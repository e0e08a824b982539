"""Draw one data set of the miniature as an archive in the layout of the original."""

import logging
from pathlib import Path, PurePosixPath

from workflow_scripts.drawing import captions
from workflow_scripts.drawing.sets import drawn_blocks, pack_blocks
from workflow_scripts.files.atomic import write_json

log = logging.getLogger(__name__)


def caption_record(number, name, scene, described):
    """An entry of ImageNet-Captions: filename, wnid, title, description, tags.

    A share of `described` entries has a description, and another such share has tags.
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


def main(archive_path, captions_path, *, dataset, layout, root, described, options, **drawn):
    """Draw the archive of one data set, and its captions if there is a path for them.

    See `drawing_settings` in rules/datasets.smk for the settings.
    """
    blocks = drawn_blocks(dataset, **drawn)
    entries = []

    def record(name, image_scene):
        entries.append(caption_record(len(entries), name, image_scene, described))

    records = record if captions_path else None
    pack_blocks(archive_path, layout, root, blocks, drawn["classes"], options, records)
    if captions_path:
        write_json(Path(captions_path), entries)
    log.info("%s: %d images drawn", dataset, drawn["images"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.output.archive,
            snakemake.output.get("captions"),
            **snakemake.params.settings,
        )

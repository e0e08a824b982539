"""Which image shows which concept, by the table beside the images: a sparse membership table."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.archives.labelled import read_labels
from workflow_scripts.archives.layouts import list_images, open_archives
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.concepts import check_concepts, membership_table, write_membership
from workflow_scripts.files.digests import represented, verified_digest
from workflow_scripts.files.subset import chosen

LISTED_AS = "unlabelled"  # the layout whose images these are: all, at any depth
log = logging.getLogger(__name__)


def main(
    archive_path: Path | str,
    membership: Path | str,
    concepts_path: Path | str,
    *,
    dataset: str,
    concepts: int | None,
    limit: int | None = None,
    own: bool = False,
) -> None:
    """Write the membership table of a data set of layout labelled.

    Parameters
    ----------
    archive_path: archive or folder, with its digest beside it if not `own`.
    membership: HDF5 to write, see `files.concepts.write_membership`.
    concepts_path: CSV to write: category, name, number, images.
    dataset, concepts: id and declared number of the concepts; None is not checked.
    limit: how many images to take at most, those that the image store takes, too; None for all.

    Raises
    ------
    InputError: the archive was changed, is damaged, or holds other than what is declared.
    """
    if not own:
        verified_digest(Path(archive_path))
    (archive,) = open_archives(LISTED_AS, [archive_path])
    shown = read_labels(archive, list(list_images(LISTED_AS, [archive], [], None).labels))
    keys = sorted(set().union(*shown.values()))
    check_concepts(archive.path, dataset, len(keys), concepts)
    taken = chosen(dataset, shown, limit)
    ids = [name for name in shown if name in taken]
    starts, members, table = membership_table([shown[name] for name in ids], keys)
    write_csv(Path(concepts_path), table)
    log.info("%s: %d concepts, %d images of %d taken", dataset, len(keys), len(ids), len(shown))
    write_membership(Path(membership), dataset, np.array(ids), starts, members, table)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        own = snakemake.input.get("own")
        main(
            own[0] if own else represented(snakemake.input.archives_digest[0]),
            snakemake.output.membership,
            snakemake.output.concepts,
            own=bool(own),
            **snakemake.params.settings,
        )

"""Which image of the test set shows which hypernym of its class: a sparse membership table.

The concepts are WordNet's: an image of a tabby shows a cat, a feline, a carnivore and an animal.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.concepts import check_concepts, write_membership
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.hypernyms import classes_of, read_hypernyms

CATEGORY = "hypernym"
log = logging.getLogger(__name__)


def main(
    store: Path | str,
    hypernyms: Path | str,
    membership: Path | str,
    concepts_path: Path | str,
    *,
    dataset: str,
    concepts: int | None,
    wnids: list[str],
) -> None:
    """Write the membership table of the images of a test set.

    Parameters
    ----------
    store: image store of the test set.
    hypernyms: the table hypernyms.tsv.
    membership: HDF5 to write, see `files.concepts.write_membership`; a concept's number is that of
        its synset.
    concepts_path: CSV to write: number, name, category, classes (their number), images.
    dataset, concepts: id and declared number of the concepts; None is not checked.
    wnids: of the study's classes, by label.

    Raises
    ------
    InputError: a file is damaged, a class is not in the table, or the number differs.
    """
    synsets = read_hypernyms(hypernyms)
    with opened(store, "labels", "ids") as file:
        labels, ids = file["labels"][:], file["ids"].asstr()[:]
    classes = classes_of(synsets, wnids)
    check_concepts(hypernyms, dataset, len(classes), concepts)
    shows = np.zeros((len(wnids), len(classes)), dtype=bool)  # class x concept
    for place, own in enumerate(classes.values()):
        shows[own, place] = True
    images, members = np.nonzero(shows[labels])
    starts = np.searchsorted(images, np.arange(len(labels) + 1))
    table = pd.DataFrame(
        {
            "number": [int(synset.removeprefix("n")) for synset in classes],
            "name": [synsets[synset].name for synset in classes],
            "category": CATEGORY,
            "classes": shows.sum(axis=0),
            "images": np.bincount(members, minlength=len(classes)),
        }
    )
    write_csv(Path(concepts_path), table)
    log.info("%s: %d concepts, %d images", dataset, len(table), len(labels))
    write_membership(Path(membership), dataset, ids, starts, members.astype(np.int32), table)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.store,
            snakemake.input.hypernyms,
            snakemake.output.membership,
            snakemake.output.concepts,
            **snakemake.params.settings,
        )

"""Balanced positive and negative images of every concept, the same for all models (Section 5)."""

import logging
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.files.atomic import replacing, write_csv
from workflow_scripts.files.concepts import Membership, read_membership, write_draw
from workflow_scripts.files.digests import sha256_arrays, sha256_text, write_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.concepts import draw_sets, images_of_concepts

log = logging.getLogger(__name__)


def describe(concepts: pd.DataFrame, images: int, minimum: int) -> pd.DataFrame:
    """A row a concept: sizes of its sets, and why it is left out if it is.

    Parameters
    ----------
    concepts: columns number, name, category, images (how many show it).
    images: number of all images.
    minimum: images that each set needs.
    """
    size = concepts["images"].clip(upper=images - concepts["images"])
    kept = size >= minimum
    scarce = np.where(concepts["images"] < minimum, "with", "without")
    reason = [
        "" if keep else f"fewer than {minimum} images {side} it"
        for keep, side in zip(kept, scarce, strict=True)
    ]
    return concepts.assign(
        set_size=size.where(kept, 0),
        subsampled=kept & (2 * concepts["images"] > images),
        kept=kept,
        reason=reason,
    )


def checked(described: pd.DataFrame, images: int, minimum: int) -> pd.DataFrame:
    """The concepts that are kept; those that are left out are logged.

    Raises
    ------
    InputError: there is none.
    """
    kept = described[described["kept"]]
    if kept.empty:
        raise InputError(
            f"config.yaml, concepts.minimum_images: found no concept with {minimum} images "
            f"with it and as many without, in {images} images; lower it."
        )
    for row in described[~described["kept"]].itertuples():
        log.warning("concept %s (%d) is left out: %s", row.name, row.number, row.reason)
    return kept


def write_sets(
    path: Path, source: Membership, kept: pd.DataFrame, seed: int, draws: int
) -> list[str]:
    """Draw the sets of the concepts that are kept, and write them, see `main`.

    Returns
    -------
    The digest of each draw.
    """
    images = len(source.ids)
    rows = images_of_concepts(source.starts, source.members, len(source.concepts))
    places = zip(kept["number"].tolist(), kept.index.tolist(), strict=True)
    images_of = {number: rows[place] for number, place in places}
    digests = []
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        for number in range(draws):
            drawn = draw_sets(images_of, images, seed + number)
            write_draw(file, number, seed + number, drawn)
            digests.append(sha256_arrays(drawn.starts, drawn.members))
        text = h5py.string_dtype("utf-8")
        file.create_dataset("ids", data=source.ids.tolist(), dtype=text)
        file["number"] = kept["number"].to_numpy(dtype=np.int64)
        for column in ("name", "category"):
            file.create_dataset(column, data=kept[column].tolist(), dtype=text)
        file.attrs.update(draws=draws, dataset=source.dataset, complete=True)
    return digests


def main(
    membership: Path | str,
    sets: Path | str,
    table: Path | str,
    *,
    seed: int,
    draws: int,
    minimum_images: int,
) -> None:
    """Draw the sets of all concepts.

    Parameters
    ----------
    membership: the sparse table image x concept, HDF5.
    sets: HDF5 to write: `ids` of the images, `number`, `name` and `category` of the kept
        concepts, and a group for each draw with its sets and its seed. Its digest is written
        beside it.
    table: CSV to write, a row a concept, see `describe`.
    seed: seed of the first draw, with which everything is measured; the others follow it.
    draws: number of draws.
    minimum_images: concepts with fewer images with them, or without them, are left out.

    Raises
    ------
    InputError: no concept has enough images.
    """
    source = read_membership(membership)
    described = describe(source.concepts, len(source.ids), minimum_images)
    kept = checked(described, len(source.ids), minimum_images)
    write_csv(Path(table), described)
    digests = write_sets(Path(sets), source, kept, seed, draws)
    log.info("%d concepts of %d, %d draws", len(kept), len(described), draws)
    # Beside the draws, what a reader of the sets also sees: the images and concepts, and the seeds.
    seeds = [str(seed + number) for number in range(draws)]
    numbers = [str(number) for number in kept["number"]]
    write_digest(Path(sets), sha256_text(source.digest, *numbers, *seeds, *digests))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.membership,
            snakemake.output.sets,
            snakemake.output.table,
            **snakemake.params.settings,
        )

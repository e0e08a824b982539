"""Balanced positive and negative images of every concept, the same for all models (Section 5)."""

import logging
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.files.atomic import replacing, write_csv, write_json
from workflow_scripts.files.concepts import read_membership, write_draw
from workflow_scripts.files.digests import sha256_arrays
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
    size = np.minimum(concepts["images"], images - concepts["images"])
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


def main(membership, sets, table, digest, *, seed, draws, minimum_images):
    """Draw the sets of all concepts.

    Parameters
    ----------
    membership: the sparse table image x concept, HDF5.
    sets: HDF5 to write: `ids` of the images, `number`, `name` and `category` of the kept
        concepts, and a group for each draw with its sets and its seed.
    table: CSV to write, a row a concept, see `describe`.
    digest: JSON to write, which stands for the sets.
    seed: seed of the first draw, with which everything is measured; the others follow it.
    draws: number of draws.
    minimum_images: concepts with fewer images with them, or without them, are left out.

    Raises
    ------
    InputError: no concept has enough images.
    """
    source = read_membership(membership)
    images = len(source.ids)
    described = describe(source.concepts, images, minimum_images)
    kept = described[described["kept"]]
    if kept.empty:
        raise InputError(
            f"config.yaml, concepts.minimum_images: found no concept with {minimum_images} images "
            f"with it and as many without, in {images} images; lower it."
        )
    left_out = described[~described["kept"]]
    for row in left_out.itertuples():
        log.warning("concept %s (%d) is left out: %s", row.name, row.number, row.reason)
    rows = images_of_concepts(source.starts, source.members, len(described))
    images_of = {int(number): rows[place] for place, number in kept["number"].items()}
    write_csv(Path(table), described)
    hashes = []
    with replacing(Path(sets)) as temporary, h5py.File(temporary, "w") as file:
        for number in range(draws):
            drawn = draw_sets(images_of, images, seed + number)
            write_draw(file, number, seed + number, drawn)
            hashes.append(sha256_arrays(drawn.starts, drawn.members))
        text = h5py.string_dtype("utf-8")
        file.create_dataset("ids", data=source.ids.tolist(), dtype=text)
        file["number"] = kept["number"].to_numpy(dtype=np.int64)
        for column in ("name", "category"):
            file.create_dataset(column, data=kept[column].tolist(), dtype=text)
        file.attrs.update(draws=draws, dataset=source.dataset, complete=True)
    log.info("%d concepts of %d, %d draws", len(kept), len(described), draws)
    write_json(
        Path(digest),
        {
            "concepts": len(kept),
            "left_out": len(left_out),
            "seeds": [seed + number for number in range(draws)],
            "membership": source.digest,
            "sha256": hashes,
        },
    )


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.membership,
            snakemake.output.sets,
            snakemake.output.table,
            snakemake.output.digest,
            **snakemake.params.settings,
        )

"""Concepts that a model encodes after each epoch of its finetuning (Section 5, Figure 5)."""

import logging
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from workflow_scripts.analysis.average_precision import (
    best_of_directions,
    oriented_directions,
    project,
)
from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.concepts import read_draw
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.heads import load_head
from workflow_scripts.job.errors import InputError

log = logging.getLogger(__name__)


def main(
    bundles: Path | str,
    activations: Path | str,
    sets: Path | str,
    output: Path | str,
    *,
    model: str,
    dataset: str,
    test: str,
    threads: int,
) -> None:
    """Measure one model after each epoch, with the sets of the first draw.

    Parameters
    ----------
    bundles: folder with a bundle for each epoch.
    activations: folder with activations for each epoch, likewise named.
    sets: the concept sets, HDF5.
    output: HDF5 to write: `epoch` [E], `best` float32 [E, 2, C], each concept's average precision
        by its best direction, for both signs.
    model: id of the model.
    dataset, test: ids of the data sets of role `concepts` and `test`.

    Raises
    ------
    InputError: there are no epochs, or files do not belong together.
    """
    folders = sorted(Path(bundles).glob("epoch_*"))
    if not folders:
        raise InputError(
            f"{bundles}: found no folder epoch_*, expected one an epoch; finetune again."
        )
    best = []
    with opened(sets, "ids", "draw_0") as file:
        ids, drawn = file["ids"].asstr()[:], read_draw(file, 0)
    for folder in folders:
        weight = load_head(folder / "head.safetensors", folder / "card.json").weight
        encoded = Path(activations) / folder.name
        v = oriented_directions(weight, encoded / f"{test}.h5", model)
        projections = project(encoded / f"{dataset}.h5", model, v, ids)
        best.append(best_of_directions(projections, drawn, threads))
    log.info("%s: %d epochs", model, len(best))
    with replacing(Path(output)) as temporary, h5py.File(temporary, "w") as file:
        file["epoch"] = [int(folder.name.removeprefix("epoch_")) for folder in folders]
        file["best"] = np.stack(best)
        file.attrs.update(model=model, complete=True)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.bundles,
            snakemake.input.activations,
            snakemake.input.sets,
            snakemake.output.best,
            **snakemake.params.settings,
            threads=snakemake.threads,
        )

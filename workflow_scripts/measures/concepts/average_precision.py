"""Average precision of every concept by every direction of one model's head (Section 5).

No threshold is applied here, so that another one costs seconds.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from workflow_scripts.analysis.average_precision import (
    best_of_directions,
    oriented_directions,
    permuted,
    project,
)
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.concepts import concept_frame, read_draw
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.progress import progress
from workflow_scripts.method.precision import average_precision

EXTREMES = 8  # images kept at either end of each direction
log = logging.getLogger(__name__)


def extreme_rows(projections: np.ndarray, count: int) -> np.ndarray:
    """Rows of the images with the highest and the lowest projections: int32 [2, R, count].

    The most extreme comes first; equal projections come in the images' order.
    """
    order = np.argsort(-projections, axis=0, kind="stable")
    lowest = np.argsort(projections, axis=0, kind="stable")
    return np.stack([order[:count].T, lowest[:count].T]).astype(np.int32)


def main(
    files: ModelFiles,
    activations: Path | str,
    test: Path | str,
    sets: Path | str,
    output: Path | str,
    *,
    null: Mapping[str, int],
    threads: int,
) -> None:
    """Measure one model.

    Parameters
    ----------
    files: the model.
    activations: its activation file of the data set of role `concepts`.
    test: the same of the data set of role `test`, which fixes the directions' signs.
    sets: the concept sets, HDF5.
    output: HDF5 to write; see `files.concepts.AveragePrecision` for its arrays (`matrices` is
        stored as `average_precision`).
    null: `seed` and `permutations` of the chance level.

    Raises
    ------
    InputError: files do not belong together or are damaged.
    """
    v = oriented_directions(files.load_head().weight, test, files.model)
    with opened(sets, "ids", "draw_0", "number", "name", "category") as file:
        projections = project(activations, files.model, v, file["ids"].asstr()[:])
        concepts = concept_frame(file, "number", "name", "category")
        main_sets = read_draw(file, 0)
        matrices = np.stack(average_precision(projections, main_sets, threads))
        draws = [matrices.max(axis=2)] + [
            best_of_directions(projections, read_draw(file, number), threads)
            for number in range(1, int(file.attrs["draws"]))
        ]
    shuffled = permuted(projections, null["seed"], null["permutations"])
    chance = [
        best_of_directions(each, main_sets, threads)
        for each in progress(shuffled, null["permutations"], "permutations")
    ]
    rows = extreme_rows(projections, min(EXTREMES, len(projections)))
    _, concept_count, directions = matrices.shape
    log.info("%s: %d concepts, %d directions", files.model, concept_count, directions)
    with replacing(Path(output)) as temporary, h5py.File(temporary, "w") as file:
        file["average_precision"], file["draws"] = matrices, np.stack(draws)
        file["null"] = np.stack(chance) if chance else np.empty((0, *draws[0].shape), np.float32)
        file["images"] = rows
        file["projections"] = np.take_along_axis(projections.T[None], rows, axis=2)
        file["number"] = concepts["number"].to_numpy()
        for column in ("name", "category"):
            file.create_dataset(column, data=concepts[column].tolist(), dtype=h5py.string_dtype())
        file.attrs.update(model=files.model, width=v.shape[1], complete=True)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            ModelFiles(settings["model"], snakemake.input.head, snakemake.input.card),
            snakemake.input.activations,
            snakemake.input.test,
            snakemake.input.sets,
            snakemake.output.average_precision,
            null=settings["null"],
            threads=snakemake.threads,
        )

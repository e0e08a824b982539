"""Top concepts and extreme images of each model's most privileged direction (Section 5)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.concepts import SIGNS, AveragePrecision, read_average_precision
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError

TOP = 10  # concepts listed for each sign
SIDES = ("highest", "lowest")


def most_privileged(importance: pd.DataFrame, model: str, directions: int) -> tuple[int, float]:
    """Number, from 1, and importance of a model's most important direction (equation 2).

    Raises
    ------
    InputError: the table lacks a row for some direction of the model.
    """
    own = importance[importance["model"] == model]
    if len(own) != directions:
        raise InputError(
            f"measures/importance.csv: found {len(own)} directions of model {model!r}, expected "
            f"{directions}, as in its average precision; delete the file and run again."
        )
    row = own.iloc[own["importance"].argmax()]
    return int(row["direction"]), float(row["importance"])


def top_concepts(measured: AveragePrecision, direction: int, importance: float) -> pd.DataFrame:
    """The concepts with the highest average precision in a direction, for both of its signs."""
    parts = []
    for sign, matrix in zip(SIGNS, measured.matrices, strict=True):
        values = matrix[:, direction - 1]
        order = np.argsort(-values, kind="stable")[:TOP]
        part = measured.concepts.iloc[order].assign(
            model=measured.model,
            direction=direction,
            importance=importance,
            sign=sign,
            place=np.arange(1, len(order) + 1),
            average_precision=values[order],
        )
        parts.append(part)
    columns = ["model", "direction", "importance", "sign", "place", *measured.concepts.columns]
    return pd.concat(parts)[[*columns, "average_precision"]]


def extreme_images(measured: AveragePrecision, direction: int, ids: np.ndarray) -> pd.DataFrame:
    """Images of the concept data set at either end of a direction, the most extreme first.

    Parameters
    ----------
    direction: its number, from 1.
    ids: of the images of the concept sets.
    """
    parts = [
        pd.DataFrame(
            {
                "model": measured.model,
                "direction": direction,
                "side": side,
                "place": np.arange(1, rows.shape[1] + 1),
                "image": ids[rows[direction - 1]],
                "projection": values[direction - 1],
            }
        )
        for side, rows, values in zip(SIDES, measured.images, measured.projections, strict=True)
    ]
    return pd.concat(parts)


def main(
    average_precision: Sequence[Path | str],
    importance: Path | str,
    sets: Path | str,
    concepts: Path | str,
    images: Path | str,
    *,
    models: Sequence[str],
) -> None:
    """Describe the most privileged direction of each model.

    Parameters
    ----------
    average_precision: HDF5 of each model, in the order of `models`.
    importance: measures/importance.csv.
    sets: the concept sets, HDF5.
    concepts, images: CSV to write, see `top_concepts` and `extreme_images`.
    models: model ids.

    Raises
    ------
    InputError: a file is damaged or of another model.
    """
    table = read_table(importance, ("model", "direction", "importance"))
    with opened(sets, "ids") as file:
        ids = file["ids"].asstr()[:]
    tops, extremes = [], []
    for path, model in zip(average_precision, models, strict=True):
        measured = read_average_precision(path, model)
        direction, value = most_privileged(table, model, measured.matrices.shape[2])
        tops.append(top_concepts(measured, direction, value))
        extremes.append(extreme_images(measured, direction, ids))
    write_csv(Path(concepts), pd.concat(tops))
    write_csv(Path(images), pd.concat(extremes))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.average_precision,
            snakemake.input.importance,
            snakemake.input.sets,
            snakemake.output.concepts,
            snakemake.output.images,
            **snakemake.params.settings,
        )

"""Files about concepts: the membership table, the concept sets, a model's average precision."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.precision import ConceptSets

SIGNS = ("convention", "opposite")  # of a direction; see method/directions.py


@dataclass(frozen=True)
class Membership:
    """Which image shows which concept; `members` are places in `concepts`, image by image."""

    dataset: str
    digest: str
    ids: np.ndarray  # str [N]
    starts: np.ndarray  # int64 [N + 1]
    members: np.ndarray  # int32
    concepts: pd.DataFrame  # number, name, category, images


@dataclass(frozen=True)
class AveragePrecision:
    """Average precision of C concepts by the R directions of one model's head, and by chance."""

    model: str
    width: int  # d_H
    concepts: pd.DataFrame  # number, name, category
    matrices: np.ndarray  # float32 [2, C, R]: average precision by each direction, by its opposite
    draws: np.ndarray  # float32 [D, 2, C]: the best direction's, for each draw of the sets
    null: np.ndarray  # float32 [S, 2, C]: the same by chance, for each permutation of the images
    images: np.ndarray  # int32 [2, R, n]: rows of the images with the highest, lowest projection
    projections: np.ndarray  # float32 [2, R, n]: theirs

    def best(self) -> np.ndarray:
        """Average precision of the best direction: float32 [2, C]."""
        return self.matrices.max(axis=2)


def concept_frame(file: h5py.File, *columns: str) -> pd.DataFrame:
    """The table of concepts that a file holds as columns."""
    text = ("name", "category")
    return pd.DataFrame(
        {key: file[key].asstr()[:] if key in text else file[key][:] for key in columns}
    )


def read_membership(path: str | Path) -> Membership:
    """Read the sparse table image x concept of the stage `datasets`.

    Raises
    ------
    InputError: the file is missing, damaged or incomplete.
    """
    columns = ("number", "name", "category", "images")
    with opened(path, "starts", "concepts", "ids", *columns) as file:
        return Membership(
            file.attrs["dataset"],
            file.attrs["digest"],
            file["ids"].asstr()[:],
            file["starts"][:],
            file["concepts"][:],
            concept_frame(file, *columns),
        )


def write_draw(file: h5py.File, number: int, seed: int, sets: ConceptSets) -> None:
    """Add one draw of the concept sets to an open file."""
    group = file.create_group(f"draw_{number}")
    group.create_dataset("starts", data=sets.starts, compression="gzip")
    group.create_dataset("members", data=sets.members, compression="gzip")
    group.attrs.update(seed=seed, concepts=sets.concepts)


def read_draw(file: h5py.File, number: int) -> ConceptSets:
    """Read one draw of the concept sets."""
    group = file[f"draw_{number}"]
    return ConceptSets(int(group.attrs["concepts"]), group["starts"][:], group["members"][:])


def read_average_precision(path: str | Path, model: str) -> AveragePrecision:
    """Read the average precision of every concept by every direction of one model's head.

    Raises
    ------
    InputError: the file is missing, damaged or of another model.
    """
    arrays = ("average_precision", "draws", "null", "images", "projections")
    columns = ("number", "name", "category")
    with opened(path, *arrays, *columns) as file:
        if file.attrs["model"] != model:
            raise InputError(
                f"{path}: found model {file.attrs['model']!r}, expected {model!r}; delete it and "
                "run again."
            )
        concepts = concept_frame(file, *columns)
        width = int(file.attrs["width"])
        return AveragePrecision(model, width, concepts, *(file[key][:] for key in arrays))

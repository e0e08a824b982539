"""Files about concepts: the membership table, the concept sets, a model's average precision."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.digests import sha256_arrays, write_digest
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.precision import ConceptSets

Key = tuple[str, str]  # category and name of a concept
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


def membership_table(
    shown: Sequence[Collection[Key]], keys: Sequence[Key]
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Sparse table image x concept, of the concepts (category, name) that each image shows.

    Parameters
    ----------
    shown: of each image, those of `keys` that it shows.
    keys: the concepts, which are numbered from 1 in this order.

    Returns
    -------
    `starts`, `members` and the concepts as `write_membership` takes them.
    """
    place = {key: number for number, key in enumerate(keys)}
    rows = [sorted({place[key] for key in each}) for each in shown]
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    members = np.array([each for row in rows for each in row], dtype=np.int32)
    table = pd.DataFrame(keys, columns=["category", "name"])
    images = np.bincount(members, minlength=len(keys))
    return starts, members, table.assign(number=np.arange(1, len(keys) + 1), images=images)


def check_concepts(path: Path | str, dataset: str, found: int, expected: int | None) -> None:
    """Compare the number of concepts with the one declared; None is not checked.

    Raises
    ------
    InputError: they differ.
    """
    if expected is not None and found != expected:
        raise InputError(
            f"{path}: found {found} concepts, expected {expected} (datasets.tsv, row {dataset}, "
            "column classes); the file is of another version or the table wrong"
        )


def write_membership(
    path: Path,
    dataset: str,
    ids: np.ndarray,
    starts: np.ndarray,
    members: np.ndarray,
    table: pd.DataFrame,
) -> None:
    """Write the sparse table image x concept as HDF5, and the digest of its content beside it.

    Parameters
    ----------
    ids: of the images, str [N].
    starts, members: see `Membership`.
    table: a row a concept: number, name, category, images (how many show it).
    """
    text = h5py.string_dtype("utf-8")
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file["starts"], file["concepts"] = starts, members
        file.create_dataset("ids", data=ids.tolist(), dtype=text)
        for column in ("number", "images"):
            file[column] = table[column].to_numpy(dtype=np.int64)
        for column in ("name", "category"):
            file.create_dataset(column, data=table[column].tolist(), dtype=text)
        names = table["name"].to_numpy(dtype=str)
        digest = sha256_arrays(starts, members, ids, table["number"].to_numpy(), names)
        file.attrs.update(dataset=dataset, digest=digest, complete=True)
    write_digest(path, digest)


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

"""Reading image stores: pixels and labels of a data set in one view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError

if TYPE_CHECKING:  # else inside the function that makes tensors: others read stores without torch
    import torch


def select_rows(images: int, limit: int | None, seed: int) -> np.ndarray:
    """Sorted rows of a training set: all, or a random sample of `limit` of them.

    A smaller sample with the same seed is a part of a larger one.

    Raises
    ------
    InputError: the limit exceeds the number of images.
    """
    if limit is None or limit == images:
        return np.arange(images)
    if limit > images:
        raise InputError(f"models.tsv, column images: found {limit}, expected at most {images}")
    # A whole permutation rather than `choice`: only its beginning depends on the limit.
    return np.sort(np.random.default_rng(seed).permutation(images)[:limit])


def load_training_set(
    path: Path | str, limit: int | None, seed: int
) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Images uint8 [N, H, W, 3], labels int64 [N] and ids [N] of a training set."""
    import torch

    with opened(path) as store:
        rows = select_rows(len(store["labels"]), limit, seed)
        # h5py reads given rows one by one, which is slow where all are wanted.
        pixels = store["pixels"][:] if len(rows) == len(store["labels"]) else store["pixels"][rows]
        labels = store["labels"][:][rows]
        ids = store["ids"][:].astype(str)[rows]
    return torch.from_numpy(pixels), torch.from_numpy(labels), ids

"""Reading image stores: pixels and labels of a data set in one view."""

import h5py
import numpy as np

from workflow_scripts.job.errors import InputError


def open_store(path):
    """An open HDF5 image store.

    Raises
    ------
    InputError if it is missing, damaged or was never completed.
    """
    try:
        store = h5py.File(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error}); delete it and run again") from error
    if not store.attrs.get("complete", False):
        raise InputError(f"{path}: was never completed; delete it and run again")
    return store


def select_rows(images, limit, seed):
    """Sorted rows of a training set: all, or a random sample of `limit` of them.

    A smaller sample with the same seed is a part of a larger one.

    Raises
    ------
    InputError if the limit exceeds the number of images.
    """
    if limit is None or limit == images:
        return np.arange(images)
    if limit > images:
        raise InputError(f"models.tsv, column images: found {limit}, expected at most {images}")
    return np.sort(np.random.default_rng(seed).permutation(images)[:limit])


def load_training_set(path, limit, seed):
    """Images uint8 [N, H, W, 3], labels int64 [N] (tensors) and ids [N] of a training set."""
    import torch  # here alone: others that read stores do without

    with open_store(path) as store:
        rows = select_rows(len(store["labels"]), limit, seed)
        pixels = store["pixels"][:] if len(rows) == len(store["labels"]) else store["pixels"][rows]
        labels = store["labels"][:][rows]
        ids = store["ids"][:].astype(str)[rows]
    return torch.from_numpy(pixels), torch.from_numpy(labels), ids

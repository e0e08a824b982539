"""Activations of one model on all its data sets: h, the encoder output before normalisation.

The model is loaded once; the batch size follows from the memory that a few images take.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.digests import sha256_arrays, sha256_text, write_digest
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress
from workflow_scripts.networks.classifier import Bundle, Encoder, load_encoder
from workflow_scripts.networks.devices import prepare

# Memory of one image's intermediate values, as a multiple of its input's, so that a batch is
# bounded before it is run. Measured on a CPU: 18 for ResNet50, 6 for ViT-B/32, 42 for ViT-L/14.
VALUES_PER_INPUT = 60
MEMORY_SHARE = 0.5
CPU_BYTES = 256 * 2**20
EQUAL = 1e-6  # of the largest value: differences that rounding makes
TINY = 1e-20  # below, fourth powers are none in single precision
log = logging.getLogger(__name__)


def batch_size(image_values: int, device: str) -> int:
    """Images per batch so that intermediate values fit: half the free GPU memory, or 256 MiB."""
    budget = CPU_BYTES
    if device == "cuda":
        budget = int(torch.cuda.mem_get_info()[0] * MEMORY_SHARE)
    return int(np.clip(budget // (4 * VALUES_PER_INPUT * image_values), 1, 4096))


@torch.inference_mode()
def encode_store(encoder: Encoder | Bundle, store: Any, batch: int) -> np.ndarray:
    """Representations float32 [N, d_H] of a store's images, in the store's order."""
    count = len(store["labels"])
    h = np.empty((count, encoder.card["architecture"]["embed_dim"]), dtype=np.float32)
    starts = range(0, count, batch)
    for start in progress(starts, len(starts), f"encoding {store.attrs['dataset']}"):
        pixels = torch.from_numpy(store["pixels"][start : start + batch])
        h[start : start + len(pixels)] = encoder.encode(pixels).float().cpu().numpy()
    return h


def check_finite(h: np.ndarray, ids: Any, model: str, dataset: str) -> None:
    """Check representations [N, d_H].

    Parameters
    ----------
    h: representations.
    ids: of the images [N], or an HDF5 data set of them.
    model, dataset: ids for the message.

    Raises
    ------
    InputError: a representation is not finite; the first such image is named.
    """
    bad = np.flatnonzero(~np.isfinite(h).all(axis=1))
    if bad.size:
        raise InputError(
            f"model {model}, data set {dataset}: the representation of image {ids[bad[0]]} and "
            f"{bad.size - 1} others is not finite; the model's weights or its training are broken"
        )


def check_varied(h: np.ndarray, model: str, dataset: str) -> None:
    """Check that representations [N, d_H] say something of their images.

    Raises
    ------
    InputError: the components of each image are equal, all images are, or values are tiny.
    """
    place = f"model {model}, data set {dataset}"
    mend = "the weights do not belong to the architecture, or its training collapsed"
    largest = np.abs(h).max(axis=1)
    spread = h.max(axis=1) - h.min(axis=1)
    if (spread <= EQUAL * largest).all():
        raise InputError(
            f"{place}: all components of a representation are equal, for each of the {len(h)} "
            f"images, so that kurtosis is not defined; {mend}"
        )
    if largest.max() < TINY:
        raise InputError(
            f"{place}: the largest component of all representations is {largest.max():.3g}, "
            f"expected {TINY:g} or more; {mend}"
        )
    if len(h) > 1 and (np.ptp(h, axis=0) <= EQUAL * largest.max()).all():
        raise InputError(
            f"{place}: the representations of all {len(h)} images are equal, so that nothing is "
            f"told apart by them; {mend}"
        )


def write_activations(
    path: Path | str, h: np.ndarray, store: Any, card: Mapping[str, Any], store_digest: str
) -> str:
    """Write one activation file; the digest of its content.

    Parameters
    ----------
    path: to write.
    h: representations float32 [N, d_H].
    store: the open image store.
    card: of the model; read are model and the digest of the encoder.
    store_digest: digest of the store's content.
    """
    ids = store["ids"][:].astype(str)
    with replacing(Path(path)) as temporary, h5py.File(temporary, "w") as target:
        target.create_dataset("h", data=h)
        target.create_dataset("labels", data=store["labels"][:])
        target.create_dataset("ids", data=ids.tolist(), dtype=h5py.string_dtype("utf-8"))
        target.attrs.update(
            model=card["model"],
            dataset=store.attrs["dataset"],
            class_groups=store.attrs["class_groups"],
            bundle_digest=card["sha256"]["encoder"],
            store_digest=store_digest,
            complete=True,
        )
    return sha256_text(sha256_arrays(h, store["labels"][:], ids), store.attrs["class_groups"])


def encode_stores(
    stores: Sequence[Path | str],
    bundle_folder: Path | str,
    folder: Path | str,
    threads: int,
    *,
    device: str,
) -> list[str]:
    """Encode data sets with one model.

    Parameters
    ----------
    stores: image stores.
    bundle_folder: the model's bundle.
    folder: of the activation files, `<dataset>.h5` each, and of the digests of their contents.
    threads: number of threads.
    device: auto, cpu or cuda.

    Returns
    -------
    The digest of each file's content.

    Raises
    ------
    InputError: a file is missing or damaged, or a representation is not finite.
    """
    device, digests = prepare(device, threads), []
    encoder = load_encoder(bundle_folder, device)
    model = encoder.card["model"]
    for path in stores:
        with opened(path) as store:
            dataset = store.attrs["dataset"]
            h = encode_store(encoder, store, batch_size(store["pixels"][0].size, device))
            check_finite(h, store["ids"].asstr(), model, dataset)
            check_varied(h, model, dataset)
            target = Path(folder) / f"{dataset}.h5"
            digest = write_activations(target, h, store, encoder.card, store.attrs["digest"])
        write_digest(target, digest)
        digests.append(digest)
        log.info("%s on %s: %d x %d", model, dataset, len(h), h.shape[1])
    return digests

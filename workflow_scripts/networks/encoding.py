"""Activations of one model on all its data sets: h, the encoder output before normalisation.

The model is loaded once; the batch size follows from the memory that a few images take.
"""

import logging
from pathlib import Path

import h5py
import numpy as np
import torch

from workflow_scripts.files.atomic import replacing, write_json
from workflow_scripts.files.digests import sha256_arrays, sha256_text
from workflow_scripts.files.image_stores import open_store
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress
from workflow_scripts.networks.classifier import load_bundle
from workflow_scripts.networks.devices import prepare

# Memory of one image's intermediate values, as a multiple of its input's, so that a batch is
# bounded before it is run. Measured on a CPU: 18 for ResNet50, 6 for ViT-B/32, 42 for ViT-L/14.
VALUES_PER_INPUT = 60
MEMORY_SHARE = 0.5
CPU_BYTES = 256 * 2**20
log = logging.getLogger(__name__)


def batch_size(image_values, device):
    """Images per batch so that intermediate values fit: half the free GPU memory, or 256 MiB."""
    budget = CPU_BYTES
    if device == "cuda":
        budget = int(torch.cuda.mem_get_info()[0] * MEMORY_SHARE)
    return int(np.clip(budget // (4 * VALUES_PER_INPUT * image_values), 1, 4096))


@torch.inference_mode()
def encode_store(bundle, store, batch):
    """Representations float32 [N, d_H] of a store's images, in the store's order."""
    count = len(store["labels"])
    h = np.empty((count, bundle.card["architecture"]["embed_dim"]), dtype=np.float32)
    starts = range(0, count, batch)
    for start in progress(starts, len(starts), f"encoding {store.attrs['dataset']}"):
        pixels = torch.from_numpy(store["pixels"][start : start + batch])
        h[start : start + len(pixels)] = bundle.encode(pixels).float().cpu().numpy()
    return h


def check_finite(h, ids, model, dataset):
    """Raise InputError naming the first image whose representation is not finite."""
    bad = np.flatnonzero(~np.isfinite(h).all(axis=1))
    if bad.size:
        raise InputError(
            f"model {model}, data set {dataset}: the representation of image {ids[bad[0]]} and "
            f"{bad.size - 1} others is not finite; the model's weights or its training are broken"
        )


def write_activations(path, h, store, card, store_digest):
    """Write one activation file; the digest of its content."""
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


def encode_stores(stores, bundle_folder, activation_paths, digest_paths, threads, *, device):
    """Encode all data sets with one model."""
    device = prepare(device, threads)
    bundle = load_bundle(bundle_folder, device)
    for store_path, path, digest_path in zip(stores, activation_paths, digest_paths, strict=True):
        with open_store(store_path) as store:
            dataset = store.attrs["dataset"]
            h = encode_store(bundle, store, batch_size(store["pixels"][0].size, device))
            check_finite(h, store["ids"].asstr(), bundle.card["model"], dataset)
            digest = write_activations(path, h, store, bundle.card, store.attrs["digest"])
        log.info("%s on %s: %d x %d", bundle.card["model"], dataset, *h.shape)
        write_json(
            Path(digest_path),
            {"model": bundle.card["model"], "dataset": dataset, "images": len(h), "sha256": digest},
        )

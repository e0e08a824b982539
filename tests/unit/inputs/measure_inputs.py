"""Small activation files and bundles on which the measures are tested."""

import json
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import ArrayLike
from safetensors.numpy import save_file

from workflow_scripts.analysis.estimates import Bootstrap

BOOTSTRAP = Bootstrap(resamples=200, confidence=0.95, seed=3)


def write_activations(
    folder: Path,
    h: ArrayLike,
    labels: ArrayLike,
    groups: Sequence[Sequence[int]],
    *,
    dataset: str = "imagenet",
    model: str = "m",
) -> Path:
    """Write an activation file as the stage `activations` does; returns its path."""
    path = folder / f"{dataset}.h5"
    with h5py.File(path, "w") as file:
        file["h"] = np.asarray(h, dtype=np.float32)
        file["labels"] = np.asarray(labels, dtype=np.int64)
        ids = [f"class/{row}.png" for row in range(len(file["h"]))]
        file.create_dataset("ids", data=ids, dtype=h5py.string_dtype())
        file.attrs.update(
            model=model, dataset=dataset, class_groups=json.dumps(groups), complete=True
        )
    return path


def write_bundle(
    folder: Path, weight: ArrayLike, bias: ArrayLike | None = None, *, normalise: bool = False
) -> tuple[Path, Path]:
    """Write a head and its card; returns their paths."""
    tensors = {"weight": np.ascontiguousarray(weight, dtype=np.float32)}
    if bias is not None:
        tensors["bias"] = np.asarray(bias, dtype=np.float32)
    save_file(tensors, folder / "head.safetensors")
    (folder / "card.json").write_text(json.dumps({"normalise": normalise}))
    return folder / "head.safetensors", folder / "card.json"


def singletons(classes: int) -> list[list[int]]:
    """Groups of a data set that is scored on all classes, each for itself."""
    return [[index] for index in range(classes)]

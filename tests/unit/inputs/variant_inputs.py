"""Baselines with random accuracies, for measures that need their line."""

import h5py
import numpy as np

from workflow_scripts.analysis.accuracy import _digest


def write_baselines(folder, datasets, images, count=3):
    """Write which images each of `b0`, `b1`, ... classifies correctly; returns the paths."""
    rng = np.random.default_rng(9)
    paths = []
    for number in range(count):
        paths.append(folder / f"b{number}.h5")
        with h5py.File(paths[-1], "w") as file:
            file.attrs.update(model=f"b{number}", complete=True)
            for dataset in datasets:
                right = rng.random(images) < 0.2 + 0.2 * number
                stored = file.create_dataset(dataset, data=right.astype(np.uint8))
                stored.attrs["ids"] = _digest(np.array([b"same"]))
    return paths

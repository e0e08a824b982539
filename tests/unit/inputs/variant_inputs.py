"""Baselines with random accuracies, for measures that need their line."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from tests.unit.inputs.measure_inputs import BOOTSTRAP
from workflow_scripts.analysis.accuracy import digest_of_ids
from workflow_scripts.analysis.baselines import Robustness

BASELINES = ("b0", "b1", "b2")


def robustness_of(
    folder: Path, test: str, shifts: Sequence[str], images: int, line_through: str | None = "pool"
) -> Robustness:
    """Write which images each baseline classifies correctly, and choose the line through them."""
    rng = np.random.default_rng(9)
    paths = [folder / f"{model}.h5" for model in BASELINES]
    for number, path in enumerate(paths):
        with h5py.File(path, "w") as file:
            file.attrs.update(model=path.stem, complete=True)
            for dataset in (test, *shifts):
                right = rng.random(images) < 0.2 + 0.2 * number
                stored = file.create_dataset(dataset, data=right.astype(np.uint8))
                stored.attrs["ids"] = digest_of_ids(np.array([b"same"]))
    return Robustness(line_through, BASELINES, test, shifts, BOOTSTRAP, paths)

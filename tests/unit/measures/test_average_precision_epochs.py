"""Average precision after each epoch is that of the epoch's own head and activations."""

import h5py
import numpy as np
import pytest

from tests.unit.inputs.measure_inputs import write_activations, write_bundle
from workflow_scripts.files.concepts import write_draw
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.concepts import average_precision_epochs
from workflow_scripts.method.directions import right_singular_vectors
from workflow_scripts.method.precision import average_precision, sets_by_image

IMAGES, WIDTH = 30, 6


@pytest.fixture
def run(tmp_path):
    rng = np.random.default_rng(0)
    halves = [np.array_split(rng.permutation(IMAGES)[:20], 2) for _ in range(5)]
    sets = sets_by_image(*zip(*halves, strict=True), IMAGES)
    expected = []
    for epoch in (2, 1, 10):
        bundle, encoded = (tmp_path / kind / f"epoch_{epoch:03}" for kind in ("models", "h"))
        bundle.mkdir(parents=True)
        encoded.mkdir(parents=True)
        weight = rng.normal(size=(4, WIDTH)).astype(np.float32)
        h, test = rng.normal(size=(2, IMAGES, WIDTH)).astype(np.float32)
        write_bundle(bundle, weight)
        for name, values in (("broden", h), ("imagenet", test)):
            write_activations(encoded, values, [0] * IMAGES, [[0]], dataset=name)
        v = right_singular_vectors(weight, test.mean(axis=0))[1]
        best = average_precision((h @ v.T).astype(np.float32), sets)
        expected.append((epoch, np.stack([each.max(axis=1) for each in best])))
    with h5py.File(tmp_path / "sets.h5", "w") as file:
        write_draw(file, 0, 0, sets)
        ids = [f"class/{row}.png" for row in range(IMAGES)]
        file.create_dataset("ids", data=ids, dtype=h5py.string_dtype())
        file.attrs["complete"] = True

    def measure(models="models"):
        average_precision_epochs.main(
            tmp_path / models, tmp_path / "h", tmp_path / "sets.h5", tmp_path / "out.h5",
            model="m", dataset="broden", test="imagenet", threads=1,
        )  # fmt: skip
        return tmp_path / "out.h5"

    return measure, dict(sorted(expected))


def test_each_epoch_has_its_own(run):
    measure, expected = run
    with h5py.File(measure()) as file:
        assert file["epoch"][:].tolist() == list(expected) == [1, 2, 10]
        np.testing.assert_allclose(file["best"], np.stack(list(expected.values())), atol=1e-5)
        assert file.attrs["model"] == "m" and file.attrs["complete"]


def test_a_model_without_epochs_is_named(run):
    with pytest.raises(InputError, match="nothing: found no folder epoch_"):
        run[0]("nothing")

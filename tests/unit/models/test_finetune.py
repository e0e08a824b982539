"""Finetuning that holds the kurtosis of its parent."""

import h5py
import torch

from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from tests.unit.inputs.training_inputs import RECIPE, store_of_colours
from workflow_scripts.files.bundles import new_card
from workflow_scripts.method.kurtosis import activation_kurtosis
from workflow_scripts.models import finetune
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks.classifier import load_bundle, save_bundle


def kurtosis_of(bundle, store):
    with h5py.File(store) as file, torch.inference_mode():
        return activation_kurtosis(bundle.encode(torch.from_numpy(file["pixels"][:])).numpy())


def test_the_kurtosis_of_the_parent_is_measured_and_held(tmp_path):
    store = store_of_colours(tmp_path / "store.h5", labelled=True)
    architecture = ARCHITECTURE["RN-tiny"]
    settings = {
        "model": "parent", "architecture": architecture, "preprocessing": PREPROCESSING,
        "origin": {},
    }  # fmt: skip
    save_bundle(tmp_path / "parent", new_classifier(architecture, 3, seed=0), new_card(settings))
    recipe = {
        **RECIPE, "batch_size": 48, "shift_pixels": 0, "kurtosis": "parent", "kurtosis_weight": 1.0,
    }  # fmt: skip
    finetune.main(
        "cpu", 1, "cause", tmp_path / "model", {"store": store}, parent_folder=tmp_path / "parent",
        epochs_folder=tmp_path / "epochs", parent="parent", model="model", recipe=recipe,
        images=None, seed=0, origin={},
    )  # fmt: skip
    parent, child = (load_bundle(tmp_path / name) for name in ("parent", "model"))
    expected = kurtosis_of(parent, store).mean()
    held = child.card["training"]["recipe"]["kurtosis"]
    torch.testing.assert_close(held, float(expected), rtol=1e-4, atol=0)
    assert recipe["kurtosis"] == "parent"

"""Training without text or labels, and the linear head that is fitted afterwards."""

import pytest
import torch

from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from tests.unit.inputs.training_inputs import correct, store_of_colours
from workflow_scripts.models import self_supervise
from workflow_scripts.networks.classifier import load_bundle

RECIPE = {
    "epochs": 4, "batch_size": 12, "learning_rate": 1e-2, "weight_decay": 0.0, "betas": [0.9, 0.98],
    "warmup_steps": 2, "schedule": "cosine", "gradient_clip": 1.0, "shift_pixels": 0, "flip": False,
    "logit_scale": 5.0, "view_scale": 0.3,
}  # fmt: skip


def trained(folder, stores, backbone="RN-tiny", seed=0):
    self_supervise.main(
        "cpu", 1, "cause", folder, {"store": stores[0]}, head_store=stores[1], classes=3,
        model="model", architecture=ARCHITECTURE[backbone], preprocessing=PREPROCESSING,
        recipe=RECIPE, images=None, seed=seed, origin={},
    )  # fmt: skip
    return load_bundle(folder)


@pytest.fixture
def stores(tmp_path):
    return [
        store_of_colours(tmp_path / f"{name}.h5", labelled=name == "labelled")
        for name in ("images", "labelled")
    ]


@pytest.mark.parametrize("backbone", ["RN-tiny", "ViT-tiny"])
def test_a_head_tells_the_classes_of_what_was_learned_without_labels(tmp_path, stores, backbone):
    bundle = trained(tmp_path / "model", stores, backbone)
    assert correct(bundle, stores[1]) > 0.9
    assert (bundle.card["normalise"], bundle.card["training"]["images"]) == (False, 48)
    assert not list((tmp_path / "model").glob(".unfinished-*"))


def test_a_training_follows_from_its_seed(tmp_path, stores):
    first, again, other = (
        trained(tmp_path / name, stores, seed=seed).classifier.state_dict()
        for name, seed in (("first", 0), ("again", 0), ("other", 1))
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["weight"], other["weight"])

"""Supervised training on a set of captions: their classes are the labels."""

from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from tests.unit.inputs.training_inputs import COLOURS, RECIPE, correct, store_of_colours
from workflow_scripts.models import supervise
from workflow_scripts.networks.classifier import load_bundle


def test_labels_are_the_classes_that_captions_name(tmp_path):
    store = store_of_colours(tmp_path / "store.h5")
    supervise.main(
        "cpu", 1, "cause", tmp_path / "model", {"store": store}, classes=4,
        class_names=["grey", *COLOURS], model="model", architecture=ARCHITECTURE["RN-tiny"],
        preprocessing=PREPROCESSING, recipe={**RECIPE, "epochs": 8, "weight_decay": 0.0},
        images=None, seed=0, origin={},
    )  # fmt: skip
    bundle = load_bundle(tmp_path / "model")
    labelled = store_of_colours(tmp_path / "labelled.h5", labelled=True)
    assert bundle.classifier.weight.shape[0] == 4
    bundle.classifier.weight.data = bundle.classifier.weight.data[1:]
    bundle.classifier.bias.data = bundle.classifier.bias.data[1:]
    assert correct(bundle, labelled) > 0.9

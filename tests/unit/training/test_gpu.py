"""Trainings on GPUs, one process for each; skipped without one."""

import pytest
import torch

from tests.unit.inputs.archive_inputs import WNIDS, contents, tar_of_tars
from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from tests.unit.inputs.training_inputs import CONTRASTIVE, IMAGES, RECIPE, TEXTS
from workflow_scripts.datasets.training_index import index_images
from workflow_scripts.models.pretrain import pretrain
from workflow_scripts.networks.classifier import load_bundle, normaliser
from workflow_scripts.networks.tokenizer import WordTokenizer
from workflow_scripts.training.images import StoredImages
from workflow_scripts.training.launcher import launch

DEVICE = "cuda"
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_all_gpus_train_from_an_archive(tmp_path, precision):
    processes = max(1, torch.cuda.device_count())
    labels = {wnid: label for label, wnid in enumerate(WNIDS)}
    archive = tar_of_tars(tmp_path / "a.tar", contents())
    index_images(archive, labels).save(tmp_path / "index.h5")
    recipe = RECIPE | {
        "batch_size": 2 * processes, "precision": precision, "crop_scale": [0.3, 1.0],
        "images": "archive",
    }  # fmt: skip
    launch(
        "workflow_scripts.models.supervise", processes, device=DEVICE, threads=2 * processes,
        files={"store": str(tmp_path / "index.h5"), "archive": str(archive)},
        folder=str(tmp_path / "model"), cause="cause", classes=3, model="supervised", seed=5,
        origin={}, architecture=ARCHITECTURE["RN-tiny"], preprocessing=PREPROCESSING,
        view={"size": 32, "interpolation": "bicubic"}, images=None, recipe=recipe,
    )  # fmt: skip
    state = load_bundle(tmp_path / "model").classifier.state_dict()
    assert all(each.isfinite().all() for each in state.values())


def test_a_gpu_trains_as_the_cpu_does(tmp_path):
    tokenizer, recipe = WordTokenizer.from_texts(TEXTS, 16), CONTRASTIVE | {"epochs": 1}
    states = []
    for device in (DEVICE, "cpu"):
        normalise = normaliser(PREPROCESSING["mean"], PREPROCESSING["std"], device)
        images = StoredImages(normalise, recipe, 5, IMAGES)
        model = pretrain(
            images, TEXTS, tokenizer, tmp_path / f"{device}.pt", device, recipe=recipe, seed=5,
            architecture=ARCHITECTURE["ViT-tiny"],
        )  # fmt: skip
        states.append({name: value.cpu() for name, value in model.state_dict().items()})
    for name, value in states[1].items():
        torch.testing.assert_close(states[0][name], value, rtol=0, atol=5e-3, msg=name)

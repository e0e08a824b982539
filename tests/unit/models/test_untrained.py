"""The job of an untrained control: random weights of every kind of architecture, by the seed."""

import pytest
import torch

from tests.unit.inputs.pretrained_inputs import SMALL
from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from workflow_scripts.files.bundles import read_card
from workflow_scripts.files.heads import load_head
from workflow_scripts.models import zero_shot_head
from workflow_scripts.models.untrained import LOGIT_SCALE, main
from workflow_scripts.networks.classifier import load_bundle

PROMPTED = {"class_names": ["car", "tea cup", "fish"], "templates": ["a {}", "a photo of a {}"]}
KINDS = {"words": ARCHITECTURE["RN-tiny"], "tokens": next(iter(SMALL.values()))}
SUPERVISED = {"torchvision": "shufflenet_v2_x0_5", "embed_dim": 1024}


def make(folder, architecture, seed=0, prompted=PROMPTED):
    settings = {"model": "m", "architecture": architecture, "preprocessing": PREPROCESSING,
                "seed": seed, "origin": {"origin": "untrained"}}  # fmt: skip
    main(folder, classes=3, prompted=prompted, **settings)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_gets_the_head_of_its_random_text_tower(tmp_path, kind, caplog):
    folder = make(tmp_path, KINDS[kind])
    card = read_card(folder / "card.json")
    assert (card["parent"], card["normalise"]) == (None, True)
    assert card["training"] == {"origin": "untrained", "seed": 0}
    assert card.get("vocabulary") == (
        ["a", "car", "cup", "fish", "of", "photo", "tea"] if kind == "words" else None
    )
    zero_shot_head.main(folder, 1, **PROMPTED, device="cpu")
    head = load_head(folder / "head.safetensors", folder / "card.json")
    norms = torch.from_numpy(head.weight).norm(dim=1)
    torch.testing.assert_close(norms, torch.full_like(norms, LOGIT_SCALE))
    assert "do not know" not in caplog.text and len(head.weight) == 3
    side = KINDS[kind]["vision_cfg"]["image_size"]
    h = load_bundle(folder).encode(torch.zeros(2, side, side, 3, dtype=torch.uint8))
    assert h.isfinite().all() and h.shape == (2, KINDS[kind]["embed_dim"])


def test_a_supervised_network_gets_a_random_head(tmp_path):
    bundle = load_bundle(make(tmp_path, SUPERVISED, prompted=None))
    assert bundle.classifier.weight.shape == (3, 1024) and not bundle.card["normalise"]
    assert bundle.classifier.bias.abs().max() > 0
    assert not (tmp_path / "text.safetensors").exists()


@pytest.mark.parametrize("architecture", [KINDS["words"], SUPERVISED], ids=["clip", "classifier"])
def test_the_seed_decides(tmp_path, architecture):
    first, again, other = (
        read_card(make(tmp_path / name, architecture, seed) / "card.json")["sha256"]
        for name, seed in (("first", 0), ("again", 0), ("other", 1))
    )
    assert first == again and first.keys() == other.keys()
    assert all(first[part] != other[part] for part in first)

"""Contrastive pretraining: pairs, the ceiling of the logit scale, and that it learns."""

import json

import h5py
import numpy as np
import pytest
import torch

from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from tests.unit.inputs.training_inputs import COLOURS, store_of_colours
from workflow_scripts.files.bundles import read_card
from workflow_scripts.files.digests import sha256_file
from workflow_scripts.models import pretrain as contrastive
from workflow_scripts.models import zero_shot_head as head_job
from workflow_scripts.networks import open_clip_parts
from workflow_scripts.networks.classifier import load_bundle, normaliser
from workflow_scripts.networks.tokenizer import WordTokenizer
from workflow_scripts.networks.zero_shot import zero_shot_head
from workflow_scripts.training.images import TrainingFiles
from workflow_scripts.training.penalties import kurtosis

RECIPE = {
    "epochs": 8, "batch_size": 12, "learning_rate": 1e-2, "weight_decay": 0.0, "betas": [0.9, 0.98],
    "warmup_steps": 2, "schedule": "cosine", "gradient_clip": 1.0, "shift_pixels": 0, "flip": False,
    "logit_scale": 14.0, "logit_scale_learning_rate": 1e-2,
}  # fmt: skip


@pytest.fixture
def store(tmp_path):
    """A captioned store of plain images."""
    return store_of_colours(tmp_path / "store.h5")


def pairs(store, captions, text, recipe=RECIPE):
    settings = {"recipe": recipe, "preprocessing": PREPROCESSING, "images": None, "seed": 0}
    files = TrainingFiles(store, captions=captions)
    return contrastive.load_pairs(files, text, "cpu", 1, **settings)


def train(store, checkpoint, **changes):
    recipe = {**RECIPE, **changes}
    images, texts = pairs(store, None, "caption", recipe)
    tokenizer = WordTokenizer.from_texts(texts, 8)
    model = contrastive.pretrain(
        images, texts, tokenizer, checkpoint, "cpu", architecture=ARCHITECTURE["RN-tiny"],
        recipe=recipe, seed=0,
    )  # fmt: skip
    return model, tokenizer, images.pixels


def main(store, folder, architecture, recipe, vocabulary=()):
    contrastive.main(
        "cpu", 1, "cause", folder, {"store": store}, text="caption", vocabulary=vocabulary,
        model="clip", architecture=architecture, preprocessing=PREPROCESSING, recipe=recipe,
        images=None, seed=0, origin={},
    )  # fmt: skip


def test_images_without_a_caption_are_left_out(tmp_path, store):
    rest = {"wnid": "n1", "description": "", "tags": []}
    entries = [{"filename": f"{row}.JPEG", "title": f"title {row}", **rest} for row in (40, 3, 99)]
    captions = tmp_path / "captions.json"
    captions.write_text(json.dumps(entries))
    images, texts = pairs(store, captions, "td")
    assert texts == ["title 3", "title 40"]
    with h5py.File(store) as file:
        np.testing.assert_array_equal(images.pixels, file["pixels"][:][[3, 40]])


def test_images_and_texts_learn_to_agree(tmp_path, store):
    model, tokenizer, images = train(store, tmp_path / "a.pt")
    head = zero_shot_head(model, tokenizer, [*COLOURS], ["a {} wall"])
    preprocess = normaliser(PREPROCESSING["mean"], PREPROCESSING["std"])
    with torch.inference_mode():
        h = model.encode_image(preprocess(images), normalize=True)
    predicted = (h @ head.T).argmax(1)
    assert (predicted == torch.arange(48) % 3).float().mean() > 0.9


@pytest.mark.parametrize(("rate", "scale"), [(0.0, 14.0), (5.0, 100.0)])
def test_the_logit_scale_is_frozen_or_has_a_ceiling(tmp_path, store, rate, scale):
    changes = {"epochs": 3, "logit_scale_learning_rate": rate, "warmup_steps": 0}
    model, _, _ = train(store, tmp_path / "a.pt", **changes)
    found = model.logit_scale.exp().item()
    assert found == pytest.approx(scale, rel=1e-4) if rate == 0 else found <= scale * (1 + 1e-4)


def test_the_sigmoid_loss_is_siglips(tmp_path):
    """Of every pair of an image and a text, whether they belong together (Zhai et al. 2023)."""
    rng = np.random.default_rng(0)
    image, text = (torch.tensor(rng.normal(size=(5, 4)), dtype=torch.float32) for _ in range(2))
    loss = contrastive.loss_function({}, {"logit_bias": -2.0})
    found = loss((image, text, torch.tensor(3.0), torch.tensor(-2.0)))
    pairs = [(row, column) for row in range(5) for column in range(5)]
    brute = [
        np.logaddexp(0, -(1 if row == column else -1) * (3 * float(image[row] @ text[column]) - 2))
        for row, column in pairs
    ]
    assert found.item() == pytest.approx(sum(brute) / 5, rel=1e-5)


def test_kurtosis_is_held_where_a_recipe_says_so(tmp_path, store):
    found = []
    for name, weight in (("free", None), ("held", 10.0)):
        changes = {"kurtosis": 3.0, "kurtosis_weight": weight} if weight else {}
        model, _, images = train(store, tmp_path / f"{name}.pt", **changes)
        with torch.inference_mode():
            h = model.encode_image(normaliser(PREPROCESSING["mean"], PREPROCESSING["std"])(images))
        found.append(float(kurtosis(h).log().sub(np.log(3)).abs().mean()))
    assert found[1] < 0.5 * found[0]


def test_architectures_with_a_text_transformer_read_byte_pairs():
    tokenize = open_clip_parts.module("tokenizer").tokenize

    architecture = {"text_cfg": {"context_length": 77}}
    tokenizer = contrastive.new_tokenizer(architecture, ["anything"])
    texts = ["a photo of a great white shark.", "Tench, tinca tinca"]
    assert tokenizer(texts).equal(tokenize(texts))
    assert tokenizer.vocab_size == 49408


def test_a_clip_of_open_clips_own_towers_is_trained(tmp_path, store):
    """As ImageNet-Captions models are: modified ResNet, text transformer, its own tokenizer."""
    architecture = {
        "embed_dim": 16, "quick_gelu": True,
        "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 4, "head_width": 32},
        "text_cfg": {
            "context_length": 8, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1,
        },
    }  # fmt: skip
    folder, recipe = tmp_path / "model", {**RECIPE, "epochs": 2, "micro_batch_size": 6}
    main(store, folder, architecture, recipe)
    head_job.main(folder, 1, class_names=[*COLOURS], templates="open_clip", device="cpu")
    bundle = load_bundle(folder)
    pixels = torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8)
    assert bundle.logits(bundle.encode(pixels)).shape == (4, 3)
    norms = bundle.classifier.weight.norm(dim=1)
    torch.testing.assert_close(norms, torch.full((3,), bundle.card["training"]["logit_scale"]))
    assert not list(folder.glob(".unfinished-*"))
    assert "vocabulary" not in bundle.card


def test_the_vocabulary_is_that_of_captions_and_study(tmp_path, store):
    recipe = {**RECIPE, "epochs": 1}
    main(store, tmp_path, ARCHITECTURE["RN-tiny"], recipe, ["photo", "wall"])
    card = read_card(tmp_path / "card.json")
    assert card["vocabulary"] == ["a", "blue", "green", "photo", "red", "wall"]
    assert not {"head.json", "head.safetensors"} & {path.name for path in tmp_path.iterdir()}
    assert {
        name: sha256_file(tmp_path / f"{name}.safetensors") for name in ("encoder", "text")
    } == (card["sha256"])

"""Bundles come back as they were saved, and what does not fit is named."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from workflow_scripts.files.bundles import check_bundle, new_card, read_card
from workflow_scripts.files.digests import sha256_file
from workflow_scripts.files.heads import load_head
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks.architectures import build_clip
from workflow_scripts.networks.classifier import Classifier, load_bundle, load_encoder, save_bundle

IMAGES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8))


def card(backbone="RN-tiny", **changes):
    settings = {
        "model": "m", "architecture": ARCHITECTURE[backbone], "preprocessing": PREPROCESSING,
        "recipe": {"epochs": 1}, "seed": 0, "origin": {"study": "tiny"},
    }  # fmt: skip
    return new_card(settings, images=5) | changes


def supervised(backbone="RN-tiny"):
    return new_classifier(ARCHITECTURE[backbone], 3, seed=1).eval()


def zero_shot(backbone="RN-tiny"):
    torch.manual_seed(2)
    clip = build_clip(ARCHITECTURE[backbone], 14.0)
    return Classifier(clip.visual, torch.randn(3, ARCHITECTURE[backbone]["embed_dim"])).eval()


@pytest.mark.parametrize("backbone", ["RN-tiny", "ViT-tiny"])
@pytest.mark.parametrize("make", [supervised, zero_shot])
def test_a_bundle_comes_back_as_it_was(tmp_path, backbone, make):
    classifier = make(backbone)
    save_bundle(tmp_path, classifier, card(backbone))
    bundle = load_bundle(tmp_path)
    mean, std = (np.array(PREPROCESSING[key]) for key in ("mean", "std"))
    normalised = torch.from_numpy((IMAGES.numpy() / 255 - mean) / std).float().permute(0, 3, 1, 2)
    with torch.inference_mode():
        h = bundle.encode(IMAGES)
        torch.testing.assert_close(h, classifier.encoder(normalised), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(bundle.logits(h), classifier.logits(h), rtol=0, atol=0)
    assert h.shape == (5, ARCHITECTURE[backbone]["embed_dim"])
    assert bundle.card["training"] == {
        "study": "tiny", "recipe": {"epochs": 1}, "seed": 0, "images": 5
    }  # fmt: skip
    assert not bundle.classifier.training
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "card.json", "encoder.safetensors", "head.json", "head.safetensors"
    ]  # fmt: skip


@pytest.mark.parametrize(("make", "normalise"), [(supervised, False), (zero_shot, True)])
def test_the_measures_compute_the_same_logits(tmp_path, make, normalise):
    save_bundle(tmp_path, make(), card())
    bundle = load_bundle(tmp_path)
    head = load_head(tmp_path / "head.safetensors", tmp_path / "card.json")
    assert head.normalise is normalise
    h = torch.randn(7, head.width)
    with torch.inference_mode():
        np.testing.assert_allclose(head.logits(h.numpy()), bundle.logits(h), rtol=1e-4, atol=1e-5)


def test_each_card_has_the_digest_of_its_weights(tmp_path):
    save_bundle(tmp_path, supervised(), card())
    digests = {name: sha256_file(tmp_path / f"{name}.safetensors") for name in ("encoder", "head")}
    assert read_card(tmp_path / "card.json")["sha256"] == {"encoder": digests["encoder"]}
    assert read_card(tmp_path / "head.json") == {
        "model": "m", "classes": 3, "sha256": {"head": digests["head"]}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "there"),
    [("encoder", {"head.json", "head.safetensors", "encoder.safetensors"}),
     ("head", {"head.safetensors"})],
)  # fmt: skip
def test_cards_are_written_last(tmp_path, monkeypatch, name, there):
    def fail(path):
        if path.stem == name:
            raise OSError("interrupted")
        return sha256_file(path)

    monkeypatch.setattr("workflow_scripts.files.bundles.sha256_file", fail)
    with pytest.raises(OSError, match="interrupted"):
        save_bundle(tmp_path, supervised(), card())
    assert {path.name for path in tmp_path.iterdir()} == there


def test_encoding_needs_no_head(saved):
    folder, _ = saved
    expected = load_bundle(folder).encode(IMAGES)
    for name in ("head.json", "head.safetensors"):
        (folder / name).unlink()
    encoder = load_encoder(folder)
    assert torch.equal(encoder.encode(IMAGES), expected)
    assert not encoder.network.training


@pytest.fixture
def saved(tmp_path):
    """A folder with a bundle, and a function that changes the tensors in one of its files."""
    save_bundle(tmp_path, supervised(), card())

    def change(name, function):
        tensors = load_file(tmp_path / name)
        function(tensors)
        save_file(tensors, tmp_path / name)

    return tmp_path, change


@pytest.mark.parametrize("shape", [(3, 31), (32,)])
def test_a_head_of_another_width(saved, shape):
    folder, change = saved
    change("head.safetensors", lambda tensors: tensors.update(weight=torch.zeros(shape)))
    message = rf"head.safetensors: found weight of shape \({shape[0]},.*expected \[classes, 32\]"
    with pytest.raises(InputError, match=message):
        load_bundle(folder)


def test_weights_of_another_architecture(saved):
    folder, change = saved

    def damage(tensors):
        del tensors["conv1.weight"]
        tensors["conv0.weight"] = torch.zeros(1)
        tensors["bn1.weight"] = torch.zeros(9)

    change("encoder.safetensors", damage)
    with pytest.raises(InputError) as caught:
        load_bundle(folder)
    message = str(caught.value)
    assert "encoder.safetensors: does not fit the architecture: missing conv1.weight" in message
    assert "unexpected conv0.weight" in message
    assert "bn1.weight of shape (9,), expected (2,)" in message
    assert len(message.splitlines()) == 1


def test_a_list_of_misfits_has_an_end(tmp_path):
    save_bundle(tmp_path, supervised("ViT-tiny"), card("RN-tiny"))
    with pytest.raises(InputError, match=r"; .* and \d+ more; check backbone"):
        load_bundle(tmp_path)


@pytest.mark.parametrize("name", ["card.json", "encoder.safetensors", "head.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"\x00" * 100])
def test_a_damaged_file(saved, name, content):
    folder, _ = saved
    (folder / name).unlink() if content is None else (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}: cannot be read .* delete it and run again"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["encoder.safetensors", "head.safetensors"])
def test_tensors_that_are_not_those_of_the_card_are_named(tmp_path, name):
    save_bundle(tmp_path, supervised(), card())
    check_bundle(tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[-1] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}: found SHA-256 .* changed since: begin anew"):
        check_bundle(tmp_path, "begin anew")

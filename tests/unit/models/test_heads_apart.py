"""Encoder and head in files of their own: their logits are those of the code that they are from."""

import hashlib

import pytest
import torch
from safetensors.torch import save_file

from tests.authentic import weights
from tests.unit.inputs.pretrained_inputs import SMALL, classifier_settings, images
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.pretrained_classifier import main
from workflow_scripts.networks.classifier import load_bundle

RESNET = {"torchvision": "resnet18", "embed_dim": 512}


@pytest.fixture
def dino(tmp_path):
    """DINO's two files, and the model in them."""
    paths = [tmp_path / name for name in ("pretrain.pth", "linearweights.pth")]
    return paths, weights.write_dino(*paths, "resnet18", 1, 3)


def test_a_resnet_of_dino(dino, tmp_path):
    paths, model = dino
    main(paths, tmp_path / "bundle", **classifier_settings(RESNET))
    bundle, pixels = load_bundle(tmp_path / "bundle"), 30 * images(RESNET)
    encoder, _, linear = model
    with torch.inference_mode():
        torch.testing.assert_close(bundle.classifier.encoder(pixels), encoder(pixels))
        torch.testing.assert_close(bundle.classifier(pixels), model(pixels))
    torch.testing.assert_close(bundle.classifier.weight, linear.weight.data)
    assert bundle.card["normalise"] is False
    for key, path in zip(("", "head_"), paths, strict=True):
        assert bundle.card["training"][f"{key}file"] == path.name
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert bundle.card["training"][f"{key}sha256"] == digest


@pytest.mark.parametrize("prefix", ["linear.", "module.fc.", ""])
def test_names_of_a_head(dino, tmp_path, prefix):
    (encoder, _), model = dino
    head = tmp_path / "head.safetensors"
    save_file({f"{prefix}{key}": each for key, each in model[2].state_dict().items()}, head)
    main([encoder, head], tmp_path / "bundle", **classifier_settings(RESNET))
    bundle = load_bundle(tmp_path / "bundle")
    assert torch.equal(bundle.classifier.bias, model[2].bias)


def test_a_tower_of_open_clip_and_a_head_without_bias(tmp_path):
    architecture, path, head = SMALL["ViT"], tmp_path / "clip.pt", tmp_path / "head.pt"
    model = weights.write_bin(path, architecture)
    weight = torch.randn(3, architecture["embed_dim"])
    torch.save({"weight": weight}, head)
    main([path, head], tmp_path / "bundle", **classifier_settings(architecture, 3, "normalised"))
    bundle, pixels = load_bundle(tmp_path / "bundle"), images(architecture)
    with torch.inference_mode():
        expected = model.encode_image(pixels, normalize=True) @ weight.T
        torch.testing.assert_close(bundle.classifier(pixels), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        # What DINO's heads of a ViT-S read: class tokens of four layers
        ({"state_dict": {"module.linear.weight": torch.zeros(3, 1536)}},
         "found linear.weight of shape (3, 1536), expected (3, 512), for the 3 classes"),
        ({"linear.weight": torch.zeros(4, 512)},
         "found linear.weight of shape (4, 512), expected (3, 512)"),
        ({"linear.scale": torch.zeros(3)}, "found no linear layer but keys like linear.scale"),
        ({f"{name}.weight": torch.full((3, 512), float(i)) for i, name in enumerate("ab")},
         "found several networks that fit, at prefix a., prefix b."),
        ({"linear.weight": torch.full((3, 512), float("nan"))},
         "linear.weight has NaN or infinite values"),
    ],
)  # fmt: skip
def test_a_head_that_does_not_fit(dino, tmp_path, content, found):
    paths, _ = dino
    torch.save(content, paths[1])
    with pytest.raises(InputError) as caught:
        main(paths, tmp_path / "bundle", **classifier_settings(RESNET))
    assert str(caught.value).startswith(str(paths[1])) and found in str(caught.value)
    assert not (tmp_path / "bundle").exists()


def test_an_encoder_without_its_head(dino, tmp_path):
    with pytest.raises(InputError, match="add that of its head to the column source"):
        main(dino[0][0], tmp_path / "bundle", **classifier_settings(RESNET))


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d"])
def test_weights_that_are_older_than_counts_of_steps(tmp_path, name):
    """As those of the ResNeXts that hashtags supervised; they have torchvision's names."""
    path = tmp_path / "ig.pth"
    model = weights.write_resnet(path, name, 1, 3)
    architecture = {"torchvision": name, "embed_dim": model.fc.in_features}
    main(path, tmp_path / "bundle", **classifier_settings(architecture))
    bundle, pixels = load_bundle(tmp_path / "bundle"), 30 * images(architecture)
    with torch.inference_mode():
        torch.testing.assert_close(bundle.classifier(pixels), model(pixels))

"""Real architectures at full size: open_clip's own features and logits, and a finetuning step.

Weights are random, in the files that would have been downloaded; everything after is as in a study.
"""

import copy
import tempfile
from pathlib import Path

import pytest
import torch

from tests.authentic.weights import write_openai, write_release, write_torchvision
from tests.unit.inputs.pretrained_inputs import (
    NAMES,
    PREPROCESSING,
    classifier_settings,
    images,
    open_clip,
    open_clip_config,
    open_clip_logits,
    zero_shot_bundle,
)
from workflow_scripts.files.bundles import new_card
from workflow_scripts.files.digests import write_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.pretrained_classifier import main
from workflow_scripts.networks.classifier import load_bundle, save_bundle
from workflow_scripts.networks.published_classifiers import load_supervised

WRITERS = {
    "RN50-quickgelu": write_openai,
    "ViT-B-32": write_release,
}
VIT = {"torchvision": "vit_b_32", "embed_dim": 768}


@pytest.fixture(scope="module")
def folder():
    """A folder for gigabytes, removed however the tests end."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture(scope="module", params=WRITERS)
def clip(request, folder):
    """A model of open_clip, its architecture, and the bundle made of its file."""
    architecture, name = open_clip_config(request.param), request.param
    path = folder / f"{name}.pt"
    model = WRITERS[name](path, architecture)
    write_digest(path)
    bundle = zero_shot_bundle(path, folder / name, architecture, torch.get_num_threads())
    path.unlink()
    return model, architecture, bundle


@pytest.fixture(scope="module")
def vit(folder):
    """A supervised ViT of torchvision and the bundle made of its file."""
    path = folder / "vit.pth"
    model = write_torchvision(path, "vit_b_32")
    main(path, folder / "vit", **classifier_settings(VIT, 1000))
    return model, load_bundle(folder / "vit")


def test_features_and_logits_are_open_clips(clip):
    model, architecture, bundle = clip
    pixels = images(architecture)
    with torch.inference_mode():
        h = bundle.classifier.encoder(pixels)
        torch.testing.assert_close(h, model.encode_image(pixels), rtol=1e-4, atol=1e-5)
        logits = open_clip_logits(model, architecture, pixels)
        torch.testing.assert_close(bundle.logits(h), logits, rtol=1e-4, atol=1e-3)
    assert h.std() > 0.01 and logits.shape == (3, len(NAMES))


def test_the_activation_function_matters(clip, folder):
    """The same weights with the other one give another head: nothing else would tell them apart."""
    model, architecture, bundle = clip
    other = architecture | {"quick_gelu": not architecture.get("quick_gelu", False)}
    changed = open_clip.CLIP(**other)
    changed.load_state_dict(model.state_dict())
    pixels = images(architecture)
    with torch.inference_mode():
        logits = open_clip_logits(changed.eval(), other, pixels)
        h = bundle.classifier.encoder(pixels)
        assert not torch.allclose(bundle.logits(h), logits, rtol=1e-3, atol=1e-2)


def test_features_and_logits_are_torchvisions(vit, folder):
    model, bundle = vit
    pixels = images(VIT)
    seen = []
    handle = model.heads.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        logits = model(pixels)
        h = bundle.classifier.encoder(pixels)
        torch.testing.assert_close(h, seen[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(bundle.logits(h), logits, rtol=1e-4, atol=1e-4)
    handle.remove()
    assert h.shape == (3, 768) and logits.std() > 0.01
    assert bundle.card["normalise"] is False
    assert sorted(path.name for path in (folder / "vit").iterdir()) == [
        "card.json", "encoder.safetensors", "head.json", "head.safetensors"
    ]  # fmt: skip


def test_current_names_of_torchvision_are_read_too(vit):
    model, bundle = vit
    state = load_supervised(VIT, {"": model.state_dict()}, 1000, "supervised", "w").state_dict()
    expected = bundle.classifier.state_dict()
    assert state.keys() == expected.keys()
    assert all(torch.equal(each, expected[key]) for key, each in state.items())


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda state: state.pop("heads.head.bias"), "missing heads.head.bias"),
        (lambda state: state.pop("class_token"), "missing class_token"),
        (lambda state: state.update(other=torch.zeros(1)), "unexpected other"),
        (lambda state: None, r"heads.head.weight of shape \(1000, 768\), expected \(3, 768\)"),
    ],
)
def test_what_does_not_fit_torchvisions(vit, tmp_path, change, found):
    state = vit[0].state_dict()
    change(state)
    path = tmp_path / "vit.pth"
    torch.save(state, path)
    with pytest.raises(InputError, match=found):
        main(path, tmp_path / "bundle", **classifier_settings(VIT))


@pytest.mark.parametrize("clip", ["RN50-quickgelu"], indirect=True)
def test_a_finetuned_resnet_survives_the_round_trip(clip, folder):
    """Batch norm's running statistics and attention pooling are of the bundle."""
    _, architecture, bundle = clip
    classifier = copy.deepcopy(bundle.classifier)
    before = {key: each.clone() for key, each in classifier.encoder.state_dict().items()}
    optimiser = torch.optim.SGD(classifier.train().parameters(), lr=0.01)
    loss = torch.nn.functional.cross_entropy(classifier(images(architecture)), torch.arange(3))
    loss.backward()
    optimiser.step()
    classifier.eval()
    changed = [key for key, each in classifier.encoder.state_dict().items()
               if not torch.equal(each, before[key])]  # fmt: skip
    assert {"bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
            "attnpool.positional_embedding", "attnpool.c_proj.weight",
            "layer4.2.conv3.weight"} <= set(changed)  # fmt: skip

    card = new_card({
        "model": "f", "architecture": architecture, "preprocessing": PREPROCESSING,
        "recipe": {}, "seed": 0, "origin": {},
    }, parent="m")  # fmt: skip
    save_bundle(folder / "finetuned", classifier, card)
    again = load_bundle(folder / "finetuned").classifier
    state = classifier.state_dict()
    assert state.keys() == again.state_dict().keys()
    assert all(torch.equal(each, again.state_dict()[key]) for key, each in state.items())
    with torch.inference_mode():
        torch.testing.assert_close(
            again(images(architecture)), classifier(images(architecture)), rtol=0, atol=0
        )

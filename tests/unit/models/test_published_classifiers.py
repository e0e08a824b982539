"""Classifiers of others: their logits are those of the code that they were published with."""

import functools
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.authentic import weights
from tests.unit.inputs.pretrained_inputs import SMALL, classifier_settings, images, open_clip_config
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.pretrained_classifier import main
from workflow_scripts.networks.architectures import build_classifier
from workflow_scripts.networks.checkpoints import read_checkpoint
from workflow_scripts.networks.classifier import load_bundle
from workflow_scripts.networks.timm_networks import build_timm, check_described, described

OWN_TOWER = {"tower": "", "head": "classification_head."}
LAYOUTS = {
    "model soups": (weights.write_soup, "normalised"),
    "Wise-FT": (weights.write_wise_ft, "normalised"),
    "open_clip": (weights.write_finetuned, "plain"),
    "open_clip, normalised": (
        functools.partial(weights.write_finetuned, normalised=True), "normalised"
    ),
    "tower alone": (functools.partial(weights.write_finetuned, **OWN_TOWER), "plain"),
}  # fmt: skip
# One with batch norm, one with a class token, one with layer norm after pooling, an EfficientNet
TIMM = ["test_resnet", "test_vit", "test_convnext", "test_efficientnet"]


def check_logits(model, folder, architecture):
    """The bundle gives the model's own logits, and what goes into its head."""
    # Far from the mean, or a small random ResNet would hardly tell the images apart.
    bundle, pixels = load_bundle(folder), 30 * images(architecture)
    with torch.inference_mode():
        expected = model(pixels)
        torch.testing.assert_close(
            bundle.logits(bundle.classifier.encoder(pixels)), expected, rtol=1e-5, atol=1e-5
        )
    assert expected.std() > 0.05 and expected.std(0).max() > 1e-4
    return bundle


@pytest.mark.parametrize("kind", ["RN", "ViT"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_finetuned_clip(tmp_path, layout, kind):
    (write, reads), architecture = LAYOUTS[layout], SMALL[kind]
    model = write(tmp_path / "w", architecture, 1, 3)
    main(tmp_path / "w", tmp_path / "bundle", **classifier_settings(architecture, 3, reads))
    bundle = check_logits(model, tmp_path / "bundle", architecture)
    assert bundle.card["normalise"] == (reads == "normalised")
    assert bundle.card["parent"] == "zero-shot"
    assert bundle.classifier.bias.abs().min() > 0
    assert {path.name for path in (tmp_path / "bundle").iterdir()} == {
        "card.json", "encoder.safetensors", "head.json", "head.safetensors"
    }  # fmt: skip


def rewritten(path, change):
    """Put into a file what a training would have written around its state dict."""
    # Safetensors are mapped, and the file is written over.
    state = {key: value.clone() for key, value in read_checkpoint(path)[0][""].items()}
    torch.save(change(state), path)


def prefixed(prefix, state):
    return {prefix + key: value for key, value in state.items()}


WRAPPINGS = {
    "Lightning": lambda state: {
        "state_dict": prefixed("model.", state) | {"loss.weight": torch.ones(3)}
    },
    "torch.compile": lambda state: {"model": prefixed("net._orig_mod.", state)},
    "averaged": lambda state: {
        "state_dict": {key: value + 1 for key, value in state.items()}, "ema": state
    },
    "averaged in one": lambda state: {
        **prefixed("net.", {key: value + 1 for key, value in state.items()}),
        **prefixed("net_ema.module.", state),
        "n_averaged": torch.tensor(3),
    },
    "pair": lambda state: (prefixed("module.module.", state), 5),
}  # fmt: skip


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_finetuned_clip_in_wrappings(tmp_path, layout, wrapping):
    (write, reads), architecture = LAYOUTS[layout], SMALL["ViT"]
    model = write(tmp_path / "w", architecture, 1, 3)
    rewritten(tmp_path / "w", WRAPPINGS[wrapping])
    main(tmp_path / "w", tmp_path / "bundle", **classifier_settings(architecture, 3, reads))
    check_logits(model, tmp_path / "bundle", architecture)


def test_the_layout_is_told_by_head_and_tower_together(tmp_path):
    """A wrapped classifier has a tower below model.visual., as model soups' code has it."""
    path, architecture = tmp_path / "w", SMALL["ViT"]
    model = weights.write_finetuned(path, architecture, 1, 3)
    rewritten(path, lambda state: prefixed("model.", state))
    main(path, tmp_path / "bundle", **classifier_settings(architecture, 3, "plain"))
    check_logits(model, tmp_path / "bundle", architecture)
    weights.write_soup(path, architecture, 1, 3)
    rewritten(path, lambda state: prefixed("net.", state))
    with pytest.raises(InputError, match="below model.visual., whose code reads h normalised"):
        main(path, tmp_path / "other", **classifier_settings(architecture, 3, "plain"))


def test_a_soup_at_full_size(tmp_path):
    architecture = open_clip_config("ViT-B-32-quickgelu")
    model = weights.write_soup(tmp_path / "model_1.pt", architecture)
    main(
        tmp_path / "model_1.pt",
        tmp_path / "bundle",
        **classifier_settings(architecture, 1000, "normalised"),
    )
    bundle = check_logits(model, tmp_path / "bundle", architecture)
    assert bundle.classifier.weight.shape == (1000, 512)


def test_a_head_without_bias_and_in_half_precision(tmp_path):
    path, architecture = tmp_path / "w.pt", SMALL["ViT"]
    model = weights.write_finetuned(path, architecture, 1, 3)
    state = {key: each.half() for key, each in load_file(path).items() if key != "head.bias"}
    save_file(state, path)
    main(path, tmp_path / "bundle", **classifier_settings(architecture, 3, "plain"))
    model.half().float().classification_head.bias.data.zero_()
    bundle = check_logits(model, tmp_path / "bundle", architecture)
    assert bundle.classifier.bias is None
    assert bundle.classifier.weight.dtype == torch.float32


def refused(path, architecture=SMALL["ViT"], head="normalised"):
    """The message with which a file is refused; nothing is left in the bundle's folder."""
    with pytest.raises(InputError) as caught:
        main(path, path.parent / "bundle", **classifier_settings(architecture, 3, head))
    assert not (path.parent / "bundle").exists()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda s: s.pop("classification_head.weight"),
         "found no classification_head.weight or head.weight but keys like model."),
        (lambda s: s.update({"classification_head.weight": torch.zeros(3, 7)}),
         "found classification_head.weight of shape (3, 7), expected (3, 24)"),
        (lambda s: s.update({"classification_head.weight": torch.zeros(1000, 24)}),
         "found classification_head.weight of shape (1000, 24), expected (3, 24), for the 3 "
         "classes of classes.tsv"),
        (lambda s: s.update({"classification_head.bias": torch.zeros(4)}),
         "found classification_head.bias of shape (4,), expected (3,)"),
        (lambda s: s["classification_head.bias"].fill_(float("nan")),
         "classification_head.bias has NaN or infinite values"),
        (lambda s: s.pop("model.visual.conv1.weight"), "missing conv1.weight"),
        (lambda s: s.update({"model.other": torch.zeros(1)}), "unexpected model.other"),
    ],
)  # fmt: skip
def test_a_soup_that_does_not_fit(tmp_path, change, found):
    path = tmp_path / "w.pt"
    weights.write_soup(path, SMALL["ViT"], 0, 3)
    state = torch.load(path)
    change(state)
    torch.save(state, path)
    message = refused(path)
    assert message.startswith(f"{path}: ") and found in message
    assert "choose another source" in message


def test_a_text_tower_in_place_of_a_head(tmp_path):
    path = tmp_path / "w.bin"
    weights.write_bin(path, SMALL["ViT"])
    message = refused(path)
    assert "but a text tower (transformer.resblocks.0." in message
    assert "a CLIP with both towers is a row of a zero-shot family" in message


def test_a_layout_that_says_otherwise(tmp_path):
    path = tmp_path / "w.pt"
    weights.write_soup(path, SMALL["ViT"], 0, 3)
    message = refused(path, head="plain")
    assert "below model.visual., whose code reads h normalised" in message
    assert "correct the column head" in message


@pytest.mark.parametrize("save", ["torch", "pickle"])
def test_a_whole_pickled_classifier_can_be_converted(tmp_path, save, monkeypatch):
    """As the message says, its command makes a file that is read."""
    path, architecture = tmp_path / "checkpoint_10.pt", SMALL["ViT"]
    model = weights.random_classifier(architecture, True, 0, 3).eval()
    with path.open("wb") as stream:
        torch.save(model, stream) if save == "torch" else pickle.dump(model, stream)
    message = refused(path)
    assert "nothing that could run code is unpickled; save its state_dict alone" in message
    monkeypatch.chdir(tmp_path)
    exec(message.split('python -c "')[1].removesuffix('"'))
    main(
        tmp_path / "state_dict.pt",
        tmp_path / "bundle",
        **classifier_settings(architecture, 3, "normalised"),
    )
    check_logits(model, tmp_path / "bundle", architecture)


@pytest.mark.parametrize("name", TIMM)
def test_a_classifier_of_timm(tmp_path, name):
    name, path = f"{name}.r160_in1k", tmp_path / "model.safetensors"
    model, architecture = weights.write_timm(path, name, 1, 3), described(name)
    main(path, tmp_path / "bundle", **classifier_settings(architecture))
    bundle = check_logits(model, tmp_path / "bundle", architecture)
    pixels = images(architecture)
    with torch.inference_mode():
        pooled = model.forward_head(model.forward_features(pixels), pre_logits=True)
        torch.testing.assert_close(bundle.classifier.encoder(pixels), pooled, rtol=1e-4, atol=1e-5)
    assert pooled.shape == (3, architecture["embed_dim"])
    assert bundle.card["normalise"] is False and bundle.card["parent"] is None


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_classifier_of_timm_in_wrappings(tmp_path, wrapping):
    name, path = "test_vit.r160_in1k", tmp_path / "w"
    model, architecture = weights.write_timm(path, name, 1, 3), described(name)
    rewritten(path, WRAPPINGS[wrapping])
    main(path, tmp_path / "bundle", **classifier_settings(architecture))
    check_logits(model, tmp_path / "bundle", architecture)


@pytest.mark.parametrize(
    ("name", "width"), [("resnet18", 512), ("densenet121", 1024), ("swin_t", 768)]
)
def test_a_classifier_of_torchvision(tmp_path, name, width):
    torch.manual_seed(0)
    path, architecture = tmp_path / "w.pth", {"torchvision": name, "embed_dim": width}
    network, head = build_classifier(architecture, 3)
    weights.train_batch_norm(network)
    torch.nn.init.normal_(network.get_submodule(head).weight)
    torch.save(network.state_dict(), path)
    main(path, tmp_path / "bundle", **classifier_settings(architecture))
    check_logits(network.eval(), tmp_path / "bundle", architecture)


@pytest.mark.parametrize(
    ("architecture", "found"),
    [
        ({"torchvision": "resnet5", "embed_dim": 8}, "Unknown model resnet5, expected a classif"),
        ({"torchvision": "squeezenet1_0", "embed_dim": 8}, "found no linear layer, expected"),
        ({"torchvision": "resnet18", "embed_dim": 8}, "of 512 inputs, expected .* 8 components"),
    ],
)
def test_what_torchvision_lacks_or_ends_otherwise(architecture, found):
    with pytest.raises(InputError, match=found):
        build_classifier(architecture, 3)


def test_weights_without_a_head(tmp_path):
    """A ResNet for a ViT of torchvision, and what was trained without labels, as DINO was."""
    vit = {"torchvision": "vit_b_32", "embed_dim": 768}
    path = tmp_path / "w.pth"
    torch.save(
        build_classifier({"torchvision": "resnet18", "embed_dim": 512})[0].state_dict(), path
    )
    message = refused(path, vit, None)
    assert "found no heads.head.weight but keys like conv1.weight, bn1.weight" in message
    assert "expected vit_b_32 with its head" in message and "need its architecture" in message
    architecture = described("test_vit.r160_in1k")
    weights.write_timm(path, "test_vit.r160_in1k", 1, 0)
    message = refused(path, architecture, None)
    assert "found no head.weight" in message and "trained without labels" in message
    path = tmp_path / "tower.pt"
    torch.save(weights.random_clip(SMALL["ViT"]).visual.state_dict(), path)
    assert "found no classification_head.weight or head.weight" in refused(path)


def test_a_head_of_integers(tmp_path):
    path = tmp_path / "w.pt"
    weights.write_soup(path, SMALL["ViT"], 0, 3)
    rewritten(path, lambda state: state | {
        "classification_head.weight": state["classification_head.weight"].to(torch.int8)
    })  # fmt: skip
    assert "found classification_head.weight as a tensor torch.strided, torch.int8" in refused(path)


@pytest.mark.parametrize(
    ("name", "family", "found"),
    [("test_resnet", "supervised", "rectified"), ("test_vit", "rectified", "supervised")],
)
def test_features_tell_which_family_kurtosis_compares_them_with(tmp_path, name, family, found):
    """A ResNet's features are averages of a rectifier's output, a ViT's are not."""
    weights.write_timm(tmp_path / "w", f"{name}.r160_in1k", 1, 3)
    settings = classifier_settings(described(f"{name}.r160_in1k")) | {"family": family}
    message = f"in a model of family {family}, expected family {found} in the model's row"
    with pytest.raises(InputError, match=message):
        main(tmp_path / "w", tmp_path / "bundle", **settings)
    assert not (tmp_path / "bundle").exists()


def test_weights_in_timms_order_under_other_names(tmp_path):
    name, path = "test_efficientnet.r160_in1k", tmp_path / "w.pth"
    model = weights.write_timm(tmp_path / "timm", name, 1, 3)
    state, architecture = model.state_dict(), described(name)
    others = {f"_{number}.{key.split('.')[-1]}": state[key] for number, key in enumerate(state)}
    torch.save(others, path)
    assert "found no classifier.weight" in refused(path, architecture, None)
    architecture["weights_in_order"] = True
    main(path, tmp_path / "bundle", **classifier_settings(architecture))
    check_logits(model, tmp_path / "bundle", architecture)
    keys = list(others)
    for changed, found in (
        ({key: others[key] for key in keys[:-1]}, f"found {len(keys) - 1} tensors, expected"),
        ({key: others[key] for key in [keys[0], keys[2], keys[1], *keys[3:]]},  # weight and bias
         f"found {keys[2]} of shape (24,) as tensor 2, expected one like bn1.weight"),
        (others | {keys[0]: torch.zeros(2)}, f"found {keys[0]} of shape (2,) as tensor 1"),
    ):  # fmt: skip
        torch.save(changed, path)
        (tmp_path / "other").mkdir(exist_ok=True)
        with pytest.raises(InputError) as caught:
            main(path, tmp_path / "other" / "bundle", **classifier_settings(architecture))
        assert found in str(caught.value)


def test_preprocessing_is_timms():
    import timm
    from timm.data import create_transform, resolve_data_config

    for name in ("efficientnet_lite0.ra_in1k", "vit_tiny_patch16_384.augreg_in21k_ft_in1k"):
        stated = described(name)["preprocessing"]
        config = resolve_data_config(pretrained_cfg=timm.get_pretrained_cfg(name).to_dict())
        resize, crop, _, normalise = create_transform(**config).transforms
        assert (stated["resize"], stated["size"]) == (resize.size, crop.size[0])
        assert stated["interpolation"] == resize.interpolation.value
        assert stated["mean"] == normalise.mean.tolist() or torch.allclose(
            torch.tensor(stated["mean"]), normalise.mean
        )
        assert torch.allclose(torch.tensor(stated["std"]), normalise.std)


def test_an_architecture_that_timm_does_not_confirm(tmp_path):
    architecture = described("test_resnet.r160_in1k")
    check_described(architecture)
    changed = architecture["preprocessing"] | {"mean": [0.4, 0.4, 0.4]}
    with pytest.raises(InputError, match="key preprocessing: found .*'mean': .0.4, 0.4, 0.4"):
        check_described(architecture | {"preprocessing": changed})
    path = tmp_path / "w"
    weights.write_timm(path, "test_resnet.r160_in1k", 0, 3)
    message = refused(path, architecture | {"embed_dim": 7}, None)
    assert "key embed_dim: found 7, expected" in message


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("resnet5000", "found no such model in timm, expected one such as resnet"),
        ("resnet50.no_such_tag", "found Invalid pretrained tag"),
        ("deit_tiny_distilled_patch16_224", "found a head of tuple, expected one linear layer"),
    ],
)
def test_what_timm_lacks_or_ends_otherwise(name, found):
    with pytest.raises(InputError, match=found):
        build_timm(name)


def test_weights_of_another_network_of_timm(tmp_path):
    path = tmp_path / "w"
    weights.write_timm(path, "test_resnet.r160_in1k", 0, 4)
    message = refused(path, described("test_resnet.r160_in1k"), None)
    assert "fc.weight of shape (4, " in message and "the study has 3 classes" in message
    message = refused(path, described("test_vit.r160_in1k"), None)
    assert "found no head.weight but keys like " in message

"""Published weights however they are wrapped, what lies beside them, and what is no weight."""

import logging
import math

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel

from tests.authentic.weights import random_clip, write_openai
from tests.unit.inputs.pretrained_inputs import SMALL, images
from workflow_scripts.files.digests import write_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.pretrained import load_clip
from workflow_scripts.networks.architectures import build_encoder
from workflow_scripts.networks.checkpoints import read_checkpoint
from workflow_scripts.networks.state_dicts import Undrawn, load_weights
from workflow_scripts.networks.timm_networks import described

SMALLEST = SMALL["ViT"]


@pytest.fixture(scope="module")
def clip():
    return random_clip(SMALLEST)


def loaded(path, content=None, architecture=SMALLEST):
    """The CLIP of a file, which is written first unless it is there."""
    if content is not None:
        torch.save(content, path)
    return load_clip(architecture, read_checkpoint(path)[0], path)


def refused(path, content):
    with pytest.raises(InputError) as caught:
        loaded(path, content)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and "\n" not in message
    return message.removeprefix(f"{path}: ")


def prefixed(prefix, state):
    return {prefix + key: value for key, value in state.items()}


def doubled(state):
    return {key: 2 * value for key, value in state.items()} | {"logit_scale": state["logit_scale"]}


def assert_same(found, clip):
    """The image tower is that of the CLIP, and so is a part of the text tower."""
    for name, value in clip.visual.state_dict().items():
        torch.testing.assert_close(found.visual.state_dict()[name], value, rtol=0, atol=0)
    torch.testing.assert_close(found.text.text_projection, clip.text_projection, rtol=0, atol=0)


def adam(clip):
    """The state of an optimiser that names its moments like the weights."""
    return {"state": {"exp_avg": clip.state_dict()}, "param_groups": []}


WRAPPINGS = {
    "Lightning": lambda clip, state: {
        "state_dict": prefixed("model.", state) | {"criterion.weight": torch.ones(3)},
        "pytorch-lightning_version": "2.1",
        "optimizer_states": [adam(clip)],
        "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.5)}},
    },
    "torch.compile": lambda clip, state: prefixed("_orig_mod.", state),
    "torch.compile of a part": lambda clip, state: {
        key.replace("visual.", "visual._orig_mod."): value for key, value in state.items()
    },
    "Lightning and torch.compile": lambda clip, state: {
        "state_dict": prefixed("model._orig_mod.", state)
    },
    "distributed twice": lambda clip, state: {"state_dict": prefixed("module.module.", state)},
    "distributed and compiled": lambda clip, state: prefixed("_orig_mod.module.", state),
    "FSDP": lambda clip, state: {
        key.replace("resblocks.", "resblocks._fsdp_wrapped_module."): value
        for key, value in state.items()
    },
    "nested": lambda clip, state: {"state_dict": prefixed("clip.", state)},
    "nested deeply": lambda clip, state: {"epoch": 3, "net": prefixed("a.b.c.", state)},
    "key model": lambda clip, state: {"model": state, "optimizer": adam(clip), "epoch": 3},
    "key model_state_dict": lambda clip, state: {"model_state_dict": state, "loss": 0.1},
    "DeepSpeed": lambda clip, state: {"module": state, "optimizer": None, "global_steps": 7},
    "two levels": lambda clip, state: {"state": {"model": state}},
    "pair": lambda clip, state: (state, 17),
    "list": lambda clip, state: [{"epoch": 3}, {"weights": state}],
    "beside a number": lambda clip, state: {**state, "epoch": 3},
    "under two names": lambda clip, state: state | prefixed("clip.", state),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_wrappings(tmp_path, clip, wrapping):
    assert_same(loaded(tmp_path / "w.pt", WRAPPINGS[wrapping](clip, clip.state_dict())), clip)


def test_safetensors_with_a_prefix(tmp_path, clip):
    save_file(prefixed("model.", clip.state_dict()), tmp_path / "w.safetensors")
    assert_same(loaded(tmp_path / "w.safetensors"), clip)


AVERAGED = {
    "timm": lambda raw, mean: {"state_dict": raw, "state_dict_ema": mean},
    "model_ema": lambda raw, mean: {"model_ema": mean, "model": raw},
    "ema and prefixes": lambda raw, mean: {
        "state_dict": prefixed("model.", raw) | prefixed("ema.module.", mean)
    },
    "a callback": lambda raw, mean: {
        "state_dict": prefixed("model.", raw), "callbacks": {"EMA": {}, "ema": {"weights": mean}}
    },
}  # fmt: skip


@pytest.mark.parametrize("layout", AVERAGED)
def test_averaged_weights_are_taken_and_named(tmp_path, clip, layout, caplog):
    content = AVERAGED[layout](doubled(clip.state_dict()), clip.state_dict())
    assert_same(loaded(tmp_path / "w.pt", content), clip)
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    taken, left = record.getMessage().split(", and not those at ")
    assert "ema" in taken and "ema" not in left and left


def test_a_part_that_is_averaged_is_not_taken_but_named(tmp_path, clip, caplog):
    """As where an average is taken of the parameters alone, without batch norm's statistics."""
    state, part = clip.state_dict(), doubled(clip.state_dict())
    del part["visual.proj"]
    assert_same(loaded(tmp_path / "w.pt", {"model": state, "ema": part}), clip)
    assert "took the weights at key model, and not those at key ema" in caplog.text
    assert_same(loaded(tmp_path / "w.pt", state | prefixed("ema.", part)), clip)
    assert "took the weights at the top, and not those at prefix ema." in caplog.text


def test_several_networks_are_ambiguous(tmp_path, clip):
    state = clip.state_dict()
    content = {"student": state, "teacher": doubled(state)}
    message = refused(tmp_path / "w.pt", content)
    assert "found several networks that fit, at key student, key teacher, expected one" in message
    both = state | prefixed("module.", doubled(state))
    message = refused(tmp_path / "w.pt", both)
    assert "at the top, prefix module." in message and "alone" in message


def test_what_does_not_fit_is_told_with_the_place(tmp_path, clip):
    state = clip.state_dict()
    del state["visual.proj"]
    message = refused(tmp_path / "w.pt", {"state_dict": prefixed("model.", state)})
    assert message.startswith("key state_dict, prefix model.: does not fit the architecture: ")
    assert "missing visual.proj; check backbone and architecture" in message
    del state["visual.class_embedding"]
    state["visual.other"] = torch.zeros(1)
    assert "unexpected visual.other" in refused(tmp_path / "w.pt", prefixed("model.", state))


def test_an_archive_of_openai_that_was_saved_again(tmp_path):
    model = write_openai(tmp_path / "openai.pt", SMALL["RN"])
    write_digest(tmp_path / "openai.pt")
    state = torch.jit.load(tmp_path / "openai.pt").state_dict()
    assert {"input_resolution", "context_length", "vocab_size"} <= state.keys()
    save_file(dict(state), tmp_path / "again.safetensors")
    torch.save(state, tmp_path / "again.pt")
    for name in ("openai.pt", "again.safetensors", "again.pt"):
        assert_same(loaded(tmp_path / name, architecture=SMALL["RN"]), model)


@pytest.mark.parametrize(
    "extra",
    [
        {"logit_bias": torch.tensor(-10.0)},
        {"attn_mask": torch.full((77, 77), -math.inf).triu(1)},
        {"n_averaged": torch.tensor(5)},
        {"num_updates": torch.tensor(5), "decay": torch.tensor(0.999)},
        {"context_length": torch.tensor(77), "logit_bias": torch.tensor([-10.0])},
    ],
)
def test_harmless_extras(tmp_path, clip, extra):
    assert_same(loaded(tmp_path / "w.pt", clip.state_dict() | extra), clip)
    wrapped = prefixed("clip.", clip.state_dict() | extra)
    assert_same(loaded(tmp_path / "w.pt", wrapped), clip)


def test_a_nested_tensor_counts_as_none(tmp_path, clip):
    nested = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])
    state = clip.state_dict() | {"visual.proj": nested}
    with pytest.raises(InputError, match="in it, expected tensors|missing visual.proj"):
        loaded(tmp_path / "w.pt", state)


def test_an_averaged_model_of_torch(tmp_path, clip):
    assert_same(loaded(tmp_path / "w.pt", AveragedModel(clip).state_dict()), clip)


@pytest.mark.parametrize("scale", [100.0, 14.3, -2.66, 0.07, 0.01])
def test_a_logit_scale_that_is_no_logarithm(tmp_path, clip, scale):
    message = refused(tmp_path / "w.pt", clip.state_dict() | {"logit_scale": torch.tensor(scale)})
    assert f"found logit_scale {scale:.4g}, expected the logarithm" in message


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_other_widths(tmp_path, clip, dtype):
    content = {key: value.to(dtype) for key, value in clip.state_dict().items()}
    found = loaded(tmp_path / "w.pt", content)
    assert found.visual.proj.dtype == torch.float32
    torch.testing.assert_close(found.visual.proj.to(dtype), content["visual.proj"])


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.to(torch.float8_e4m3fn),
        lambda value: value.to(torch.complex64),
        lambda value: (100 * value).to(torch.int8),
        lambda value: value.long(),
        lambda value: value > 0,
        lambda value: value.to_sparse(),
        lambda value: torch.quantize_per_tensor(value, 0.1, 0, torch.qint8),
        lambda value: nn.Parameter(value.to("meta")),
    ],
    ids=["float8", "complex", "int8", "int64", "bool", "sparse", "quantised", "meta"],
)
def test_tensors_that_are_no_floats(tmp_path, clip, change):
    state = clip.state_dict()
    state["visual.proj"] = change(state["visual.proj"])
    message = refused(tmp_path / "w.pt", state)
    assert "found visual.proj as a tensor" in message
    assert "expected floats of 16, 32 or 64 bits" in message


@pytest.mark.parametrize("value", [math.nan, -math.inf, 1e300])
def test_values_that_are_not_finite(tmp_path, clip, value):
    state = clip.state_dict()
    state["visual.proj"] = torch.full_like(state["visual.proj"], value, dtype=torch.float64)
    assert "visual.proj has NaN or infinite values" in refused(tmp_path / "w.pt", state)


@pytest.mark.parametrize(
    "architecture",
    [
        *SMALL.values(),
        {"torchvision": "swin_t", "embed_dim": 768},
        {"torchvision": "resnet18", "embed_dim": 512},
        *(described(name) for name in ("test_vit", "test_convnext")),
    ],
    ids=str,
)
def test_a_network_that_is_read_draws_no_weights(architecture):
    """Of what a new release of torch or of others' networks may draw otherwise, this tells."""
    with Undrawn():
        undrawn = build_encoder(architecture)
    layers = [each for each in undrawn.modules() if isinstance(each, nn.Linear | nn.Conv2d)]
    assert layers and not any(layer.weight.any() for layer in layers)
    drawn = build_encoder(architecture)
    load_weights(undrawn, drawn.state_dict(), "here")
    for name, buffer in drawn.named_buffers():  # some of which no file has
        assert torch.equal(buffer, undrawn.get_buffer(name)), name
    pixels = images(architecture)
    with torch.inference_mode():
        assert torch.equal(undrawn.eval()(pixels), drawn.eval()(pixels))

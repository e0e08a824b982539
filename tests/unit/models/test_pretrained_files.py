"""Published weights in every format that they come in, and what is no such file."""

import functools
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.authentic.weights import (
    random_clip,
    write_bin,
    write_openai,
    write_release,
    write_safetensors,
)
from tests.unit.inputs.pretrained_inputs import (
    SMALL,
    images,
    open_clip_logits,
    settings,
    zero_shot_bundle,
)
from workflow_scripts.files.digests import sha256_file, write_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.pretrained import load_clip, main
from workflow_scripts.networks.checkpoints import read_checkpoint

WRITERS = {
    "openai.pt": write_openai,
    "release.pt": write_release,
    "training.pt": functools.partial(write_release, optimiser=True),
    "open_clip_pytorch_model.bin": write_bin,
    "open_clip_model.safetensors": write_safetensors,
    "safetensors-by-another-name.pt": write_safetensors,
}


def refused(path, architecture=SMALL["ViT"]):
    """The message with which weights are refused; nothing is left in the bundle's folder."""
    with pytest.raises(InputError) as caught:
        main(path, path.parent / "bundle", **settings(architecture))
    assert not (path.parent / "bundle").exists()
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and "\n" not in message
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for kind in SMALL
        for name in WRITERS
        if (name, kind) != ("openai.pt", "CoCa")  # OpenAI published none
    ],
)
def test_every_format_gives_the_same_bundle(tmp_path, name, kind):
    path, architecture = tmp_path / name, SMALL[kind]
    model = WRITERS[name](path, architecture)
    write_digest(path)
    bundle = zero_shot_bundle(path, tmp_path / "bundle", architecture)
    pixels = images(architecture)
    with torch.inference_mode():
        h = bundle.classifier.encoder(pixels)
        # That of a CoCa is the first of two outputs, since `encode_image` would normalise it.
        expected = model.visual(pixels)[0] if kind == "CoCa" else model.encode_image(pixels)
        torch.testing.assert_close(h, expected, rtol=1e-4, atol=1e-5)
        logits = open_clip_logits(model, architecture, pixels)
        torch.testing.assert_close(bundle.logits(h), logits, rtol=1e-4, atol=1e-3)
    for part in ("encoder", "text"):
        tensors = load_file(tmp_path / "bundle" / f"{part}.safetensors").values()
        assert {each.dtype for each in tensors if each.is_floating_point()} == {torch.float32}
    origin = bundle.card["training"]
    assert origin["file"] == name and origin["sha256"] == sha256_file(path)
    assert origin["source"] == "s" and bundle.card["normalise"] is True


def test_a_digest_beside_the_file_is_checked(tmp_path):
    path = tmp_path / "weights.safetensors"
    write_safetensors(path, SMALL["ViT"])
    write_digest(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert "found SHA-256" in refused(path)


def test_code_is_never_run(tmp_path):
    """Neither by unpickling nor by compiling what nobody has vouched for."""

    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    new, old = tmp_path / "new.pt", tmp_path / "old.pt"
    torch.save({"state_dict": {"a": torch.zeros(1)}, "args": Harmful()}, new)
    torch.save({"a": Harmful()}, old, _use_new_zipfile_serialization=False)
    for path in (new, old):
        assert "found io.open in it, expected tensors and plain values" in refused(path)
    bare = tmp_path / "bare.pkl"
    bare.write_bytes(pickle.dumps(Harmful(), 2))
    assert "expected tensors" in refused(bare) or "cannot be read" in refused(bare)
    script = tmp_path / "script.pt"
    write_openai(script, SMALL["ViT"])
    assert "TorchScript archive without a digest beside it" in refused(script)
    assert not (tmp_path / "ran").exists()


def test_numpy_scalars_are_named(tmp_path, monkeypatch):
    path = tmp_path / "w.pt"
    torch.save({"state_dict": {"a": torch.zeros(1)}, "best": np.float64(0.5)}, path)
    message = refused(path)
    assert "numpy" in message
    # As the message says, its command makes a file that is read.
    monkeypatch.chdir(tmp_path)
    exec(message.split('python -c "')[1].removesuffix('"'))
    assert read_checkpoint("state_dict.pt")[0]["state_dict"].keys() == {"a"}


@pytest.mark.parametrize("name", ["openai.pt", "open_clip_pytorch_model.bin",
                                  "open_clip_model.safetensors"])  # fmt: skip
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file(tmp_path, name, share):
    path = tmp_path / name
    WRITERS[name](path, SMALL["ViT"])
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    message = refused(path)
    assert "cannot be read" in message and "obtain it again" in message


def test_an_old_pickle_that_is_truncated(tmp_path):
    path = tmp_path / "w.pth"
    torch.save(random_clip(SMALL["ViT"]).state_dict(), path, _use_new_zipfile_serialization=False)
    assert len(read_checkpoint(path)[0][""]) > 10
    path.write_bytes(path.read_bytes()[:-1000])
    assert "cannot be read" in refused(path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<!DOCTYPE html><html><title>404</title></html>", "a web page"),
        (b"\n <html>rate limited</html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "a Git LFS pointer"),
        (b'{"metadata": {"total_size": 1}}', "found JSON instead of weights"),
        (b"Entry not found", "cannot be read"),
        (b"PK\x03\x04 and no archive", "cannot be read"),
        (b"\x10\0\0\0\0\0\0\0{not a header   ", "cannot be read"),
    ],
)
def test_what_is_no_file_of_weights(tmp_path, content, found):
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    assert found in refused(path)


def test_a_missing_file_and_a_folder(tmp_path):
    assert "found no such file" in refused(tmp_path / "none.pt")
    (tmp_path / "folder.pt").mkdir()
    assert "found a folder, expected weights" in refused(tmp_path / "folder.pt")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (torch.zeros(3), "found Tensor without tensors by name, expected a state_dict"),
        ({}, "found dict without tensors by name"),
        ({"epoch": 3, "weights": {}}, "found the keys epoch, weights without tensors by name"),
        ({"visual.a": torch.zeros(1)}, "found no text tower among keys like visual.a"),
        ({"proj": torch.zeros(1)}, "found no image tower among keys like proj"),
        ({"vision_model.a": torch.zeros(1)}, "names of the transformers library"),
    ],
)
def test_what_holds_no_clip(tmp_path, content, found):
    path = tmp_path / "weights.pt"
    torch.save(content, path)
    assert found in refused(path)


def test_weights_of_another_architecture(tmp_path):
    path = tmp_path / "weights.bin"
    write_bin(path, SMALL["ViT"])
    message = refused(path, SMALL["RN"])
    assert "does not fit the architecture: missing visual." in message
    assert "and " in message and " more; check backbone and architecture of the model's" in message
    wider = SMALL["ViT"] | {"embed_dim": 32}
    assert "visual.proj of shape (64, 24), expected (64, 32)" in refused(path, wider)


def test_counts_of_batch_norm_may_be_lacking(tmp_path):
    model = random_clip(SMALL["RN"])
    state = {
        key: each for key, each in model.state_dict().items() if "num_batches_tracked" not in key
    }
    state["logit_scale"] = state["logit_scale"].reshape(1)
    clip = load_clip(SMALL["RN"], {"": state}, "w")
    pixels = images(SMALL["RN"])
    torch.testing.assert_close(clip.visual(pixels), model.encode_image(pixels))


def test_a_tokenizer_that_does_not_fit(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file({"visual.a": torch.zeros(1)}, path)
    for text, found in (({"vocab_size": 128}, "found a vocab_size of 128, expected 49408"),
                        ({"hf_tokenizer_name": "x/y"}, "found the tokenizer of x/y")):  # fmt: skip
        architecture = SMALL["ViT"] | {"text_cfg": SMALL["ViT"]["text_cfg"] | text}
        with pytest.raises(InputError, match=found):
            main(path, tmp_path / "bundle", **settings(architecture))

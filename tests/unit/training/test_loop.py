"""The training loop: augmentation, and resumption to the last bit."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.unit.inputs.tiny_study import ARCHITECTURE
from tests.unit.inputs.training_inputs import (
    CONTRASTIVE,
    IMAGES,
    LABELS,
    NORMALISE,
    RECIPE,
    STEPS,
    TEXTS,
    classifier,
    stored,
    train,
)
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.pretrain import pretrain
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks import devices
from workflow_scripts.networks.tokenizer import WordTokenizer
from workflow_scripts.training.augmentation import change, random_changes
from workflow_scripts.training.classification import train_classifier
from workflow_scripts.training.loop import Forward, fingerprint, fit, unfinished


class Interrupted(Exception):
    """The training is killed."""


def interrupt(epoch):
    """Kill the training after its second epoch, whose state is then not yet written."""
    if epoch == 2:
        raise Interrupted


# The images


def test_images_are_normalised():
    normalised = NORMALISE(IMAGES[:2])
    expected = (IMAGES[:2].numpy() / 255 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    np.testing.assert_allclose(normalised.permute(0, 2, 3, 1), expected, atol=1e-5)


def test_augmentation_shifts_and_flips_each_image():
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), np.uint8))
    rows = torch.randperm(50)[:40]
    recipe = {"shift_pixels": 2, "flip": True}
    changes = random_changes(40, recipe, torch.Generator().manual_seed(0))
    augmented = change(images, rows, recipe, *changes)
    padded = np.pad(images[rows].numpy(), [(0, 0), (2, 2), (2, 2), (0, 0)], mode="reflect")
    for image, around, (top, left), flip in zip(augmented.numpy(), padded, *changes, strict=True):
        expected = around[top : top + 8, left : left + 8][:, :: -1 if flip else 1]
        assert np.array_equal(image, expected)
    corners, flipped = changes
    assert len(set(zip(*corners.T.tolist(), flipped.tolist(), strict=True))) > 20
    assert set(corners.flatten().tolist()) == {0, 1, 2, 3, 4}
    assert set(flipped.tolist()) == {True, False}


@pytest.mark.parametrize("recipe", [{"shift_pixels": 0, "flip": True}, {"shift_pixels": 1}])
def test_shifts_alone_and_flips_alone(recipe):
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (6, 4, 4, 3), np.uint8))
    corners, flipped = random_changes(6, recipe, torch.Generator().manual_seed(1))
    augmented = change(images, torch.arange(6), recipe, corners, flipped).numpy()
    for row, image in enumerate(images.numpy()):
        if corners is None:
            expected = image[:, ::-1] if flipped[row] else image
        else:
            around = np.pad(image, [(1, 1), (1, 1), (0, 0)], mode="reflect")
            top, left = corners[row]
            expected = around[top : top + 4, left : left + 4]
        assert np.array_equal(augmented[row], expected)


def test_no_augmentation():
    recipe = {"shift_pixels": 0, "flip": False}
    changes = random_changes(3, recipe, torch.Generator())
    rows = torch.tensor([4, 0, 2])
    assert torch.equal(change(IMAGES, rows, recipe, *changes), IMAGES[rows])


# The loop


def rows_seen(images, recipe, seed, checkpoint):
    """Rows of each batch of a training."""
    seen = []

    def losses(forward, pieces):
        seen.append(sum((rows.tolist() for rows, _ in pieces), []))
        return [lambda: forward(torch.ones(1, 1)).sum() / len(pieces)] * len(pieces)

    fit(torch.nn.Linear(1, 1), losses, stored(recipe, IMAGES[:images], seed), recipe, checkpoint)
    return seen


def test_each_epoch_visits_images_once_in_an_order_of_its_own(tmp_path):
    batches = rows_seen(20, RECIPE, 1, tmp_path / "a.pt")
    assert [len(rows) for rows in batches] == [8] * 6  # two full batches an epoch
    epochs = [sum(batches[start : start + 2], []) for start in (0, 2, 4)]
    assert all(len(set(epoch)) == 16 for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    assert rows_seen(20, RECIPE, 1, tmp_path / "b.pt") == batches
    assert rows_seen(20, RECIPE, 2, tmp_path / "c.pt") != batches


def test_fewer_images_than_a_batch_are_one(tmp_path):
    assert [sorted(rows) for rows in rows_seen(5, RECIPE, 1, tmp_path / "a.pt")] == [
        [*range(5)]
    ] * 3


def same(first, second):
    assert first.keys() == second.keys()
    return all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize(
    ("backbone", "changes"),
    [
        ("RN-tiny", {}),
        ("ViT-tiny", {"matrix_learning_rate": 2e-2}),
        ("RN-tiny", {**STEPS, "gradient_clip": None, "flip": False}),
        ("RN-tiny", {"precision": "bfloat16", "micro_batch_size": 3}),
    ],
    ids=["AdamW", "Muon", "steps", "bfloat16"],
)
def test_a_resumed_classifier_is_an_uninterrupted_one(tmp_path, backbone, changes):
    recipe = {**RECIPE, **changes}
    whole = classifier(backbone, recipe, tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        classifier(backbone, recipe, tmp_path / "part.pt", after_epoch=interrupt)
    # other initial weights: all that counts comes from the checkpoint
    resumed = classifier(backbone, recipe, tmp_path / "part.pt", seed=99)
    assert same(whole, resumed)
    assert not same(whole, classifier(backbone, recipe, tmp_path / "other.pt", seed=99))


@pytest.mark.parametrize(
    ("backbone", "changes"),
    [("RN-tiny", {}), ("ViT-tiny", {"precision": "bfloat16", "micro_batch_size": 4})],
    ids=["float32", "bfloat16"],
)
def test_a_resumed_clip_is_an_uninterrupted_one(tmp_path, backbone, changes, monkeypatch):
    recipe = {**CONTRASTIVE, "matrix_learning_rate": 2e-2, **changes}
    tokenizer = WordTokenizer.from_texts(TEXTS, 16)
    fit_epochs = fit

    def pretrained(checkpoint, after_epoch=None):
        monkeypatch.setattr(
            "workflow_scripts.models.pretrain.fit",
            lambda *arguments: fit_epochs(*arguments, after_epoch=after_epoch),
        )
        model = pretrain(
            stored(recipe), TEXTS, tokenizer, tmp_path / checkpoint, "cpu", recipe=recipe, seed=5,
            architecture=ARCHITECTURE[backbone],
        )  # fmt: skip
        return model.state_dict()

    whole = pretrained("whole.pt")
    with pytest.raises(Interrupted):
        pretrained("part.pt", interrupt)
    assert same(whole, pretrained("part.pt"))
    assert whole["logit_scale"] != pytest.approx(np.log(14.0))


def test_what_is_random_in_a_model_is_resumed_too(tmp_path):
    def trained(checkpoint, after_epoch=None):
        torch.manual_seed(0)
        model = new_classifier(ARCHITECTURE["RN-tiny"], 4, seed=0)
        model.encoder = torch.nn.Sequential(model.encoder, torch.nn.Dropout(0.5))
        train_classifier(model, stored(RECIPE), LABELS, RECIPE, checkpoint, after_epoch)
        return model.state_dict()

    whole = trained(tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        trained(tmp_path / "part.pt", interrupt)
    torch.rand(7)
    assert same(whole, trained(tmp_path / "part.pt"))


def test_nothing_is_trained_twice(tmp_path):
    done = []
    first = classifier("RN-tiny", RECIPE, tmp_path / "a.pt", after_epoch=done.append)
    again = classifier("RN-tiny", RECIPE, tmp_path / "a.pt", seed=1, after_epoch=done.append)
    assert same(first, again)
    assert done == [1, 2, 3]


def test_an_epoch_is_done_again_whose_end_was_not_recorded(tmp_path):
    done = []
    with pytest.raises(Interrupted):
        classifier("RN-tiny", RECIPE, tmp_path / "a.pt", after_epoch=interrupt)
    classifier("RN-tiny", RECIPE, tmp_path / "a.pt", after_epoch=done.append)
    assert done == [2, 3]


def test_only_the_same_training_is_resumed_and_another_one_is_kept(tmp_path, caplog):
    data = tmp_path / "digest.json"
    data.write_text("one")
    cause = fingerprint("stamp", data)
    with pytest.raises(Interrupted), unfinished(tmp_path, cause) as state:
        (state / "training.pt").write_text("epoch 1")
        raise Interrupted
    with pytest.raises(Interrupted), unfinished(tmp_path, cause) as state:
        assert (state / "training.pt").read_text() == "epoch 1"
        raise Interrupted
    data.write_text("two")
    assert len({cause, fingerprint("stamp", data), fingerprint("other", data)}) == 3
    with unfinished(tmp_path, fingerprint("stamp", data)) as other:
        assert list(other.iterdir()) == []
    assert f"rm -r {state} clears it" in caplog.text
    assert sorted(path.name for path in tmp_path.iterdir()) == [state.name, "digest.json"]
    with unfinished(tmp_path, cause) as state:
        assert (state / "training.pt").read_text() == "epoch 1"
    assert [path.name for path in tmp_path.iterdir()] == ["digest.json"]


def test_training_learns(tmp_path):
    bright = (LABELS.view(-1, 1, 1, 1) * 60 + IMAGES // 8).to(torch.uint8)
    model = new_classifier(ARCHITECTURE["RN-tiny"], 4, seed=0)
    recipe = {**RECIPE, "epochs": 15, "weight_decay": 0.0, "shift_pixels": 0}
    train_classifier(model, stored(recipe, bright, 0), LABELS, recipe, tmp_path / "a.pt")
    with torch.inference_mode():
        predicted = model.eval()(NORMALISE(bright)).argmax(1)
    assert (predicted == LABELS).float().mean() > 0.7


def test_a_loss_that_is_not_finite_ends_the_training(tmp_path):
    def losses(forward, pieces):
        return [lambda: forward(torch.full((1, 1), torch.nan)).sum()]

    with pytest.raises(InputError, match="a.pt: the training loss of epoch 1 is nan, expected a"):
        fit(torch.nn.Linear(1, 1), losses, stored(RECIPE), RECIPE, tmp_path / "a.pt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no state", b"PK\x03\x04 cut"])
def test_a_damaged_state_is_reported(tmp_path, content):
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(InputError, match="a.pt: cannot be read .* delete it and run again"):
        classifier("RN-tiny", RECIPE, tmp_path / "a.pt")


def test_a_flipped_bit_in_a_weight_is_reported(tmp_path):
    """Which torch.load does not notice by itself."""
    state = {"epoch": 1, "model": {"weight": torch.full((64,), 0.5)}, "optimisers": []}
    torch.save(state, tmp_path / "a.pt")
    content = (tmp_path / "a.pt").read_bytes()
    weight = torch.full((64,), 0.5).numpy().tobytes()
    damaged = content.replace(weight, b"\x01" + weight[1:])
    assert damaged != content
    (tmp_path / "a.pt").write_bytes(damaged)
    assert torch.load(tmp_path / "a.pt")["model"]["weight"][0] != 0.5
    with pytest.raises(InputError, match="a.pt: cannot be read .*bad CRC-32 .*delete it and run"):
        classifier("RN-tiny", RECIPE, tmp_path / "a.pt")


def test_a_state_that_holds_code_is_not_read(tmp_path):
    torch.save({"epoch": Path("/")}, tmp_path / "a.pt")
    with pytest.raises(InputError, match="a.pt: cannot be read .* delete it and run again"):
        classifier("RN-tiny", RECIPE, tmp_path / "a.pt")


# The precision, and batches in pieces


@pytest.mark.parametrize("kind", ["classifier", "clip", "beyond"])
def test_a_batch_in_pieces_has_the_gradient_of_the_whole(tmp_path, kind):
    whole = train(kind, "ViT-plain", {}, tmp_path / "whole.pt")
    for size in (2, 3):  # the last of three pieces is smaller
        pieces = train(kind, "ViT-plain", {"micro_batch_size": size}, tmp_path / f"{size}.pt")
        assert_close(pieces, whole)


def assert_close(state, expected, atol=1e-5):
    """Weights are the same to rounding.

    All but the biases of attention's keys, whose gradients are nought but for rounding, which Adam
    magnifies.
    """
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        allowed = 3e-3 if name.endswith("in_proj_bias") else atol
        torch.testing.assert_close(state[name], value, rtol=0, atol=allowed, msg=name)


def test_the_loss_of_pieces_is_that_of_the_batch(tmp_path, caplog):
    caplog.set_level("INFO")
    for kind in ("classifier", "clip"):
        train(kind, "ViT-plain", {}, tmp_path / f"{kind}.pt")
        train(kind, "ViT-plain", {"micro_batch_size": 3}, tmp_path / f"{kind} in pieces.pt")
    told = [record.getMessage() for record in caplog.records if "loss" in record.getMessage()]
    assert len(told) == 12
    assert told[:3] == told[3:6] != told[6:9] == told[9:]


@pytest.mark.parametrize("key", ["micro_batch_size", "logit_bias"])
def test_a_coca_takes_no_pieces_and_no_bias(tmp_path, key):
    architecture = {**ARCHITECTURE["ViT-tiny"], "multimodal_cfg": {}}
    recipe = {**CONTRASTIVE, key: 4}
    with pytest.raises(InputError, match=f"key {key} .*: found 4, expected none for a C"):
        pretrain(
            stored(recipe), TEXTS, None, tmp_path / "a.pt", "cpu", recipe=recipe, seed=0,
            architecture=architecture,
        )  # fmt: skip


def test_bfloat16_is_for_the_forward_pass_alone():
    model = new_classifier(ARCHITECTURE["ViT-tiny"], 4, seed=0)
    pixels, seen = NORMALISE(IMAGES[:4]), []
    model.encoder.transformer.resblocks[0].mlp.c_fc.register_forward_hook(
        lambda module, inputs, output: seen.append(output.dtype)
    )
    rounded, plain = (Forward(model, each)(pixels) for each in ("bfloat16", "float32"))
    assert seen == [torch.bfloat16, torch.float32]
    assert rounded.dtype == plain.dtype == torch.float32
    torch.testing.assert_close(plain, model(pixels))
    assert 0 < (rounded - plain).abs().max() < 0.05
    rounded.sum().backward()
    assert {each.grad.dtype for each in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("kind", ["classifier", "clip"])
@pytest.mark.parametrize("backbone", ["RN-tiny", "ViT-tiny"])
def test_bfloat16_trains_nearly_the_same(tmp_path, kind, backbone, caplog, monkeypatch):
    caplog.set_level("INFO")
    plain = train(kind, backbone, {}, tmp_path / "a.pt")
    monkeypatch.setattr(devices, "computes_bfloat16", lambda device: True)
    rounded = train(kind, backbone, {"precision": "bfloat16"}, tmp_path / "b.pt")
    assert not same(plain, rounded)
    assert {each.dtype for each in rounded.values()} == {each.dtype for each in plain.values()}
    losses = [float(each.getMessage().split()[-1]) for each in caplog.records if "loss" in each.msg]
    np.testing.assert_allclose(losses[:3], losses[3:], rtol=0.05)


def test_where_bfloat16_is_emulated_float32_is_used(tmp_path, caplog, monkeypatch):
    """Muon's iteration included; it is said once, and the numbers are those of float32."""
    caplog.set_level("INFO")
    monkeypatch.setattr(devices, "computes_bfloat16", lambda device: False)
    muon = {"matrix_learning_rate": 2e-2}
    rounded = train("clip", "ViT-tiny", muon | {"precision": "bfloat16"}, tmp_path / "b.pt")
    told = [each.getMessage() for each in caplog.records if "bfloat16" in each.getMessage()]
    assert told == ["this CPU has no instructions for bfloat16: float32 is used"]
    assert same(rounded, train("clip", "ViT-tiny", muon, tmp_path / "a.pt"))

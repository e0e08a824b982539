"""Top-1 accuracy against loops over images, and every damaged input."""

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.measure_inputs import BOOTSTRAP, singletons, write_activations, write_bundle
from workflow_scripts.analysis.accuracy import correct_images, main
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files import activations as activation_file
from workflow_scripts.files.activations import open_activations
from workflow_scripts.files.heads import load_head
from workflow_scripts.job.errors import InputError

RNG = np.random.default_rng(0)
H = RNG.normal(size=(40, 6))
WEIGHT = RNG.normal(size=(5, 6))
BIAS = RNG.normal(size=5)
LABELS = RNG.integers(0, 5, 40)


def correct(folder, h=H, labels=LABELS, groups=None, weight=WEIGHT, bias=None, normalise=False):
    path = write_activations(folder, h, labels, groups or singletons(len(weight)))
    head = load_head(*write_bundle(folder, weight, bias, normalise=normalise))
    with open_activations(path, "m", head.width) as file:
        return correct_images(file, head)


def by_hand(h, labels, groups, weight, bias=0, normalise=False):
    """The definition, image by image: argmax over groups of the maximum over each."""
    right = []
    for vector, label in zip(np.float64(h), labels, strict=True):
        vector = vector / np.linalg.norm(vector) if normalise else vector
        logits = np.float64(weight) @ vector + bias
        best = max(range(len(groups)), key=lambda g: max(logits[i] for i in groups[g]))
        right.append(label in groups[best])
    return np.array(right)


@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("bias", [None, BIAS])
def test_all_classes(tmp_path, normalise, bias):
    found = correct(tmp_path, bias=bias, normalise=normalise)
    added = 0 if bias is None else bias
    expected = by_hand(H, LABELS, singletons(5), WEIGHT, added, normalise)
    np.testing.assert_array_equal(found, expected)
    assert 0 < expected.sum() < len(expected)


@pytest.mark.parametrize("groups", [[[4], [1]], [[1, 3], [0], [4, 2]], [[2]]])
def test_subsets_and_many_to_one(tmp_path, groups):
    members = [index for group in groups for index in group]
    labels = RNG.choice(members, 40)
    found = correct(tmp_path, labels=labels, groups=groups, bias=BIAS)
    np.testing.assert_array_equal(found, by_hand(H, labels, groups, WEIGHT, BIAS))


def test_batches_make_no_difference(tmp_path, monkeypatch):
    whole = correct(tmp_path)
    monkeypatch.setattr(activation_file, "BATCH_BYTES", 4 * (3 * 6 + 5) * 7)  # 7 images
    np.testing.assert_array_equal(correct(tmp_path), whole)


def test_normalising_survives_huge_and_tiny_activations(tmp_path):
    expected = by_hand(H, LABELS, singletons(5), WEIGHT, BIAS, normalise=True)
    scale = np.where(np.arange(40) % 2, 1e25, 1e-25)[:, None]
    found = correct(tmp_path, h=H * scale, bias=BIAS, normalise=True)
    np.testing.assert_array_equal(found, expected)


def test_zero_vector_is_wrong_only_where_the_head_normalises(tmp_path, caplog):
    h = np.zeros((2, 6))
    assert not correct(tmp_path, h=h, labels=[0, 0], normalise=True).any()
    assert "2 of 2 activations are zero" in caplog.text
    bias = [1, 0, 0, 0, 0]
    assert correct(tmp_path, h=h, labels=[0, 1], bias=bias).tolist() == [True, False]


def test_main_writes_table_and_correct_images(tmp_path):
    files = ModelFiles("m", *write_bundle(tmp_path, WEIGHT))
    paths = [
        write_activations(tmp_path, H, LABELS, singletons(5)),
        write_activations(tmp_path, H[:1], [1], [[1], [2, 0]], dataset="objectnet"),
    ]
    table, stored = tmp_path / "out" / "m.csv", tmp_path / "out" / "m.h5"
    main(files, paths, table, stored, bootstrap=BOOTSTRAP)
    rows = pd.read_csv(table)
    columns = ["model", "dataset", "images", "classes", "correct", "accuracy", "low", "high"]
    assert rows.columns.tolist() == columns
    assert rows["dataset"].tolist() == ["imagenet", "objectnet"]
    assert rows["classes"].tolist() == [5, 2]
    assert (rows["accuracy"] == rows["correct"] / rows["images"]).all()
    assert ((rows["low"] <= rows["accuracy"]) & (rows["accuracy"] <= rows["high"])).all()
    with h5py.File(stored) as file:
        assert file["imagenet"].dtype == np.uint8
        assert file["imagenet"][()].sum() == rows["correct"][0]
        assert file["imagenet"].attrs["ids"] != file["objectnet"].attrs["ids"]


def test_images_without_labels_have_no_accuracy(tmp_path):
    path = write_activations(tmp_path, H, [-1] * len(H), [])
    files = ModelFiles("m", *write_bundle(tmp_path, WEIGHT))
    outputs = tmp_path / "accuracy.csv", tmp_path / "correct.h5"
    main(files, [path], *outputs, bootstrap=BOOTSTRAP)
    row = pd.read_csv(outputs[0]).iloc[0]
    assert (row["images"], row["classes"]) == (len(H), 0)
    assert row[["correct", "accuracy", "low", "high"]].isna().all()
    with h5py.File(outputs[1]) as file:
        assert np.isnan(file["imagenet"][:]).all() and len(file["imagenet"].attrs["ids"]) == 64


def test_failure_leaves_nothing(tmp_path):
    files = ModelFiles("m", *write_bundle(tmp_path, WEIGHT))
    paths = [
        write_activations(tmp_path, H, LABELS, singletons(5)),
        write_activations(tmp_path, H, LABELS + 1, singletons(5), dataset="imagenet-r"),
    ]
    out = tmp_path / "out"
    with pytest.raises(InputError):
        main(files, paths, out / "m.csv", out / "m.h5", bootstrap=BOOTSTRAP)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": [*LABELS[:39], 9]}, r"row 39 \(image 'class/39.png'\): found label 9"),
        ({"labels": [-1, *LABELS[1:]]}, "row 0 .*found label -1, expected one of the 5 classes"),
        ({"groups": [[0], [1]], "labels": [0] * 39 + [2]}, "row 39 .* expected one of the 2"),
        ({"weight": WEIGHT[:, :4]}, "width 6, expected 4"),
        ({"weight": WEIGHT[:3], "groups": singletons(5)}, "found class 3, expected 0 to 2"),
        ({"groups": [[0, 1], [1, 2, 3, 4]]}, "class 1 twice"),
        ({"groups": [[0], []]}, "empty list"),
        ({"h": np.where(np.arange(40)[:, None] == 7, np.nan, H)}, "row 7 .*component 0: found nan"),
        ({"h": np.where(np.eye(40, 6, -2) > 0, np.inf, H)}, "row 2 .*component 0: found inf"),
        ({"h": H[:0], "labels": []}, r"found h float32 \(0, 6\)"),
        ({"labels": LABELS[:39]}, r"labels int64 \(39,\)"),
        ({"bias": [0, 1]}, r"found bias \(2,\), expected \(5,\)"),
        ({"bias": [0, 1, 2, 3, np.nan]}, "bias has NaN"),
    ],
)
def test_bad_input_is_named(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        correct(tmp_path, **change)


def test_damaged_files_are_named(tmp_path):
    path = write_activations(tmp_path, H, LABELS, singletons(5))
    with (
        pytest.raises(InputError, match="model 'm', expected model 'other'"),
        open_activations(path, "other"),
    ):
        pass
    with h5py.File(path, "a") as file:
        file.attrs["complete"] = False
    with pytest.raises(InputError, match="was never completed"), open_activations(path, "m"):
        pass
    path.write_bytes(path.read_bytes()[:300])
    with (
        pytest.raises(InputError, match="imagenet.h5: cannot be read"),
        open_activations(path, "m"),
    ):
        pass
    with (
        pytest.raises(InputError, match="nowhere.h5: cannot be read"),
        open_activations(tmp_path / "nowhere.h5", "m"),
    ):
        pass


def test_damaged_bundles_are_named(tmp_path):
    head, card = write_bundle(tmp_path, WEIGHT)
    card.write_text("{}")
    with pytest.raises(InputError, match="card.json: key normalise: found None"):
        load_head(head, card)
    head.write_bytes(b"short")
    with pytest.raises(InputError, match="head.safetensors: cannot be read"):
        load_head(head, card)

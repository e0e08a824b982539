"""The measures of bases, components, ablation and transplants: tables against plain arithmetic."""

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.measure_inputs import BOOTSTRAP, singletons, write_activations, write_bundle
from tests.unit.inputs.variant_inputs import robustness_of
from workflow_scripts.analysis.accuracy import correct_images
from workflow_scripts.analysis.baselines import Robustness
from workflow_scripts.analysis.basis.rotations import random_rotation
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files import activations as activation_file
from workflow_scripts.files.activations import open_activations
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.basis import ablation, basis, outliers, transplant
from workflow_scripts.method.kurtosis import Components, activation_kurtosis, moments, spectrum

CLASSES, WIDTH, IMAGES = 4, 40, 60
TEST, SHIFT = "imagenet", "imagenet-r"


def activations_of(seed, offset):
    """Activations with two outlier components of a size."""
    h = np.random.default_rng(seed).normal(size=(IMAGES, WIDTH))
    h[:, 3] -= offset
    h[:, 6] += 0.8 * offset
    return h.astype(np.float32)


@pytest.fixture
def pair(tmp_path):
    """A zero-shot model with outlier components and one finetuned from it, without."""
    models = []
    for number, (name, offset) in enumerate((("zero", 9), ("tuned", 1))):
        folder = tmp_path / name
        folder.mkdir()
        rng = np.random.default_rng(number)
        files = write_bundle(folder, rng.normal(size=(CLASSES, WIDTH)), normalise=True)
        paths = [
            write_activations(
                folder, activations_of(10 * number + place, offset),
                rng.integers(0, CLASSES, IMAGES), singletons(CLASSES), dataset=dataset, model=name,
            )
            for place, dataset in enumerate((TEST, SHIFT))
        ]  # fmt: skip
        models.append(transplant.Model(ModelFiles(name, *files), paths))
    return models


@pytest.fixture
def robustness(tmp_path):
    return robustness_of(tmp_path, TEST, [SHIFT], IMAGES)


def test_kurtosis_in_every_basis(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(activation_file, "BATCH_BYTES", 4 * 12 * WIDTH * 7)  # 7 images
    paths = tmp_path / "basis.csv", tmp_path / "span.csv"
    basis.main(pair[0].activations[0], *paths, model="zero", bootstrap=BOOTSTRAP)
    table = pd.read_csv(paths[0]).set_index("quantity")
    h = activations_of(0, 9).astype(np.float64)
    second = h.T @ h / IMAGES
    random = [activation_kurtosis(h @ random_rotation(WIDTH, seed).T).mean() for seed in range(20)]
    axes = np.linalg.svd(second)[0]
    eigen = activation_kurtosis(h @ (axes * np.sign(h.mean(axis=0) @ axes))).mean()
    centred = activation_kurtosis(h - h.mean(axis=0))
    expected = {
        "kurtosis": activation_kurtosis(h).mean(), "kurtosis_random": np.mean(random),
        "kurtosis_eigenbasis": eigen, "kurtosis_centred": centred.mean(),
        **spectrum(moments(h.astype(np.float32)))._asdict(),
    }  # fmt: skip
    found = table.loc[list(expected), "value"]
    np.testing.assert_allclose(found, list(expected.values()), rtol=2e-5)
    ends = table.loc["kurtosis_random", ["lowest", "highest"]]
    np.testing.assert_allclose(ends, [min(random), max(random)], rtol=1e-5)
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    assert table.loc["kurtosis", ["lowest", "highest"]].isna().all()


def test_first_order_intervals_are_about_those_of_whole_resamples(pair):
    h = activations_of(0, 3)
    sums = moments(h)
    mean, second = sums.first / IMAGES, sums.second / IMAGES
    values = basis.spectrum_of_images(h, mean, second, np.linalg.svd(second)[0][:, 0])
    found = basis.spectrum_estimates(basis.mean_over_images(values, TEST, BOOTSTRAP), sums)
    plain = []
    for counts in BOOTSTRAP.counts(IMAGES, TEST):
        plain.append(spectrum(moments(np.repeat(h, counts, axis=0))))
    for name, column in zip(found, np.transpose(plain), strict=True):
        own = found[name].resampled[:, 0]
        assert own.std() == pytest.approx(column.std(), rel=0.35)
        assert np.corrcoef(own, column)[0, 1] > 0.9


def test_directions_between_two_outliers_are_outliers_but_for_one(pair, tmp_path):
    paths = tmp_path / "basis.csv", tmp_path / "span.csv"
    basis.main(pair[0].activations[0], *paths, model="zero", bootstrap=BOOTSTRAP)
    span = pd.read_csv(paths[1])
    own = span[span["toward"] == "second"].set_index("angle")
    assert (own["first"].iloc[0], own["other"].iloc[0]) == (3, 6)
    h = activations_of(0, 9).astype(np.float64)
    z = (h - h.mean(axis=1, keepdims=True)) / h.std(axis=1, keepdims=True)
    for angle in (0, 40, 130, 180):
        direction = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        expected = np.abs(z[:, [3, 6]] @ direction).mean()
        assert own.loc[angle, "value"] == pytest.approx(expected)
    assert own["value"].max() > own.loc[0, "value"] > 3 > 1 > own["value"].min()


def test_leading_components_here_and_elsewhere(pair, tmp_path):
    zero, tuned = pair
    for number in (1, 2):
        folder = tmp_path / "epochs" / f"epoch_{number:02d}"
        folder.mkdir(parents=True)
        h = activations_of(20, 9 / number)
        write_activations(folder, h, [0] * IMAGES, [[0]], dataset=TEST, model="tuned")
    paths = tmp_path / "outliers.csv", tmp_path / "stability.csv"
    outliers.main(
        tuned.activations, *paths, model="tuned", test=TEST, epochs=tmp_path / "epochs",
        parent=("zero", zero.activations[0]),
    )  # fmt: skip
    listed, stability = (pd.read_csv(path) for path in paths)
    first = listed[(listed["state"] == "epoch_01") & (listed["place"] <= 2)]
    assert first["component"].tolist() == [3, 6] and first["sign"].tolist() == [-1, 1]
    assert set(listed["state"]) == {"model", "epoch_01", "epoch_02"}
    assert set(listed["dataset"]) == {TEST, SHIFT}
    assert set(stability["kind"]) == {"dataset", "epoch", "parent"}
    kinds = {kind: own["elsewhere"].unique().tolist() for kind, own in stability.groupby("kind")}
    assert kinds == {"dataset": [SHIFT], "epoch": ["1", "2"], "parent": ["zero"]}
    own, other = (
        listed[(listed["state"] == state) & (listed["dataset"] == TEST)]["component"].tolist()
        for state in ("model", "epoch_01")
    )
    for _, row in stability[stability["elsewhere"] == "1"].iterrows():
        count = row["leading"]
        shared = {*own[:count]} & {*other[:count]}
        assert row["overlap"] == pytest.approx(len(shared) / count)
        assert row["by_chance"] == count / WIDTH


def test_leading_components_along_a_path(pair, tmp_path):
    _, tuned = pair
    with h5py.File(tmp_path / "path.h5", "w") as file:
        file["alphas"], kurtosis = [0, 0.25], np.ones((2, WIDTH))
        kurtosis[0, 5], kurtosis[1, 3] = 9, 9
        for name in Components._fields:
            file[f"components/{name}"] = kurtosis if name == "kurtosis" else -np.ones((2, WIDTH))
        file.attrs["complete"] = True
    paths = tmp_path / "outliers.csv", tmp_path / "stability.csv"
    path = tmp_path / "path.h5"
    outliers.main(tuned.activations[:1], *paths, model="tuned", test=TEST, path=path)
    listed, stability = (pd.read_csv(each) for each in paths)
    first = listed[listed["place"] == 1].set_index("state")
    assert first.loc[["alpha_0", "alpha_0.25"], "component"].tolist() == [5, 3]
    assert first.loc["alpha_0", ["sign", "kurtosis", "width"]].tolist() == [-1, 9, WIDTH]
    own = stability[stability["leading"] == 1].set_index("elsewhere")
    assert set(own["kind"]) == {"wise_ft"} and own["overlap"].tolist() == [0, 1]


def test_alone_a_model_is_compared_with_nothing(pair, tmp_path):
    paths = tmp_path / "outliers.csv", tmp_path / "stability.csv"
    outliers.main(pair[0].activations[:1], *paths, model="zero", test=TEST)
    assert pd.read_csv(paths[1]).empty and len(pd.read_csv(paths[0])) == 10
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="no folder epoch_"):
        outliers.main(
            pair[0].activations, *paths, model="zero", test=TEST, epochs=tmp_path / "none"
        )


def test_ablation_starts_at_the_model_as_it_is_and_equals_changed_files(pair, robustness, tmp_path):
    zero = pair[0]
    ablation.main(zero.files, zero.activations, tmp_path / "table.csv", robustness=robustness)
    table = pd.read_csv(tmp_path / "table.csv")
    assert set(table["components"]) == set(range(11))
    head, h = zero.files.load_head(), activations_of(0, 9)
    largest = np.argsort(-np.abs(h.mean(axis=0)))[:2]
    chosen = table[(table["chosen_by"] == "mean") & (table["dataset"] == TEST)]
    labels = np.random.default_rng(0)
    labels.normal(size=(CLASSES, WIDTH))
    labels = labels.integers(0, CLASSES, IMAGES)
    for replaced_by in ("mean", "zero"):
        changed = h.copy()
        changed[:, largest] = h.mean(axis=0)[largest] if replaced_by == "mean" else 0
        (tmp_path / "changed").mkdir(exist_ok=True)
        path = write_activations(
            tmp_path / "changed", changed, labels, singletons(CLASSES), model="zero"
        )
        own = chosen[(chosen["replaced_by"] == replaced_by) & (chosen["components"] == 2)]
        own = own.set_index("quantity")
        with open_activations(path, "zero") as file:
            expected = correct_images(file, head).mean()
        assert own.loc["accuracy", "value"] == pytest.approx(expected)
        kurtosis = activation_kurtosis(changed).mean()
        assert own.loc["kurtosis", "value"] == pytest.approx(kurtosis, rel=1e-6)
    start = table[table["components"] == 0]
    assert (start["change"] == 0).all() and start.groupby(["quantity", "dataset"])[
        "value"
    ].nunique().eq(1).all()
    random = table[table["chosen_by"] == "random"]
    assert (random["lowest"] <= random["value"] + 1e-9).all()
    assert table[table["chosen_by"] == "mean"]["lowest"].isna().all()
    assert "effective_robustness" in set(table["quantity"])


def test_without_a_line_accuracies_and_kurtosis_are_left(pair, tmp_path):
    zero = pair[0]
    none = Robustness(None, [], TEST, [], BOOTSTRAP, [])
    ablation.main(zero.files, zero.activations[:1], tmp_path / "table.csv", robustness=none)
    assert set(pd.read_csv(tmp_path / "table.csv")["quantity"]) == {"accuracy", "kurtosis"}
    transplant.main(*(each._replace(activations=each.activations[:1]) for each in pair),
                    tmp_path / "pair.csv", robustness=none)  # fmt: skip
    table = pd.read_csv(tmp_path / "pair.csv")
    assert "accuracy_after" in table and "effective_robustness_after" not in table


def test_a_transplant_changes_kurtosis_and_no_prediction(pair, robustness, tmp_path):
    transplant.main(*pair, tmp_path / "pair.csv", robustness=robustness)
    table = pd.read_csv(tmp_path / "pair.csv").set_index("change")
    h = [activations_of(0, 9), activations_of(10, 1)]
    parent, tuned = (activation_kurtosis(each).mean() for each in h)
    assert table.loc["bias", "kurtosis_before"] == pytest.approx(tuned)
    assert table.loc["bias", "target"] == pytest.approx(parent)
    assert parent <= table.loc["bias", "kurtosis_after"] < parent + 0.01
    assert table.loc["rotation", "kurtosis_before"] == pytest.approx(parent)
    assert table.loc["rotation", "kurtosis_after"] == pytest.approx(3, abs=1e-3)
    assert table["predictions_changed"].tolist() == [0, 0]
    assert table["images"].tolist() == [2 * IMAGES] * 2
    assert table["unseen"].tolist() == [WIDTH - CLASSES] * 2
    for name in ("accuracy", "shift_accuracy", "effective_robustness"):
        assert (table[f"{name}_before"] == table[f"{name}_after"]).all()


@pytest.mark.parametrize(
    ("weight", "bias", "reason"),
    [
        (np.eye(WIDTH), None, transplant.SEES_ALL),
        (np.eye(CLASSES, WIDTH), np.ones(CLASSES), transplant.WEIGHS_BIAS),
    ],
)
def test_a_head_for_which_there_is_no_such_bias(weight, bias, reason, pair, robustness, tmp_path):
    zero, tuned = pair
    (tmp_path / "other").mkdir()
    files = write_bundle(tmp_path / "other", weight, bias, normalise=True)
    tuned = tuned._replace(files=ModelFiles("tuned", *files))
    transplant.main(zero, tuned, tmp_path / "pair.csv", robustness=robustness)
    table = pd.read_csv(tmp_path / "pair.csv").set_index("change")
    assert table.loc["bias", "reason"] == reason
    assert np.isnan(table.loc["bias", "kurtosis_after"])
    assert table.loc["rotation", "kurtosis_after"] == pytest.approx(3, abs=1e-3)

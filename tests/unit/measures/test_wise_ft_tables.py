"""The tables of the Wise-FT paths, from files with known numbers."""

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from tests.unit.inputs.measure_inputs import BOOTSTRAP
from tests.unit.inputs.variant_inputs import robustness_of
from workflow_scripts.analysis.correlation import rank_correlation
from workflow_scripts.analysis.estimates import Bootstrap, Estimate, without_resamples
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.wise_ft.wise_ft_tables import (
    COLUMNS,
    TRACKS,
    gain,
    main,
)
from workflow_scripts.measures.wise_ft.wise_ft_tables import tracking as track
from workflow_scripts.method.bootstrap import resampling_counts

SETS = ["imagenet", "imagenet-r", "objectnet"]
ALPHAS = [0.0, 0.5, 1.0]
IMAGES = 60
# Of two concepts, for three draws of their sets, at each alpha
PRECISION = np.float32([[[0.95, 0.5], [0.95, 0.5], [0.9, 0.9]], [[0.9, 0.9]] * 3,
                        [[0.2, 0.1], [0.95, 0.1], [0.2, 0.3]]])  # fmt: skip


def write_path(folder, model="ft", alphas=ALPHAS):
    """A path of random numbers; more and more correct, less and less kurtosis."""
    rng = np.random.default_rng(4)
    path = folder / f"{model}.h5"
    shares = np.linspace(0.3, 0.6, len(alphas))
    with h5py.File(path, "w") as file:
        file["alphas"] = alphas
        for dataset in SETS:
            file[f"correct/{dataset}"] = rng.random((IMAGES, len(alphas))) < shares
            falling = 9 - 3 * np.asarray(alphas)
            file[f"kurtosis/{dataset}"] = falling + rng.random((IMAGES, len(alphas)))
        file["importance_ratio"] = np.linspace(5, 3, len(alphas))
        file["average_precision"] = PRECISION[: len(alphas)]
        file.attrs.update(model=model, zero_shot="zs", complete=True)
    return path


def run(folder, paths, pairs=(("zs", "ft"),), shifts=SETS[1:], line="pool", threshold=0.9):
    outputs = [folder / "paths.csv", folder / "tracks.csv"]
    robustness = robustness_of(folder, SETS[0], shifts, IMAGES, line)
    main(paths, [], *outputs, pairs=pairs, threshold=threshold, robustness=robustness)
    return [pd.read_csv(path) for path in outputs]


def test_rows(tmp_path):
    table, tracks = run(tmp_path, [write_path(tmp_path)])
    assert list(table) == COLUMNS and list(tracks) == TRACKS
    counts = table.groupby(["quantity", "dataset"]).size()
    assert (counts == len(ALPHAS)).all() and len(counts) == 4 + 4 + 1 + 1 + 1 + 1
    assert table["value"].notna().all()
    concepts = table[table["quantity"] == "concepts"]
    found = concepts[["value", "low", "high"]].to_numpy().tolist()
    assert found == [[1, 1, 2], [2, 2, 2], [0, 0, 1]]
    assert set(tracks["quantity"]) == {"kurtosis", "importance_ratio", "concepts"}
    assert (tracks["points"] == len(ALPHAS)).all()
    values = table.pivot(index="alpha", columns=["quantity", "dataset"], values="value")
    for (_, row), wanted in zip(tracks.iterrows(), tracks["spearman"], strict=True):
        own = values[row["quantity"], row["dataset"]]
        assert spearmanr(own, values["effective_robustness", "shifts"])[0] == pytest.approx(wanted)


def test_the_gain_is_paired(tmp_path):
    path = write_path(tmp_path)
    table = run(tmp_path, [path])[0]
    with h5py.File(path) as file:
        correct = {name: file[f"correct/{name}"][:].astype(float) for name in SETS[1:]}
    means = sum(each.mean(axis=0) for each in correct.values()) / 2
    best = 2 * int(means[2] > means[0])  # the better end
    draws = 0
    for name, each in correct.items():
        counts = resampling_counts(IMAGES, name, BOOTSTRAP.resamples, BOOTSTRAP.seed)
        draws = draws + (counts @ (each - each[:, [best]])) / IMAGES / 2
    own = table[table["quantity"] == "shift_gain"].set_index("alpha")
    assert own.loc[0.5, "value"] == pytest.approx(means[1] - means[best])
    expected = np.quantile(draws[:, 1], [0.025, 0.975])
    assert own.loc[0.5, ["low", "high"]].tolist() == pytest.approx(expected.tolist())
    assert own.loc[ALPHAS[best], ["value", "low", "high"]].tolist() == [0, 0, 0]


def test_the_better_end_is_an_end():
    accuracy = Estimate(np.array([0.1, 0.9, 0.2]), np.array([[0.1, 0.9, 0.2]]))
    found = gain(accuracy, np.array([True, False, True]))
    np.testing.assert_allclose(found.value, [-0.1, 0.7, 0])


def test_without_shifts_there_is_no_robustness(tmp_path):
    table, tracks = run(tmp_path, [write_path(tmp_path)], shifts=[], line=None)
    assert set(table["quantity"]) == {"accuracy", "kurtosis", "importance_ratio", "concepts"}
    assert set(table["dataset"]) == {"imagenet"} and list(tracks) == TRACKS and tracks.empty


def test_without_a_line_the_shifts_remain(tmp_path):
    table, tracks = run(tmp_path, [write_path(tmp_path)], line=None, threshold=None)
    assert "effective_robustness" not in set(table["quantity"]) and tracks.empty
    assert {"shift_gain", "accuracy"} <= set(table["quantity"])
    assert "concepts" not in set(table["quantity"])


def test_without_pairs_there_are_headers(tmp_path):
    table, tracks = run(tmp_path, [], pairs=[])
    assert list(table) == COLUMNS and list(tracks) == TRACKS and table.empty and tracks.empty


def test_a_file_of_another_model_is_named(tmp_path):
    with pytest.raises(InputError, match="ft.h5: found model 'ft', expected 'other'"):
        run(tmp_path, [write_path(tmp_path)], pairs=[("zs", "other")])
    with h5py.File(tmp_path / "ft.h5", "a") as file:
        del file["kurtosis/objectnet"]
    with pytest.raises(InputError, match="ft.h5: found no kurtosis/objectnet"):
        run(tmp_path, [tmp_path / "ft.h5"])


def test_rank_correlation():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, (6, 8)).astype(float), rng.normal(size=(6, 8))
    a[5] = 1.0
    found = rank_correlation(a, b)
    expected = [spearmanr(*rows)[0] for rows in zip(a[:5], b[:5], strict=True)]
    np.testing.assert_allclose(found[:5], expected)
    assert np.isnan(found[5])


def test_tracking_of_an_indicator_that_is_not_resampled():
    draws = np.array([[0.0, 1, 2], [2, 1, 0], [0, 2, 1]])
    robustness = Estimate(np.array([0.0, 1, 2]), draws)
    bootstrap = Bootstrap(resamples=3, confidence=0.5, seed=0)
    row = track(without_resamples(np.array([5.0, 6, 7])), robustness, bootstrap)
    assert row["spearman"] == 1 and row["low"] < row["high"]

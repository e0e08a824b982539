"""Directions, importance and its ratio against the definitions, written out as loops."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.measure_inputs import BOOTSTRAP, singletons, write_activations, write_bundle
from workflow_scripts.analysis.importance import absolute_cosines, importance_ratio, main
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files import activations as activation_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.bootstrap import resampling_counts
from workflow_scripts.method.directions import (
    orient,
    right_singular_vectors,
    singular_directions,
)

RNG = np.random.default_rng(0)
H = RNG.normal(size=(40, 6)).astype(np.float32)
WEIGHT = RNG.normal(size=(5, 6)).astype(np.float32)


def run(folder, h=H, weight=WEIGHT):
    groups = singletons(len(weight))
    path = write_activations(folder, h, [0] * len(h), groups)
    head, card = write_bundle(folder, weight)
    directions, ratio, resamples = (folder / f"{name}.csv" for name in ("v", "ratio", "resamples"))
    main(ModelFiles("m", head, card), path, directions, ratio, resamples, bootstrap=BOOTSTRAP)
    return pd.read_csv(directions), pd.read_csv(ratio).iloc[0]


def equation_2(h, weight):
    """Importance of each direction, sum by sum."""
    _, sigma, v = np.linalg.svd(np.float64(weight), full_matrices=False)
    h = [vector for vector in np.float64(h) if vector.any()]
    encoder = [
        sum(abs(v_i @ x) / (np.linalg.norm(v_i) * np.linalg.norm(x)) for x in h) / len(h)
        for v_i in v
    ]
    return sigma / sum(sigma), np.array(encoder)


@pytest.mark.parametrize("shape", [(5, 6), (6, 6), (9, 6), (1, 6)])
def test_directions_rebuild_the_weight(shape):
    weight = RNG.normal(size=shape).astype(np.float32)
    sigma, v = singular_directions(weight)
    assert len(sigma) == np.linalg.matrix_rank(weight) == min(shape)
    assert (np.diff(sigma) <= 0).all()
    np.testing.assert_allclose(v @ v.T, np.eye(len(v)), atol=1e-12)
    np.testing.assert_allclose(
        v.T @ np.diag(sigma**2) @ v, weight.T @ np.float64(weight), atol=1e-9
    )


def test_rounding_errors_of_the_weight_are_no_directions():
    weight = (RNG.normal(size=(64, 3)) @ RNG.normal(size=(3, 100))).astype(np.float32)
    assert np.linalg.matrix_rank(np.float64(weight)) == 64  # with the tolerance of float64
    assert len(singular_directions(weight)[0]) == np.linalg.matrix_rank(weight) == 3


def test_orientation_makes_the_mean_projection_positive():
    mean = RNG.normal(size=6)
    sigma, v = right_singular_vectors(WEIGHT, mean)
    assert (v @ mean > 0).all()
    np.testing.assert_array_equal(orient(-v, mean), v)
    np.testing.assert_array_equal(np.abs(v), np.abs(singular_directions(WEIGHT)[1]))
    no_mean = orient(v, np.zeros(6))
    np.testing.assert_array_equal(no_mean, orient(-v, np.zeros(6)))
    assert (np.take_along_axis(no_mean, np.abs(v).argmax(axis=1)[:, None], 1) > 0).all()


@pytest.mark.parametrize("scale", [1e-30, 1, 1e30])
def test_cosines(scale):
    _, v = singular_directions(WEIGHT)
    h = np.vstack([H * np.float32(scale), np.zeros((1, 6), np.float32), v[:1] * scale])
    cosines, defined = absolute_cosines(v, h.astype(np.float32))
    expected = np.abs(H @ v.T) / np.linalg.norm(np.float64(H), axis=1, keepdims=True)
    np.testing.assert_allclose(cosines[:40], expected, rtol=1e-5, atol=1e-7)
    assert defined.tolist() == [True] * 40 + [False, True]
    assert cosines[41, 0] == pytest.approx(1) and cosines.max() <= 1


def test_rounding_takes_no_cosine_above_1():
    h = RNG.normal(size=(500, 7)).astype(np.float32)
    v = h / np.linalg.norm(h.astype(float), axis=1, keepdims=True)
    assert (np.abs(h @ v.T) / np.linalg.norm(h.astype(float), axis=1)[:, None]).max() > 1
    assert absolute_cosines(v, h)[0].max() == 1


def test_main_equals_equation_2(tmp_path, monkeypatch):
    monkeypatch.setattr(activation_file, "BATCH_BYTES", 4 * 4 * 11 * 7)  # 7 images
    table, ratio = run(tmp_path)
    head, encoder = equation_2(H, WEIGHT)
    assert table["direction"].tolist() == [1, 2, 3, 4, 5] and (table["model"] == "m").all()
    np.testing.assert_allclose(table["head_importance"], head, rtol=1e-8)
    np.testing.assert_allclose(table["encoder_importance"], encoder, rtol=1e-8)
    np.testing.assert_allclose(table["importance"], head * encoder, rtol=1e-8)
    assert ((table["low"] < table["importance"]) & (table["importance"] < table["high"])).all()
    assert (ratio["model"], ratio["rank"], ratio["images"]) == ("m", 5, 40)
    expected = max(head * encoder) / np.mean(head * encoder)
    assert ratio["importance_ratio"] == pytest.approx(expected)


def test_ratio_interval_takes_the_maximum_of_each_draw(tmp_path):
    _, ratio = run(tmp_path)
    counts = resampling_counts(40, "imagenet", BOOTSTRAP.resamples, BOOTSTRAP.seed)
    draws = []
    for row in counts:
        head, encoder = equation_2(np.repeat(H, row, axis=0), WEIGHT)
        draws.append(max(head * encoder) / np.mean(head * encoder))
    expected = np.quantile(draws, [0.025, 0.975])
    np.testing.assert_allclose([ratio["low"], ratio["high"]], expected, rtol=1e-8)
    resamples = pd.read_csv(tmp_path / "resamples.csv")
    np.testing.assert_allclose(resamples["importance_ratio"], draws, rtol=1e-8)
    assert (resamples["model"] == "m").all()


def test_ratio_runs_from_one_to_the_rank():
    assert importance_ratio(np.full(7, 0.1)) == pytest.approx(1)
    assert importance_ratio(np.eye(1, 7)[0]) == pytest.approx(7)
    assert importance_ratio(np.array([[1, 1], [3, 1]])).tolist() == [1, 1.5]


def test_rank_deficient_and_single_class(tmp_path):
    table, ratio = run(tmp_path, weight=np.vstack([WEIGHT[:2], WEIGHT[:2]]))
    assert ratio["rank"] == len(table) == 2
    table, ratio = run(tmp_path, weight=WEIGHT[:1], h=H[:1])
    assert ratio["importance_ratio"] == ratio["low"] == ratio["high"] == 1
    assert table["head_importance"].tolist() == [1]


def test_zero_activations_are_left_out(tmp_path, caplog):
    h = np.vstack([H, np.zeros((3, 6), np.float32)])
    table, _ = run(tmp_path, h=h)
    np.testing.assert_allclose(table["encoder_importance"], equation_2(H, WEIGHT)[1], rtol=1e-8)
    assert table.notna().all(axis=None)
    counts = resampling_counts(43, "imagenet", BOOTSTRAP.resamples, BOOTSTRAP.seed)
    draws = [np.prod(equation_2(np.repeat(h, row, axis=0), WEIGHT), axis=0) for row in counts]
    np.testing.assert_allclose(table["low"], np.quantile(draws, 0.025, axis=0), rtol=1e-8)
    assert "3 of 43 activations are zero" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": np.zeros((5, 6))}, "head.safetensors: the head's weight is zero"),
        ({"h": np.zeros((4, 6))}, "imagenet.h5: found only zero activations"),
        ({"h": H[:, :3]}, "width 3, expected 6"),
    ],
)
def test_bad_input_is_named(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        run(tmp_path, **change)
    assert not (tmp_path / "directions.csv").exists()

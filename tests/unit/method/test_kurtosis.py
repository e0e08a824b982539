"""Activation kurtosis against scipy, and where it is undefined."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from tests.unit.inputs.measure_inputs import BOOTSTRAP, write_activations
from workflow_scripts.analysis.kurtosis import activation_kurtosis, main
from workflow_scripts.files import activations as activation_file
from workflow_scripts.job.errors import InputError

RNG = np.random.default_rng(0)


def reference(h):
    return stats.kurtosis(np.float64(h), axis=1, bias=True, fisher=False)


@pytest.mark.parametrize("offset", [0, 1e4, -1e4])
@pytest.mark.parametrize("scale", [1e-2, 1, 1e3])
def test_equals_scipy(offset, scale):
    h = (offset + scale * RNG.standard_t(4, size=(50, 128))).astype(np.float32)
    np.testing.assert_allclose(activation_kurtosis(h), reference(h), rtol=1e-9)


def test_gaussian_is_three_and_one_outlier_is_large():
    gaussian = RNG.normal(size=(4, 200_000)).astype(np.float32)
    assert activation_kurtosis(gaussian) == pytest.approx(3, abs=0.1)
    one_hot = np.eye(1, 512, dtype=np.float32)
    # one component apart from d - 1 equal ones: d - 2 + 1 / (d - 1)
    assert activation_kurtosis(one_hot) == pytest.approx(510 + 1 / 511)


@pytest.mark.parametrize("size", [1e-38, 1e-30, 1e30, 1e38])
def test_no_over_or_underflow(size):
    h = RNG.uniform(-1, 1, size=(3, 64))
    scaled = (h * size).astype(np.float32)
    np.testing.assert_allclose(activation_kurtosis(scaled), reference(h), rtol=1e-5)


@pytest.mark.parametrize("value", [0, 1, 0.1, 1e4 + 0.01, 3e38])
@pytest.mark.parametrize("width", [1, 3, 768])
def test_constant_vector_is_undefined(value, width, recwarn):
    assert np.isnan(activation_kurtosis(np.full((2, width), value, dtype=np.float32))).all()
    assert not recwarn.list


def test_each_vector_has_a_scale_of_its_own():
    tiny, huge = RNG.integers(1, 9, size=(2, 64)) * np.array([[1.5e-45], [3e37]])
    both = np.stack([tiny, huge]).astype(np.float32)
    np.testing.assert_allclose(activation_kurtosis(both), reference(both), rtol=1e-6)


@given(
    npst.arrays(
        np.float32,
        st.tuples(st.integers(1, 4), st.integers(1, 12)),
        elements=st.floats(-1e6, 1e6, width=32),
    )
)
def test_lies_between_one_and_the_width(h):
    """Always within [1, d - 2 + 1 / (d - 1)], or undefined for a constant vector alone."""
    values, width = activation_kurtosis(h), h.shape[1]
    constant = (h == h[:, :1]).all(axis=1)
    assert np.isnan(values[constant]).all()
    highest = width - 2 + 1 / (width - 1) if width > 1 else 0
    assert (values[~constant] >= 1 - 1e-9).all()
    assert (values[~constant] <= highest + 1e-6).all()


def test_main_averages_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(activation_file, "BATCH_BYTES", 4 * 4 * 16 * 7)  # 7 images
    h = RNG.standard_t(4, size=(30, 16)).astype(np.float32)
    h[[3, 20]] = 5
    paths = [
        write_activations(tmp_path, h, [0] * 30, [[0]]),
        write_activations(tmp_path, h[:1], [0], [[0]], dataset="imagenet-a"),
        write_activations(tmp_path, h[3:4], [0], [[0]], dataset="imagenet-r"),
    ]
    main(paths, tmp_path / "m.csv", tmp_path / "resamples.csv", model="m", bootstrap=BOOTSTRAP)
    rows = pd.read_csv(tmp_path / "m.csv")
    columns = ["model", "dataset", "images", "undefined", "kurtosis", "low", "high"]
    assert rows.columns.tolist() == columns
    assert rows["undefined"].tolist() == [2, 0, 1]
    defined = np.delete(h, [3, 20], axis=0)
    assert rows["kurtosis"][0] == pytest.approx(reference(defined).mean(), rel=1e-9)
    assert rows["low"][0] < rows["kurtosis"][0] < rows["high"][0]
    assert rows["low"][1] == rows["kurtosis"][1] == rows["high"][1]
    assert rows.loc[2, ["kurtosis", "low", "high"]].isna().all()
    resamples = pd.read_csv(tmp_path / "resamples.csv").set_index("dataset")
    assert resamples["resample"].tolist() == 3 * [*range(1, BOOTSTRAP.resamples + 1)]
    ends = np.quantile(resamples.loc["imagenet", "kurtosis"], [0.025, 0.975])
    assert rows.loc[0, ["low", "high"]].tolist() == pytest.approx(ends.tolist())


def test_nan_is_an_error_not_a_nan(tmp_path):
    h = RNG.normal(size=(5, 4))
    h[4, 2] = np.nan
    path = write_activations(tmp_path, h, [0] * 5, [[0]])
    with pytest.raises(InputError, match="row 4 .*component 2: found nan"):
        main([path], tmp_path / "m.csv", tmp_path / "b.csv", model="m", bootstrap=BOOTSTRAP)
    assert not (tmp_path / "m.csv").exists()

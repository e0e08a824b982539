"""The tables of components: rows in order, bins that hold each image, batches, the undefined."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.measure_inputs import write_activations
from workflow_scripts.files import activations as activation_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.indicators.components import histogram, measure, quantiles
from workflow_scripts.method import kurtosis as method

RNG = np.random.default_rng(0)


@pytest.fixture
def h():
    """Twenty activations with two outlier components, one image without a kurtosis."""
    h = RNG.normal(size=(20, 60))
    h[:, 3] -= 9
    h[:, 6] += 7
    h[4] = 0.5
    return h.astype(np.float32)


def test_tables_are_those_of_the_method_whatever_the_batches(h, tmp_path, monkeypatch):
    monkeypatch.setattr(activation_file, "BATCH_BYTES", 4 * 8 * 60 * 3)  # 3 images
    path = write_activations(tmp_path, h, [0] * 20, [[0]])
    tables = measure(path, "m")
    for table in tables:
        assert table.columns[:2].tolist() == ["model", "dataset"]
        assert set(table["model"]) == {"m"} and set(table["dataset"]) == {"imagenet"}
    sums = method.moments(h)
    expected = pd.DataFrame(method.components(sums)._asdict())
    found = tables.components
    assert found["place"].tolist() == list(range(1, 61))
    assert found["component"][:2].tolist() == [3, 6]
    assert found["kurtosis"].is_monotonic_decreasing
    sorted_rows = found.sort_values("component").reset_index()[expected.columns]
    pd.testing.assert_frame_equal(sorted_rows, expected, rtol=1e-12)
    row = tables.representation.iloc[0]
    assert row["images"] == 20 and row["width"] == 60
    assert row["outliers"] == 2 == (expected["outlying"] > 0.5).sum()
    assert row["negative"] == pytest.approx((h < 0).mean())
    assert row[["mean_share", "leading_share", "participation_ratio"]].tolist() == pytest.approx(
        method.spectrum(sums)
    )
    values = np.delete(method.activation_kurtosis(h), 4)
    assert tables.kurtosis_histogram["images"].sum() == 19
    assert tables.kurtosis_quantiles["kurtosis"].tolist() == pytest.approx(
        np.quantile(values, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1])
    )


def test_bins_hold_the_images_between_their_edges():
    values = np.append(RNG.uniform(1, 40, size=300), [1 - 1e-15, 1, 2, np.nan])
    table = histogram(values)
    defined = np.maximum(values[~np.isnan(values)], 1)
    for low, high, images in table.to_numpy():
        assert ((defined >= low) & (defined < high)).sum() == images
    assert table["images"].sum() == 303
    np.testing.assert_allclose(table["high"] / table["low"], 2 ** (1 / 8))
    np.testing.assert_allclose(table["low"][1:], table["high"][:-1])
    assert table["images"].iloc[0] > 0 and table["images"].iloc[-1] > 0


def test_empty_bins_between_others_are_kept():
    assert histogram(np.array([1.0, 1.0, 2.0]))["images"].tolist() == [2, *[0] * 7, 1]


def test_without_a_defined_kurtosis_nothing_is_made_up(tmp_path):
    assert histogram(np.full(3, np.nan))["images"].tolist() == [0]
    assert quantiles(np.full(3, np.nan))["kurtosis"].isna().all()
    tables = measure(write_activations(tmp_path, np.ones((3, 4)), [0] * 3, [[0]]), "m")
    assert tables.components["kurtosis"].isna().all()
    assert tables.components["component"].tolist() == [0, 1, 2, 3]
    assert tables.representation["mean_share"].item() == pytest.approx(1)


def test_an_activation_that_is_not_finite_is_refused(h, tmp_path):
    h[2, 1] = np.inf
    with pytest.raises(InputError, match="row 2 .*component 1: found inf"):
        measure(write_activations(tmp_path, h, [0] * 20, [[0]]), "m")

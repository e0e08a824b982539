"""Averages over images leave out what is undefined, in each resample as well."""

import numpy as np

from tests.unit.inputs.measure_inputs import BOOTSTRAP
from workflow_scripts.analysis.baselines import Robustness
from workflow_scripts.analysis.estimates import Estimate, average, mean_over_images


def test_undefined_values_are_left_out_of_each_mean(recwarn):
    values = np.random.default_rng(0).normal(size=(7, 3))
    values[[1, 4], 0] = values[:, 1] = np.nan
    found = mean_over_images(values, "x", BOOTSTRAP)
    own = values[[0, 2, 3, 5, 6], 0]
    np.testing.assert_allclose(found.value, [own.mean(), np.nan, values[:, 2].mean()])
    counts = BOOTSTRAP.counts(7, "x").astype(int)
    expected = [np.repeat(values[:, 0], row)[~np.isnan(np.repeat(values[:, 0], row))].mean()
                for row in counts]  # fmt: skip
    np.testing.assert_allclose(found.resampled[:, 0], expected)
    assert np.isnan(found.resampled[:, 1]).all() and found.resampled.shape == (200, 3)
    assert not recwarn.list


def test_data_sets_count_the_same():
    parts = [Estimate(np.array([each]), np.full((2, 1), 10 * each)) for each in (1.0, 2.0, 6.0)]
    found = average(parts)
    assert found.value.tolist() == [3] and found.resampled.tolist() == [[30], [30]]


def test_what_robustness_depends_on_is_read_from_the_settings():
    bootstrap = {"resamples": 200, "confidence": 0.95, "seed": 3}
    settings = {"line_through": "pool", "baseline_models": ["a"], "test": "i", "shifts": ["r"],
                "bootstrap": bootstrap, "other": 1}  # fmt: skip
    expected = Robustness("pool", ["a"], "i", ["r"], BOOTSTRAP, ["a.h5"])
    assert Robustness.of(settings, ["a.h5"]) == expected

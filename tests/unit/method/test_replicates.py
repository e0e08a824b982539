"""Intervals over replicates: their coverage in simulations with known variance components."""

import numpy as np
import pytest
from scipy import stats

from workflow_scripts.method.errors import InputError
from workflow_scripts.method.replicates import over_replicates

CONFIDENCE = 0.9
TIMES = 40_000


@pytest.mark.parametrize("replicates", [2, 3, 5, 10])
@pytest.mark.parametrize("images", [0, 0.3, 1, 3])
def test_coverage(replicates, images):
    """Truth 0; seeds have the standard deviation 1, the images, common to replicates, `images`."""
    generator = np.random.default_rng(0)
    seeds = generator.normal(size=(replicates, TIMES))
    values = seeds + images * generator.normal(size=TIMES)
    half = stats.norm.ppf((1 + CONFIDENCE) / 2) * images
    mean, low, high = over_replicates(values, values - half, values + half, CONFIDENCE)
    assert np.allclose(mean, values.mean(axis=0))
    covered = ((low <= 0) & (high >= 0)).mean()
    error = 3 * np.sqrt(CONFIDENCE * (1 - CONFIDENCE) / TIMES)
    # Never less than promised; more where two and three replicates say little of the seeds.
    assert CONFIDENCE - error - 0.003 <= covered <= (0.97 if replicates < 5 else 0.93)
    if not images:
        assert covered == pytest.approx(CONFIDENCE, abs=error)


def test_intervals_over_images_alone_would_be_too_narrow():
    generator = np.random.default_rng(1)
    values = generator.normal(size=(5, TIMES)) + 0.1 * generator.normal(size=TIMES)
    half = stats.norm.ppf((1 + CONFIDENCE) / 2) * 0.1
    assert (np.abs(values[0]) <= half).mean() < 0.2
    values = values[:, :2000]
    resampled = values[generator.integers(0, 5, (500, 5))].mean(axis=1)  # all variables at once
    low, high = np.quantile(resampled, [0.05, 0.95], axis=0)
    assert ((low <= 0) & (high >= 0)).mean() < 0.85  # a plain percentile bootstrap


def test_the_interval_of_seeds_alone_is_students():
    values = np.random.default_rng(2).normal(3, 2, 7)
    mean, low, high = over_replicates(values, values, values, 0.95)
    expected = stats.t.interval(0.95, 6, values.mean(), stats.sem(values))
    assert (mean, low, high) == pytest.approx((values.mean(), *expected))


def test_of_a_single_replicate_it_is_its_own():
    found = over_replicates(np.array([[1.0, 2.0]]), np.array([[0.5, 0]]), np.array([[3.0, 9]]), 0.9)
    np.testing.assert_array_equal(found, [[1, 2], [0.5, 0], [3, 9]])


def test_lopsided_and_degenerate_intervals():
    values = np.array([2.0, 2.0])
    found = over_replicates(values, values - 0.5, values + 2, 0.9)
    assert found == pytest.approx((2, 1.5, 4))
    # The value of a first draw may lie outside the range of all.
    assert over_replicates(values, values + 1, values + 2, 0.9) == pytest.approx((2, 2, 4))


def test_what_is_undefined_stays_so():
    nan = np.nan
    found = over_replicates(
        np.array([[1, 2], [nan, 4]]), *2 * [np.array([[0, nan], [0, 1.0]])], 0.9
    )
    assert np.isnan(found[0][0]) and found[0][1] == 3
    assert np.isnan([found[1][1], found[2][1]]).all()


def test_none_is_refused():
    with pytest.raises(InputError, match="at least one"):
        over_replicates(np.empty((0, 2)), np.empty((0, 2)), np.empty((0, 2)), 0.9)

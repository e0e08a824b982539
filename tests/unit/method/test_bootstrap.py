"""The bootstrap is paired, reproducible, and agrees with resampling done by hand."""

import numpy as np
import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.method import bootstrap
from workflow_scripts.method.bootstrap import (
    percentile_interval,
    resampled_means,
    resampling_counts,
)


def test_counts_are_resamples_of_all_images():
    counts = resampling_counts(50, "imagenet", resamples=400, seed=0)
    assert counts.shape == (400, 50)
    assert (counts.sum(axis=1) == 50).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(50), abs=0.25)
    # Poisson(1)-like: an image is missing from a draw with probability (1 - 1/50)^50
    assert (counts == 0).mean() == pytest.approx((1 - 1 / 50) ** 50, abs=0.01)


def test_counts_depend_on_seed_and_data_set_only():
    counts = resampling_counts(30, "imagenet", 20, 5)
    assert np.array_equal(counts, resampling_counts(30, "imagenet", 20, 5))
    assert np.array_equal(counts, resampling_counts(30, "imagenet", 40, 5)[:20])
    assert not np.array_equal(counts, resampling_counts(30, "imagenet-a", 20, 5))
    assert not np.array_equal(counts, resampling_counts(30, "imagenet", 20, 6))


def test_means_equal_a_loop_over_repeated_images(monkeypatch):
    monkeypatch.setattr(bootstrap, "BLOCK_BYTES", 8 * 20 * 7)  # blocks of 7 images
    generator = np.random.default_rng(0)
    values = generator.normal(size=(33, 4))
    counts = resampling_counts(33, "x", 20, 1)
    expected = [values[np.repeat(np.arange(33), row)].mean(axis=0) for row in counts]
    np.testing.assert_allclose(resampled_means(counts, values), expected, rtol=1e-12)
    np.testing.assert_allclose(resampled_means(counts, values[:, 0]), np.array(expected)[:, 0])


def test_means_leave_out_undefined_images(recwarn):
    values = np.array([1.0, np.nan, 3.0])
    counts = np.array([[1, 1, 1], [0, 3, 0], [2, 1, 0]], dtype=np.uint16)
    means = resampled_means(counts, values, ~np.isnan(values))
    np.testing.assert_array_equal(means, [2, np.nan, 1])
    low, high = percentile_interval(means, 0.95)
    assert 1 <= low <= high <= 2
    assert not recwarn.list


def test_interval_of_a_mean_has_the_textbook_width():
    values = np.random.default_rng(0).normal(size=2000)
    draws = resampled_means(resampling_counts(2000, "x", 2000, 0), values)
    low, high = percentile_interval(draws, 0.95)
    expected = 2 * 1.96 * values.std() / np.sqrt(2000)
    assert high - low == pytest.approx(expected, rel=0.06)
    assert low < values.mean() < high


def test_one_image_has_an_interval_of_no_width():
    draws = resampled_means(resampling_counts(1, "x", 10, 0), np.array([0.25]))
    assert percentile_interval(draws, 0.9) == (0.25, 0.25)


def test_interval_of_undefined_resamples_is_undefined(recwarn):
    low, high = percentile_interval(np.full((5, 2), np.nan), 0.95)
    assert np.isnan(low).all() and np.isnan(high).all()
    assert not recwarn


@pytest.mark.parametrize(("images", "resamples"), [(0, 10), (10, 0)])
def test_nothing_to_draw_is_an_error(images, resamples):
    with pytest.raises(InputError, match="imagenet-r: .* at least one image and one resample"):
        resampling_counts(images, "imagenet-r", resamples, 0)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_confidence_is_a_fraction(confidence):
    with pytest.raises(InputError, match="bootstrap.confidence"):
        percentile_interval(np.zeros(3), confidence)

"""Rank correlation over models, against SciPy's, and its interval."""

import numpy as np
from scipy import stats

from workflow_scripts.analysis.correlation import rank_correlation_over_models
from workflow_scripts.analysis.estimates import Bootstrap

BOOTSTRAP = Bootstrap(resamples=400, confidence=0.9, seed=5)


def test_the_value_is_spearmans():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 6, 15).astype(float)  # with ties
    second = first + rng.normal(0, 2, 15)
    value, low, high = rank_correlation_over_models(first, second, BOOTSTRAP)
    assert np.isclose(value, stats.spearmanr(first, second).statistic)
    assert -1 <= low < value < high <= 1


def test_the_interval_resamples_models_with_replacement():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 9))
    _, low, high = rank_correlation_over_models(first, second, BOOTSTRAP)
    rows = np.random.default_rng(5).integers(9, size=(400, 9))
    every = [stats.spearmanr(first[each], second[each]).statistic for each in rows]
    assert np.allclose([low, high], np.quantile(every, [0.05, 0.95]))


def test_models_without_a_value_are_left_out():
    first = np.array([1.0, 2.0, 3.0, np.nan, 5.0])
    second = np.array([2.0, 1.0, 4.0, 7.0, 6.0])
    found = rank_correlation_over_models(first, second, BOOTSTRAP)
    known = ~np.isnan(first)
    assert found == rank_correlation_over_models(first[known], second[known], BOOTSTRAP)


def test_what_is_undefined_is_nan():
    few = rank_correlation_over_models(np.array([1.0, 2.0]), np.array([1.0, 2.0]), BOOTSTRAP)
    same = rank_correlation_over_models(np.ones(5), np.arange(5.0), BOOTSTRAP)
    assert np.isnan(few).all() and np.isnan(same).all()

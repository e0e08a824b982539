"""Rank correlation and ROC area of many rows agree with scipy and scikit-learn, row by row."""

import itertools

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from workflow_scripts.analysis.correlation import (
    rank_correlation,
    rank_correlation_over_models,
    roc_area,
)
from workflow_scripts.analysis.estimates import Bootstrap

ROWS, MODELS = 60, 14
BLOCKS = [np.array([0, 3, 5, 6, 7]), np.array([1, 2, 4]), np.array([8, 9, 10, 11, 12]), [13]]
BLOCKS = [np.asarray(block) for block in BLOCKS]


def inputs(kind):
    """Scores and robustness [ROWS, MODELS] of a kind."""
    generator = np.random.default_rng(3)
    first, second = generator.normal(size=(2, ROWS, MODELS))
    if kind == "tied":
        return np.round(first), np.round(second)
    if kind == "resampled":
        drawn = generator.integers(0, MODELS, (ROWS, MODELS))
        return first[0, drawn], second[0, drawn]
    if kind == "heavy-tailed":
        return np.sinh(9 * first) * 1e150, second * 1e-300
    if kind == "opposed":
        return first, -first
    return first, second


KINDS = ("random", "tied", "resampled", "heavy-tailed", "opposed")


@pytest.mark.parametrize("kind", KINDS)
def test_rank_correlation(kind):
    first, second = inputs(kind)
    expected = [stats.spearmanr(a, b).statistic for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(rank_correlation(first, second), expected, atol=1e-12)
    one = [np.arange(MODELS)]
    np.testing.assert_allclose(rank_correlation(first, second, one), expected, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_area(kind):
    scores, other = inputs(kind)
    positive = other > 0
    assert all(0 < row.sum() < MODELS for row in positive)
    expected = [roc_auc_score(a, b) for a, b in zip(positive, scores, strict=True)]
    np.testing.assert_allclose(roc_area(scores, positive), expected, atol=1e-12)
    assert kind != "opposed" or not roc_area(scores, positive).any()


def test_constant_rows_and_rows_of_one_kind_are_undefined():
    values, other = np.full((2, 5), 0.1), np.arange(10.0).reshape(2, 5)
    assert np.isnan(rank_correlation(values, other)).all()
    assert np.isnan(rank_correlation(other, values, [np.arange(3), np.arange(3, 5)])).all()
    for positive in (np.zeros((2, 5), bool), np.ones((2, 5), bool)):
        assert np.isnan(roc_area(other, positive)).all()
    np.testing.assert_array_equal(roc_area(values, other % 2 > 0), [0.5, 0.5])


@pytest.mark.parametrize("kind", KINDS)
def test_within_blocks_against_a_loop(kind):
    first, second = inputs(kind)
    for row, (a, b) in enumerate(zip(first, second, strict=True)):
        positive = b > 0
        won, pairs, ranks = 0.0, 0, []
        for block in BLOCKS:
            for i, j in itertools.product(block, block):
                if positive[i] and not positive[j]:
                    won, pairs = won + (a[i] > a[j]) + (a[i] == a[j]) / 2, pairs + 1
            both = [stats.rankdata(each[block]) / len(block) for each in (a, b)]
            ranks.append([each - each.mean() for each in both])
        x, y = np.concatenate(ranks, axis=1)
        area = roc_area(first[[row]], positive[None], BLOCKS)[0]
        np.testing.assert_allclose(area, won / pairs if pairs else np.nan, atol=1e-12)
        expected = (x @ y) / np.sqrt((x @ x) * (y @ y))
        correlation = rank_correlation(first[[row]], second[[row]], BLOCKS)[0]
        np.testing.assert_allclose(correlation, expected, atol=1e-12)


def test_what_differs_between_blocks_alone_says_nothing_within():
    """Blocks apart by far, and opposed inside: Simpson's paradox."""
    blocks = [np.arange(4), np.arange(4, 8)]
    scores = np.array([[1, 2, 3, 4, 101, 102, 103, 104.0]])
    other = np.array([[4, 3, 2, 1, 104, 103, 102, 101.0]])
    assert rank_correlation(scores, other)[0] > 0.4
    np.testing.assert_allclose(rank_correlation(scores, other, blocks), [-1])
    assert roc_area(scores, other > 2.5, blocks)[0] == 0 < roc_area(scores, other > 2.5)[0]


# Over the models of a pool

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

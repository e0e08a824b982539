"""Rank correlation: of many pairs of rows at once, and over the models of a pool."""

import numpy as np
from scipy import stats

from workflow_scripts.analysis.estimates import Bootstrap

FEWEST = 3  # models that a correlation is of


def rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each row: [B, A] and [B, A] to [B]; NaN where a row is constant."""
    a, b = (stats.rankdata(each, axis=1) - (each.shape[1] + 1) / 2 for each in (first, second))
    with np.errstate(invalid="ignore"):
        return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))


def rank_correlation_over_models(
    first: np.ndarray, second: np.ndarray, bootstrap: Bootstrap
) -> tuple[float, float, float]:
    """Spearman's correlation of two quantities of the same models, with an interval over models.

    Parameters
    ----------
    first, second: float64 [A], of A models; one that lacks either is left out.
    bootstrap: how often models are drawn with replacement, and the coverage of the interval.

    Returns
    -------
    value, low, high in [-1, 1]; NaN where a quantity is constant or there are fewer than 3 models.
    """
    known = ~(np.isnan(first) | np.isnan(second))
    first, second = first[known], second[known]
    if len(first) < FEWEST:
        return np.nan, np.nan, np.nan
    rows = np.random.default_rng(bootstrap.seed).integers(
        len(first), size=(bootstrap.resamples, len(first))
    )
    low, high = bootstrap.interval(rank_correlation(first[rows], second[rows]))
    return float(rank_correlation(first[None], second[None])[0]), float(low), float(high)

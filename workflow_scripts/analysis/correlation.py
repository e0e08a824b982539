"""Rank correlation of many pairs of rows at once."""

import numpy as np
from scipy import stats


def rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each row: [B, A] and [B, A] to [B]; NaN where a row is constant."""
    a, b = (stats.rankdata(each, axis=1) - (each.shape[1] + 1) / 2 for each in (first, second))
    with np.errstate(invalid="ignore"):
        return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))

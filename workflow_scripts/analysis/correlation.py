"""How two quantities of the same models go together, for many resamples at once.

Each row of an array is a resample, each column a model. Where models are compared only within a
block, such as those of one backbone, `blocks` has the columns of each.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from workflow_scripts.analysis.estimates import Bootstrap

Blocks = Sequence[np.ndarray]  # int64 [A_b] each
FEWEST = 3  # models that a correlation is of


def rank_correlation(
    first: np.ndarray, second: np.ndarray, blocks: Blocks | None = None
) -> np.ndarray:
    """Spearman's correlation of each row: [B, A] and [B, A] to [B]; NaN where a row is constant.

    Within blocks it is the correlation of the ranks that models have in their own block, as shares
    of its size, about their mean: a block that differs from others as a whole adds nothing.
    """
    if blocks is None:
        a, b = (_centred_ranks(each) for each in (first, second))
    else:
        a, b = (
            np.hstack([_centred_ranks(each[:, block]) / len(block) for block in blocks])
            for each in (first, second)
        )
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


def roc_area(scores: np.ndarray, positive: np.ndarray, blocks: Blocks | None = None) -> np.ndarray:
    """Area under the ROC curve of each row: float [B, A] and bool [B, A] to [B].

    It is the share of the pairs of a positive and a negative of which the positive has the higher
    score; a tie counts half. Within blocks only pairs of one block count. NaN without any pair.
    """
    won, pairs = np.zeros(len(scores)), np.zeros(len(scores))
    for block in [np.arange(scores.shape[1])] if blocks is None else blocks:
        own = positive[:, block]
        ranks, count = stats.rankdata(scores[:, block], axis=1), own.sum(axis=1)
        won += (ranks * own).sum(axis=1) - count * (count + 1) / 2
        pairs += count * (len(block) - count)
    with np.errstate(invalid="ignore"):
        return won / pairs


def _centred_ranks(values: np.ndarray) -> np.ndarray:
    return stats.rankdata(values, axis=1) - (values.shape[1] + 1) / 2

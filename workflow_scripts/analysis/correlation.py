"""How two quantities of the same models go together, for many resamples at once.

Each row of an array is a resample, each column a model. Where models are compared only within a
block, such as those of one backbone, `blocks` has the columns of each.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

Blocks = Sequence[np.ndarray]  # int64 [A_b] each


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

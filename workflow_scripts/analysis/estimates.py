"""Quantities of several variants of a model, or of several models, with their resamples.

A variant is the model with some directions pruned, or a point on the way between two models. The
resamples of the images are those of the pool, so that a variant that is a model of the pool has
that model's numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.method.bootstrap import (
    percentile_interval,
    resampled_means,
    resampled_sums,
    resampling_counts,
)

SHIFTS = "shifts"  # in place of a data set's name: the average over the shifts


@dataclass(frozen=True)
class Bootstrap:
    """How images are resampled: the section `bootstrap` of config.yaml."""

    resamples: int  # number of resamples
    confidence: float  # coverage of the intervals, in (0, 1)
    seed: int

    def counts(self, images: int, dataset: str) -> np.ndarray:
        """How often each image of a data set is in each resample, uint16 [resamples, images]."""
        return resampling_counts(images, dataset, self.resamples, self.seed)

    def interval(self, resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends [...] of the percentile interval of resampled values [B, ...]."""
        return percentile_interval(resampled, self.confidence)


class Estimate(NamedTuple):
    """A quantity of V variants."""

    value: np.ndarray  # float64 [V]
    resampled: np.ndarray  # float64 [B, V], of each resample of the images


def resamples_table(labels: Mapping[str, Any], **columns: np.ndarray) -> pd.DataFrame:
    """Resampled values as a table, by which models are compared on the same resamples.

    Parameters
    ----------
    labels: columns that are the same in all rows, such as the model.
    columns: float64 [B] of each quantity.

    Returns
    -------
    The labels, the number of the `resample` from 1, and the quantities; a row a resample.
    """
    resamples = len(next(iter(columns.values())))
    return pd.DataFrame({**labels, "resample": np.arange(1, resamples + 1), **columns})


def without_resamples(value: np.ndarray) -> Estimate:
    """A quantity [V] that is not resampled, and so has no interval."""
    return Estimate(value, np.full((1, len(value)), np.nan))


def mean_over_images(values: np.ndarray, dataset: str, bootstrap: Bootstrap) -> Estimate:
    """Average [N, V] over the images of a data set; NaN is undefined and left out."""
    counts = bootstrap.counts(len(values), dataset)
    defined = ~np.isnan(values)
    if defined.all():
        return Estimate(values.mean(axis=0), resampled_means(counts, values))
    filled = np.where(defined, values, 0)
    with np.errstate(invalid="ignore"):
        return Estimate(
            filled.sum(axis=0) / defined.sum(axis=0),
            resampled_sums(counts, filled) / resampled_sums(counts, defined),
        )


def average(estimates: Sequence[Estimate]) -> Estimate:
    """Average over one or more data sets, each counting the same whatever its size."""
    zero = np.zeros(())
    return Estimate(
        sum((each.value for each in estimates), start=zero) / len(estimates),
        sum((each.resampled for each in estimates), start=zero) / len(estimates),
    )


def curve(estimate: Estimate, orders_of_kind: int, bootstrap: Bootstrap) -> pd.DataFrame:
    """Values of one quantity at all points, and their difference from the last: the model as it is.

    The difference is paired: both are of the same resample. Several orders of a kind are
    averaged; `lowest` and `highest` are the extremes among them, empty for a single one.

    Parameters
    ----------
    estimate: of `orders_of_kind` x P values.
    """
    values = estimate.value.reshape(orders_of_kind, -1)
    mean = values.mean(axis=0)
    resampled = estimate.resampled.reshape(len(estimate.resampled), orders_of_kind, -1).mean(axis=1)
    low, high = bootstrap.interval(resampled)
    change_low, change_high = bootstrap.interval(resampled - resampled[:, -1:])
    return pd.DataFrame(
        {
            "value": mean,
            "low": low,
            "high": high,
            "change": mean - mean[-1],
            "change_low": change_low,
            "change_high": change_high,
            "lowest": values.min(axis=0) if orders_of_kind > 1 else np.nan,
            "highest": values.max(axis=0) if orders_of_kind > 1 else np.nan,
        }
    )

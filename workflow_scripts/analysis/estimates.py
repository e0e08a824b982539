"""Quantities of several variants of a model, or of several models, with their resamples.

A variant is the model with some directions pruned, or a point on the way between two models. The
resamples of the images are those of the pool, so that a variant that is a model of the pool has
that model's numbers.
"""

from typing import NamedTuple

import numpy as np

from workflow_scripts.method.bootstrap import (
    percentile_interval,
    resampled_means,
    resampled_sums,
    resampling_counts,
)

SHIFTS = "shifts"  # in place of a data set's name: the average over the shifts


class Estimate(NamedTuple):
    """A quantity of V variants."""

    value: np.ndarray  # float64 [V]
    draws: np.ndarray  # float64 [B, V], of each resample of the images

    def interval(self, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends, each [V]."""
        return percentile_interval(self.draws, confidence)


def without_draws(value: np.ndarray) -> Estimate:
    """A quantity [V] that is not resampled, and so has no interval."""
    return Estimate(value, np.full((1, len(value)), np.nan))


def mean_over_images(values: np.ndarray, dataset: str, bootstrap: dict) -> Estimate:
    """Average [N, V] over the images of a data set; NaN is undefined and left out."""
    counts = resampling_counts(len(values), dataset, bootstrap["draws"], bootstrap["seed"])
    defined = ~np.isnan(values)
    if defined.all():
        return Estimate(values.mean(axis=0), resampled_means(counts, values))
    filled = np.where(defined, values, 0)
    with np.errstate(invalid="ignore"):
        return Estimate(
            filled.sum(axis=0) / defined.sum(axis=0),
            resampled_sums(counts, filled) / resampled_sums(counts, defined),
        )


def average(estimates: list[Estimate]) -> Estimate | None:
    """Average over data sets, each counting the same; None without any."""
    if not estimates:
        return None
    value, draws = (sum(parts) / len(estimates) for parts in zip(*estimates, strict=True))
    return Estimate(value, draws)

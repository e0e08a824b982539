"""Accuracy and effective robustness of variants of a model, with intervals.

A variant is the model with some directions pruned, or a point on the way between two models. Their
resamples and their line are those of the pool (measures/effective_robustness.py), so that a variant
that is a model of the pool has that model's numbers.
"""

from typing import NamedTuple

import numpy as np

from workflow_scripts.lib.bootstrap import (
    percentile_interval,
    resampled_means,
    resampled_sums,
    resampling_counts,
)
from workflow_scripts.lib.effective_robustness import Line, effective_robustness, fit_line
from workflow_scripts.measures.effective_robustness import accuracies, checked_line

SHIFTS = "shifts"  # in place of a data set's name: the average over the shifts


class Estimate(NamedTuple):
    """A quantity of V variants."""

    value: np.ndarray  # float64 [V]
    draws: np.ndarray  # float64 [B, V], of each resample of the images

    def interval(self, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends, each [V]."""
        return percentile_interval(self.draws, confidence)


class Baselines(NamedTuple):
    """The line through the baselines: of the data, and of each resample."""

    line: Line
    draws: Line

    @classmethod
    def read(
        cls, correct: list[str], pool: list[str], test: str, shifts: list[str], bootstrap: dict
    ) -> "Baselines":
        """Fit the line anew from which images the baselines classify correctly.

        Parameters
        ----------
        correct: the accuracy measure's HDF5 file of each baseline, in the order of `pool`.
        pool: ids of the baselines.
        test, shifts: ids of the data sets.
        bootstrap: draws, confidence, seed.
        """
        accuracy, accuracy_draws = accuracies(correct, pool, [test], bootstrap)
        shift, shift_draws = accuracies(correct, pool, shifts, bootstrap)
        return cls(checked_line(accuracy, shift), fit_line(accuracy_draws, shift_draws))

    def robustness(self, accuracy: Estimate, shift: Estimate) -> Estimate:
        """Effective robustness (equation 5) of variants."""
        slopes, intercepts = self.draws.slope[:, None], self.draws.intercept[:, None]
        return Estimate(
            effective_robustness(shift.value, accuracy.value, self.line.slope, self.line.intercept),
            effective_robustness(shift.draws, accuracy.draws, slopes, intercepts),
        )


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


def average(estimates: list[Estimate]) -> Estimate:
    """Average over data sets, each counting the same."""
    value, draws = (sum(parts) / len(estimates) for parts in zip(*estimates, strict=True))
    return Estimate(value, draws)

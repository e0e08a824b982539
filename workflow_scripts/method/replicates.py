"""Intervals over replicates: complete draws of an experiment, each with its own seeds.

Not in the paper, whose intervals are over the choice of images alone.
"""

import numpy as np
from scipy import stats

from .errors import InputError


def over_replicates(
    values: np.ndarray, low: np.ndarray, high: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over replicates, with an interval by the choice of seeds and of images.

    Replicates see the same images, so that their mean errs by the images as much as a single one
    does, and by the seeds as the mean of R draws. The two half-widths, Student's for the seeds with
    R - 1 degrees of freedom, add in quadrature, on each side by itself (the method of variance
    estimates recovery: Zou and Donner, Statistics in Medicine 27, 2008). A percentile over so few
    replicates would be far too narrow.

    Parameters
    ----------
    values: [R, ...] of each replicate; NaN is undefined, and so is then the mean.
    low, high: [R, ...], the ends of its interval over images.
    confidence: of these intervals and of the result, in (0, 1).

    Returns
    -------
    Mean, low and high, float64 [...]; of one replicate its own. Where a replicate has no interval,
    low and high are NaN.

    Raises
    ------
    InputError: there is no replicate.
    """
    if not len(values):
        raise InputError("No replicate to average; expected at least one.")
    mean = values.mean(axis=0)
    if len(values) == 1:
        return mean, low[0], high[0]
    quantile = stats.t.ppf((1 + confidence) / 2, len(values) - 1)
    by_seeds = quantile * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    # A value outside its own range, as of a first draw, has no width on that side.
    below = (values - low).mean(axis=0).clip(min=0)
    above = (high - values).mean(axis=0).clip(min=0)
    return mean, mean - np.hypot(by_seeds, below), mean + np.hypot(by_seeds, above)

"""Effective robustness: the line in logit space and the height above it (Appendix A)."""

from typing import NamedTuple

import numpy as np

MINIMUM_BASELINES = 3


class Line(NamedTuple):
    """logit(ACC(S)) = slope * logit(ACC(I)) + intercept; arrays of the fit's leading shape."""

    slope: np.ndarray
    intercept: np.ndarray
    r: np.ndarray  # Pearson correlation of the logits; NaN if all shift accuracies are equal


def logit(accuracy: np.ndarray) -> np.ndarray:
    """ln(x) - ln(1 - x) for x in [0, 1]; -inf at 0 and inf at 1."""
    accuracy = np.asarray(accuracy, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return np.log(accuracy) - np.log1p(-accuracy)


def inverse_logit(value: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) in [0, 1], without overflow; 0 at -inf and 1 at inf."""
    value = np.asarray(value, dtype=np.float64)
    small = np.exp(-np.abs(value))
    return np.where(value >= 0, 1, small) / (1 + small)


def usable(accuracy: np.ndarray, shift_accuracy: np.ndarray) -> np.ndarray:
    """Baselines that can enter the fit: both accuracies strictly between 0 and 1.

    The logit of 0 and of 1 is infinite, so such a baseline is left out of the fit, and reported.
    """
    # ASSUME: left out; clipping to 1/(2N) would pull the line by an arbitrary amount.
    return (accuracy > 0) & (accuracy < 1) & (shift_accuracy > 0) & (shift_accuracy < 1)


def fit_line(accuracy: np.ndarray, shift_accuracy: np.ndarray) -> Line:
    """Least-squares line through the logits of the usable baselines (Appendix A).

    Parameters
    ----------
    accuracy: [..., B] accuracies ACC(I) on ImageNet, in [0, 1].
    shift_accuracy: [..., B] accuracies ACC(S), averaged over the shifts, in [0, 1].

    Returns
    -------
    Line of arrays [...]; NaN where fewer than three baselines are usable or all their
    accuracies are equal.
    """
    use = usable(accuracy, shift_accuracy)
    n = use.sum(axis=-1, keepdims=True)
    x = logit(np.where(use, accuracy, 0.5))
    y = logit(np.where(use, shift_accuracy, 0.5))
    with np.errstate(invalid="ignore", divide="ignore"):
        x_mean = np.where(use, x, 0).sum(axis=-1, keepdims=True) / n
        y_mean = np.where(use, y, 0).sum(axis=-1, keepdims=True) / n
        dx, dy = np.where(use, x - x_mean, 0), np.where(use, y - y_mean, 0)
        xx, yy, xy = (dx * dx).sum(-1), (dy * dy).sum(-1), (dx * dy).sum(-1)
        defined = (n[..., 0] >= MINIMUM_BASELINES) & _varies(x, use)
        slope = np.where(defined, xy / xx, np.nan)
        intercept = y_mean[..., 0] - slope * x_mean[..., 0]
        r = np.where(defined & _varies(y, use), xy / np.sqrt(xx * yy), np.nan)
    return Line(slope, intercept, np.clip(r, -1, 1))


def _varies(values: np.ndarray, use: np.ndarray) -> np.ndarray:
    """Whether the used values differ; exact, where a sum of squares would show rounding."""
    high = np.where(use, values, -np.inf).max(axis=-1, initial=-np.inf)
    low = np.where(use, values, np.inf).min(axis=-1, initial=np.inf)
    return high > low


def predicted_accuracy(
    accuracy: np.ndarray, slope: np.ndarray, intercept: np.ndarray
) -> np.ndarray:
    """Shift accuracy that the line predicts, logit^-1(slope * logit(ACC(I)) + intercept).

    An accuracy of exactly 0 or 1 has the limit of the prediction there: 0 and 1 for a rising line.
    """
    with np.errstate(invalid="ignore"):
        rise = np.where(np.equal(slope, 0), 0, slope * logit(accuracy))
    return inverse_logit(rise + intercept)


def effective_robustness(
    shift_accuracy: np.ndarray, accuracy: np.ndarray, slope: np.ndarray, intercept: np.ndarray
) -> np.ndarray:
    """Equation 5: shift accuracy minus the line's prediction, in (-1, 1)."""
    return shift_accuracy - predicted_accuracy(accuracy, slope, intercept)


def percent_acc(shift_accuracy: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """Quotient of shift and ImageNet accuracy (Section 3, %acc); NaN where the latter is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.equal(accuracy, 0), np.nan, np.divide(shift_accuracy, accuracy))

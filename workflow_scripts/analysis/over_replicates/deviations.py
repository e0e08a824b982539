"""Whether the numbers of a run are a further draw of the experiment that a reference has R of.

With so few replicates the standard deviation of one number says little; those of the numbers of a
group, one column of a table, are known together far better. So each is moderated by its group as in
Smyth (2004, Statistical Applications in Genetics and Molecular Biology 3), and the deviation of a
new draw follows Student's distribution with more degrees of freedom.
"""

from typing import NamedTuple

import numpy as np
from scipy import special, stats

LARGEST = 6.0  # normal score up to which one number counts in the deviation of its group
SMALLEST = 1e-5  # variance that a number has at least, as a share of its group's median
FEWEST = 8  # numbers of a group that is judged as a whole: fewer are counts of rare things
EXACT = 1e-9  # by how much numbers differ, relatively, that are the same but for rounding


class Deviations(NamedTuple):
    """How far a new draw lies from a reference, by number.

    Numbers of a group that is the same in all replicates have to be the same in the new draw, too:
    their score is 0 or infinite.
    """

    mean: np.ndarray  # float64 [N]
    spread: np.ndarray  # float64 [N], moderated standard deviation of a further draw
    degrees: np.ndarray  # float64 [N], degrees of freedom of Student's distribution; may be inf
    score: np.ndarray  # float64 [N], the deviation as a standard normal variable


def deviations(values: np.ndarray, new: np.ndarray, groups: np.ndarray) -> Deviations:
    """Deviations of a new draw from R others.

    Parameters
    ----------
    values: finite [N, R], R at least 2.
    new: finite [N].
    groups: int [N], the group of each number.
    """
    replicates = values.shape[1]
    mean, variance = values.mean(axis=1), values.var(axis=1, ddof=1)
    spread, degrees = np.empty(len(values)), np.empty(len(values))
    for group in np.unique(groups):
        own = groups == group
        spread[own], degrees[own] = moderated(variance[own], replicates - 1)
    spread *= np.sqrt(1 + 1 / replicates)
    difference = np.where(np.isclose(new, mean, rtol=EXACT, atol=EXACT), 0, new - mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(difference == 0, 0, difference / spread)
    # By the tail on its own side, so that no score is lost to rounding next to 1.
    score = np.sign(ratio) * -stats.norm.ppf(stats.t.sf(np.abs(ratio), degrees))
    return Deviations(mean, spread, degrees, score)


def moderated(variance: np.ndarray, degrees: int) -> tuple[np.ndarray, float]:
    """Standard deviations of a group's numbers, each with what the group says of it.

    Parameters
    ----------
    variance: [N], each estimated with `degrees` degrees of freedom.

    Returns
    -------
    float64 [N], and their degrees of freedom; all 0 in a group whose numbers never vary.
    """
    varying = variance[variance > 0]
    if not len(varying):
        return np.zeros(len(variance)), float(degrees)
    logs = np.log(np.maximum(varying, SMALLEST * np.median(varying)))
    logs += np.log(degrees / 2) - special.digamma(degrees / 2)
    excess = logs.var(ddof=1) - special.polygamma(1, degrees / 2) if len(logs) > 1 else np.inf
    if excess <= 0:  # no more scatter than chance gives: all have the same
        return np.full(len(variance), np.exp(logs.mean() / 2)), np.inf
    prior = 2 * _inverse_trigamma(excess) if np.isfinite(excess) else 0.0
    if prior == 0:
        # Where one number alone varies, the others happened not to: they have the group's mean.
        return np.sqrt(np.maximum(variance, variance.mean())), float(degrees)
    common = np.exp(logs.mean() + special.digamma(prior / 2) - np.log(prior / 2))
    pooled = (prior * common + degrees * variance) / (prior + degrees)
    return np.sqrt(pooled), degrees + prior


def _inverse_trigamma(value: float) -> float:
    """The x whose trigamma is a value, by Newton's method, which is monotone in 1 / trigamma."""
    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = special.polygamma(1, x)
        step = trigamma * (1 - trigamma / value) / special.polygamma(2, x)
        x += step
        if -step / x < 1e-10:
            break
    return float(x)


class Groups(NamedTuple):
    """How far the groups of numbers lie from a reference, each as a whole."""

    deviation: np.ndarray  # float64 [G], mean squared score; about 1 for a further draw
    score: np.ndarray  # float64 [G], by how many standard deviations it is above what replicates do


def group_deviations(values: np.ndarray, new: np.ndarray, groups: np.ndarray) -> Groups:
    """Deviations of whole groups, on the scale of the deviations of each replicate from the others.

    The numbers of a group depend on one another, as those of one model do, so how much they deviate
    together is learnt from the reference: each replicate is held against the other ones.

    Parameters
    ----------
    values, new, groups: as in `deviations`; R at least 3, and groups are numbered from 0. Those
        of few numbers are not judged as a whole: their score is 0.
    """
    own = _mean_squares(deviations(values, new, groups).score, groups)
    others = np.stack(
        [
            _mean_squares(
                deviations(np.delete(values, left_out, axis=1), values[:, left_out], groups).score,
                groups,
            )
            for left_out in range(values.shape[1])
        ]
    )
    # With 1 added, since a group that hardly deviates is no matter of concern.
    logs = np.log1p(others)
    varies = others.max(axis=0) > 0
    spread = np.sqrt(logs.var(axis=0, ddof=1)[varies].mean()) if varies.any() else 1.0
    spread *= np.sqrt(1 + 1 / values.shape[1])
    score = (np.log1p(own) - logs.mean(axis=0)) / spread
    return Groups(own, np.where(np.bincount(groups) < FEWEST, 0, score))


class Limits(NamedTuple):
    """Scores that a further draw exceeds with a given probability: of any number, of any group."""

    number: float
    group: float


def limits(values: np.ndarray, groups: np.ndarray, alarms: float) -> Limits:
    """By how much all numbers, and all groups, of a further draw stay below.

    Numbers depend on one another in ways that nobody knows. So each replicate is held against the
    other ones, and the largest of its scores predicts that of a further draw, by Student's
    distribution.

    Parameters
    ----------
    values, groups: as in `group_deviations`; R at least 4.
    alarms: probability with which a further draw exceeds either limit.
    """
    largest = []
    for left_out in range(values.shape[1]):
        others, new = np.delete(values, left_out, axis=1), values[:, left_out]
        numbers = np.abs(deviations(others, new, groups).score)
        # Of what cannot differ nothing is learnt.
        number = numbers[np.isfinite(numbers)].max(initial=0)
        largest.append((number, group_deviations(others, new, groups).score.max()))
    scores = np.array(largest)
    quantile = stats.t.isf(alarms, len(scores) - 1) * np.sqrt(1 + 1 / len(scores))
    number, group = scores.mean(axis=0) + quantile * scores.std(axis=0, ddof=1)
    # At least what it would be if all numbers, or groups, were independent of one another.
    independent = stats.norm.isf(alarms / 2 / len(values))
    degrees = 2 * (len(scores) - 1)  # ASSUME: what the groups' common spread is known with
    of_groups = stats.t.isf(alarms / (groups.max() + 1), degrees)
    return Limits(max(number, independent), max(group, of_groups))


def _mean_squares(scores: np.ndarray, groups: np.ndarray) -> np.ndarray:
    squares = np.minimum(np.abs(scores), LARGEST) ** 2
    return np.bincount(groups, weights=squares) / np.bincount(groups)

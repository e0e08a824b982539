"""Activation kurtosis: does the representation have outlier features? (Section 3, equation 1).

It compares encoders that end alike, as the paper's do: in attention pooling, a projection or a
layer norm, whose components have either sign. Where h is the average of a rectifier's output, as in
most convolutional networks, most components are small, some are large and none is negative: the
distribution is skewed and heavy-tailed by construction. Its kurtosis is above 3 in models that are
not robust, too, and says nothing beside that of another kind. Nor does kurtosis survive a change of
basis: rotated at random, either kind has about 3.

So beside it stand the components that cause it, and what no rotation changes: how much of h is its
mean, and along how many directions it spreads.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

OUTLYING = 3  # standard deviations; of a Gaussian's components 0.3 % lie beyond


def activation_kurtosis(h: np.ndarray) -> np.ndarray:
    """Kurtosis of each activation vector over its components (the inner sum of equation 1).

    Biased (moments are divided by d_H) and not excess: 3 for a Gaussian, at least 1. Two passes in
    float64: deviations from the mean first, then their moments.

    Parameters
    ----------
    h: finite float32 [N, d_H].

    Returns
    -------
    float64 [N]; NaN for a constant vector, whose standard deviation is zero.
    """
    fourth, variance = _fourth_powers(h)
    return fourth.mean(axis=1) / variance**2


def _fourth_powers(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Deviations from each vector's mean to the fourth power [N, d_H], and its variance [N].

    Both in units of its largest deviation; the variance of a constant vector is NaN.
    """
    deviation = h.astype(np.float64)
    deviation -= deviation.mean(axis=1, keepdims=True)
    # scaled by the largest, so that no moment can over- or underflow
    largest = np.abs(deviation).max(axis=1, keepdims=True)
    constant = (h == h[:, :1]).all(axis=1)
    deviation /= np.where(constant[:, None], 1, largest)
    deviation **= 2
    variance = np.where(constant, np.nan, deviation.mean(axis=1))
    deviation **= 2
    return deviation, variance


@dataclass(frozen=True)
class Moments:
    """Sums over images, from which components and spectrum follow; those of batches add up."""

    images: int
    defined: int  # images whose kurtosis is
    first: np.ndarray  # h, float64 [d_H]
    second: np.ndarray  # h h^T, float64 [d_H, d_H]
    positive: np.ndarray  # whether a component is above zero, int64 [d_H]
    negative: np.ndarray  # whether it is below zero, int64 [d_H]
    kurtosis: np.ndarray  # contributions to the kurtosis of an image, float64 [d_H]
    outlying: np.ndarray  # whether a component is an outlier of its image, int64 [d_H]
    largest: np.ndarray  # whether a component is the largest in magnitude, int64 [d_H]

    def __add__(self, other: "Moments") -> "Moments":
        """The sums over the images of both."""
        names = [field.name for field in fields(self)]
        return Moments(**{name: getattr(self, name) + getattr(other, name) for name in names})


def moments(h: np.ndarray) -> Moments:
    """Sum over the images what `components` and `spectrum` need, in float64.

    Parameters
    ----------
    h: finite float32 [N, d_H].
    """
    fourth, variance = _fourth_powers(h)
    defined = ~np.isnan(variance)
    scores = fourth[defined] / variance[defined, None] ** 2
    # ASSUME: of equally large components the first counts; of a zero vector none does.
    winners = np.abs(h).argmax(axis=1)[h.any(axis=1)]
    wide = h.astype(np.float64)
    return Moments(
        images=len(h),
        defined=int(defined.sum()),
        first=wide.sum(axis=0),
        second=wide.T @ wide,
        positive=(h > 0).sum(axis=0),
        negative=(h < 0).sum(axis=0),
        kurtosis=scores.sum(axis=0) / h.shape[1],
        outlying=(scores > OUTLYING**4).sum(axis=0),
        largest=np.bincount(winners, minlength=h.shape[1]),
    )


class Components(NamedTuple):
    """What each component of h does on average over the images: float64 [d_H]."""

    mean: np.ndarray
    positive: np.ndarray  # share of the images in which it is above zero
    negative: np.ndarray  # share of the images in which it is below zero
    share: np.ndarray  # of E|h|^2; all add up to 1; NaN if h is always zero
    kurtosis: np.ndarray  # contribution; all add up to the activation kurtosis; NaN without one
    # share of the images in which it lies more than OUTLYING standard deviations of the image's
    # components from their mean, and in which it is the largest in magnitude
    outlying: np.ndarray
    largest: np.ndarray


def components(sums: Moments) -> Components:
    """Describe each component, so that outliers can be named; it depends on the basis."""
    energy = sums.second.diagonal()
    with np.errstate(invalid="ignore", divide="ignore"):
        return Components(
            mean=sums.first / sums.images,
            positive=sums.positive / sums.images,
            negative=sums.negative / sums.images,
            share=energy / energy.sum(),
            kurtosis=sums.kurtosis / sums.defined if sums.defined else sums.kurtosis * np.nan,
            outlying=sums.outlying / sums.images,
            largest=sums.largest / sums.images,
        )


class Spectrum(NamedTuple):
    """How h spreads over directions; no rotation of the basis changes it. NaN if h is zero."""

    mean_share: float  # |E h|^2 / E|h|^2, in [0, 1]
    leading_share: float  # of the leading eigenvector of E[h h^T] in E|h|^2, in [1 / d_H, 1]
    participation_ratio: float  # (sum of eigenvalues)^2 / sum of their squares, in [1, d_H]


def spectrum(sums: Moments) -> Spectrum:
    """Describe the mean of h and the eigenvalues of E[h h^T], which is not centred."""
    energy = sums.second.trace()
    if energy == 0:
        return Spectrum(np.nan, np.nan, np.nan)
    second = sums.second / energy
    mean_share = (sums.first**2).sum() / sums.images / energy
    leading_share = np.linalg.eigvalsh(second)[-1]
    return Spectrum(float(mean_share), float(leading_share), float(1 / (second**2).sum()))

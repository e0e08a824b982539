"""Activation kurtosis: does the representation have outlier features? (Section 3, equation 1).

It compares encoders that end alike, as the paper's do: in attention pooling, a projection or a
layer norm, whose components have either sign. Where h is the average of a rectifier's output, as in
most convolutional networks, most components are small, some are large and none is negative: the
distribution is skewed and heavy-tailed by construction. Its kurtosis is above 3 in models that are
not robust, too, and says nothing beside that of another kind. Nor does kurtosis survive a change of
basis: rotated at random, either kind has about 3.
"""

import numpy as np


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
    deviation = h.astype(np.float64)
    deviation -= deviation.mean(axis=1, keepdims=True)
    # scaled by the largest, so that no moment can over- or underflow
    largest = np.abs(deviation).max(axis=1, keepdims=True)
    constant = (h == h[:, :1]).all(axis=1)
    deviation /= np.where(constant[:, None], 1, largest)
    deviation **= 2
    variance = deviation.mean(axis=1)
    deviation **= 2
    return deviation.mean(axis=1) / np.where(constant, np.nan, variance) ** 2

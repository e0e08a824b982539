"""Importance of each direction of a head, and the importance ratio (Section 4, equations 2, 3)."""

import numpy as np

from .directions import singular_directions


def absolute_cosines(v: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """|cos(v_i, h)| of each image and direction.

    Parameters
    ----------
    v: float64 [rank, d_H], rows of norm 1.
    h: finite float32 [N, d_H].

    Returns
    -------
    float64 [N, rank] in [0, 1], 0 where h is zero; and bool [N], where h is not zero.
    """
    h = h.astype(np.float64)
    largest = np.abs(h).max(axis=1, keepdims=True)
    defined = largest[:, 0] > 0
    h /= np.where(defined[:, None], largest, 1)  # squares can then neither over- nor underflow
    norm = np.linalg.norm(h, axis=1, keepdims=True)
    cosines = np.abs(h @ v.T) / np.where(defined[:, None], norm, 1)
    return np.minimum(cosines, 1), defined


def importances(weight: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Importance of a head's right singular vectors, by descending singular value (equation 2).

    The share of the singular value in their sum, times the mean |cos(v_i, h)| over the images whose
    activation is not zero.

    Parameters
    ----------
    weight: W, floating-point [K, d_H]
    h: activations, finite float32 [N, d_H]

    Returns
    -------
    float64 [rank], each in [0, 1].

    Raises
    ------
    InputError: W is zero, so that it has no direction
    """
    sigma, v = singular_directions(weight)
    cosines, defined = absolute_cosines(v, h)
    return sigma / sigma.sum() * cosines[defined].mean(axis=0)


def importance_ratio(importance: np.ndarray) -> np.ndarray:
    """Largest importance over the mean importance, along the last axis; in [1, rank].

    Equation 3 as printed has rank(W) where it would turn the mean into something else.
    """
    # ASSUME: max / mean, as the text of Section 4 says ("quotient of the largest and the average").
    return importance.max(axis=-1) / importance.mean(axis=-1)

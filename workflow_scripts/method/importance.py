"""Importance of each direction of a head, and the importance ratio (Section 4, equations 2, 3)."""

import numpy as np


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


def importance_ratio(importance: np.ndarray) -> np.ndarray:
    """Largest importance over the mean importance, along the last axis; in [1, rank].

    Equation 3 as printed has rank(W) where it would turn the mean into something else.
    """
    # ASSUME: max / mean, as the text of Section 4 says ("quotient of the largest and the average").
    return importance.max(axis=-1) / importance.mean(axis=-1)

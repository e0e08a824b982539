"""Singular value decomposition of a classification head and the sign of its directions."""

import numpy as np

from .errors import InputError


def singular_directions(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Singular values and right singular vectors of W up to its rank (Section 4).

    The decomposition is computed in float64. The rank counts the singular values above numpy's
    `matrix_rank` tolerance, max(sigma) * max(K, d_H) * eps.

    Parameters
    ----------
    weight: floating-point [K, d_H].

    Returns
    -------
    sigma float64 [rank], positive and descending; v float64 [rank, d_H], orthonormal rows of
    arbitrary sign.

    Raises
    ------
    InputError: W is zero, so that it has no direction.
    """
    _, sigma, v = np.linalg.svd(weight.astype(np.float64), full_matrices=False)
    # ASSUME: eps is that of W's own type, as in `matrix_rank(W)`. The entries of a float32 matrix
    # carry rounding errors of that size, which a float64 tolerance would count as directions.
    tolerance = sigma[0] * max(weight.shape) * np.finfo(weight.dtype).eps
    rank = int((sigma > tolerance).sum())
    if rank == 0:
        raise InputError("the head's weight is zero: found rank 0, expected at least 1.")
    return sigma[:rank], v[:rank]


def orient(v: np.ndarray, mean_activation: np.ndarray) -> np.ndarray:
    """Fix the sign of each direction: the mean projection of the activations is positive.

    Singular vectors have no sign, but the average precision of a concept depends on it.

    Parameters
    ----------
    v: [rank, d_H].
    mean_activation: [d_H], the mean of h over the ImageNet test images.

    Returns
    -------
    float64 [rank, d_H], rows of v times +1 or -1; where the mean projection is exactly zero,
    the largest component is positive.
    """
    # ASSUME: the paper states no sign; see the README on how much the other one changes.
    projection = v @ mean_activation.astype(np.float64)
    largest = np.take_along_axis(v, np.abs(v).argmax(axis=1)[:, None], axis=1)[:, 0]
    sign = np.sign(np.where(projection == 0, largest, projection))
    return v * sign[:, None]


def right_singular_vectors(
    weight: np.ndarray, mean_activation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Singular values [rank] and oriented right singular vectors [rank, d_H] of W."""
    sigma, v = singular_directions(weight)
    return sigma, orient(v, mean_activation)

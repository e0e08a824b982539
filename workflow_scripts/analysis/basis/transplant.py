"""A bias along a direction that a head does not see: another kurtosis, the same predictions."""

from typing import NamedTuple

import numpy as np

from workflow_scripts.analysis.basis.rotations import first_crossing, mean_kurtosis
from workflow_scripts.method.directions import singular_directions
from workflow_scripts.method.kurtosis import activation_kurtosis

# Lengths of the bias that are tried, as multiples of the mean |h|
LENGTHS = tuple(2.0**power for power in range(-6, 9))


class Unseen(NamedTuple):
    """A unit vector u with W u = 0 that lies as near to one axis as any."""

    direction: np.ndarray  # float64 [d_H]
    component: int  # the axis
    dimensions: int  # of the space of all such vectors, d_H - rank(W)


def unseen_direction(weight: np.ndarray) -> Unseen | None:
    """The projection of an axis on the null space of W [K, d_H]; of all axes' the most peaked.

    Returns
    -------
    None if W has full column rank and so sees every direction.
    """
    v = singular_directions(weight)[1]
    width = weight.shape[1]
    if len(v) == width:
        return None
    projections = np.eye(width) - v.T @ v  # row j: that of axis j
    lengths = np.sqrt(projections.diagonal().clip(min=0))
    usable = lengths > 1e-3  # else an axis lies in what W sees, and rounding is all that is left
    unit = projections[usable] / lengths[usable, None]
    best = int(activation_kurtosis(unit.astype(np.float32)).argmax())
    return Unseen(unit[best], int(np.flatnonzero(usable)[best]), width - len(v))


def length_of_bias(
    h: np.ndarray, direction: np.ndarray, target: float, tolerance: float = 1e-3
) -> float | None:
    """How long a bias along a direction has to be for a mean kurtosis of at least `target`.

    Returns
    -------
    The smallest such multiple of the mean |h|; 0 if the kurtosis is reached as it is; None if no
    length reaches it.
    """
    unit = float(np.linalg.norm(h.astype(np.float64), axis=1).mean())
    if mean_kurtosis(h) >= target:
        return 0.0

    def kurtosis(length: float) -> float:
        return mean_kurtosis(biased(h, length * unit * direction))

    return first_crossing(kurtosis, target, LENGTHS, tolerance)


def biased(h: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """h + bias of each row, float32."""
    return (h + bias).astype(np.float32)

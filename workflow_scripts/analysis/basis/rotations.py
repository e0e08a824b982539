"""Orthogonal changes of basis: h to R h and W to W R^T, which no logit notices."""

from collections.abc import Callable

import numpy as np

from workflow_scripts.method.kurtosis import activation_kurtosis

STEPS = (0.25, 0.5, 1.0)  # along the path from the identity to a random rotation
HALVINGS = 40


def random_rotation(width: int, seed: int) -> np.ndarray:
    """An orthogonal matrix float64 [width, width], uniform over all (by Haar's measure)."""
    normal = np.random.default_rng(seed).normal(size=(width, width))
    q, r = np.linalg.qr(normal)
    return q * np.sign(r.diagonal())  # without the signs some matrices would be likelier


def path_of_rotations(width: int, seed: int) -> Callable[[float], np.ndarray]:
    """A path t -> R(t) from the identity at 0, every point orthogonal float64 [width, width].

    It is Cayley's transform of t times a random skew-symmetric matrix.
    """
    normal = np.random.default_rng(seed).normal(size=(width, width))
    skew = (normal - normal.T) / np.sqrt(2 * width)
    identity = np.eye(width)
    return lambda t: np.linalg.solve(identity + t * skew, identity - t * skew)


def mean_kurtosis(h: np.ndarray) -> float:
    """Activation kurtosis averaged over images [N, d_H], constant ones left out; NaN if all are."""
    values = activation_kurtosis(h)
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def first_crossing(
    function: Callable[[float], float], target: float, steps: tuple[float, ...], tolerance: float
) -> float | None:
    """Where a continuous function of t >= 0 first reaches a target, as far as the steps show.

    Parameters
    ----------
    steps: ascending values of t above 0, between which it is looked for
    tolerance: how near to the target the function is to be

    Returns
    -------
    t, on the far side of the crossing; None if the function stays on one side.
    """
    start = function(0) - target
    low = 0.0
    for high in steps:
        if start * (function(high) - target) <= 0:
            break
        low = high
    else:
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        distance = function(middle) - target
        low, high = (middle, high) if start * distance > 0 else (low, middle)
        if abs(distance) < tolerance and high == middle:
            break
    return high


def rotation_to(
    h: np.ndarray, target: float, tolerance: float = 1e-4, seeds: int = 20
) -> np.ndarray | None:
    """A rotation in which activations [N, d_H] have a wanted mean kurtosis.

    Returns
    -------
    float64 [d_H, d_H]; None if on none of the paths, one for each seed, the kurtosis is reached.
    """
    for seed in range(seeds):
        path = path_of_rotations(h.shape[1], seed)

        def kurtosis(t: float, path: Callable[[float], np.ndarray] = path) -> float:
            return mean_kurtosis(rotated(h, path(t)))

        t = first_crossing(kurtosis, target, STEPS, tolerance)
        if t is not None:
            return path(t)
    return None


def rotated(h: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """R h of each row of h [N, d_H], float32; also W R^T of a head's weight [K, d_H]."""
    return h @ rotation.T.astype(np.float32)

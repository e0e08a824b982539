"""A linear head on representations that stay as they are: multinomial logistic regression."""

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from workflow_scripts.job.errors import InputError

# ASSUME: penalty on the squared weights of standardised components, beside the mean loss; small
# enough to separate what can be separated, large enough for the optimum to be found.
DECAY = 1e-3


def fit_linear_head(
    h: np.ndarray, labels: np.ndarray, classes: int, decay: float = DECAY
) -> tuple[np.ndarray, np.ndarray]:
    """Weights [K, d_H] and bias [K] of the least mean cross-entropy with a penalty.

    Parameters
    ----------
    h: representations [N, d_H].
    labels: int [N] in 0..K-1.
    classes: number of classes K.
    decay: half of it times the sum of the squared weights, of components in units of their
        standard deviation, is the penalty; the bias has none.

    Raises
    ------
    InputError: the optimum was not found.
    """
    mean, scale = h.mean(axis=0, dtype=float), h.std(axis=0, dtype=float)
    scale = np.where(scale > 0, scale, 1.0)
    x, target = (h - mean) / scale, np.eye(classes)[labels]

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weight, bias = parameters[:-classes].reshape(classes, -1), parameters[-classes:]
        log_p = log_softmax(x @ weight.T + bias, axis=1)
        error = (np.exp(log_p) - target) / len(x)
        value = -(target * log_p).sum() / len(x) + decay / 2 * (weight**2).sum()
        gradient = error.T @ x + decay * weight
        return value, np.append(gradient.ravel(), error.sum(axis=0))

    start = np.zeros(classes * (h.shape[1] + 1))
    options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-10, "gtol": 1e-6}
    found: Any = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    if not found.success:
        raise InputError(
            f"Linear head on {len(h)} representations: its optimum was not found "
            f"({found.message}); representations may not be finite, or their training collapsed"
        )
    weight = found.x[:-classes].reshape(classes, -1) / scale
    return weight, found.x[-classes:] - weight @ mean

"""Components of h held at a value: what a model then predicts, and the kurtosis that is left.

Each further component changes every logit by one product and every power sum by one term, so that
nothing is computed anew for each number of components.
"""

from dataclasses import dataclass

import numpy as np

from workflow_scripts.method.head import Head

VANISHED = 1e-12  # of |h|^2: what rounding leaves of an activation of which nothing is left


@dataclass(frozen=True)
class Ablation:
    """Which components are held, one after another, and at which value."""

    order: np.ndarray  # int [O, K]: O orders of K components
    value: np.ndarray  # float64 [d_H]

    def predicted(self, h: np.ndarray, head: Head, classes: np.ndarray) -> np.ndarray:
        """The class with the largest logit with K, K - 1, ..., 0 components held.

        Parameters
        ----------
        h: float32 [N, d_H], before normalisation.
        classes: indices of the classes that compete.

        Returns
        -------
        int32 [N, O, K + 1], places in `classes`; -1 where a head that normalises is left with a
        zero vector. The last is the prediction of the model as it is.
        """
        weight, bias = head.weight[classes], None
        if head.bias is not None:
            bias = head.bias[classes]
        whole = (h.astype(np.float64) ** 2).sum(axis=1)
        scale = np.sqrt(np.where(whole > 0, whole, 1)) if head.normalise else np.ones(len(h))
        plain = head.reads(h) @ weight.T
        orders, count = self.order.shape
        best = np.empty((len(h), orders, count + 1), dtype=np.int32)
        for number, order in enumerate(self.order):
            logits, energy = plain.copy(), whole.copy()
            best[:, number, count] = self._best(logits, bias, energy, whole, head.normalise)
            for held, component in enumerate(order, start=1):
                own, value = h[:, component].astype(np.float64), self.value[component]
                change = ((value - own) / scale).astype(np.float32)
                logits += change[:, None] * weight[:, component]
                energy += value**2 - own**2
                found = self._best(logits, bias, energy, whole, head.normalise)
                best[:, number, count - held] = found
        return best

    @staticmethod
    def _best(
        logits: np.ndarray,
        bias: np.ndarray | None,
        energy: np.ndarray,
        whole: np.ndarray,
        normalise: bool,
    ) -> np.ndarray:
        """The largest logit, where logits are those of h divided by |h| before any change."""
        if not normalise:
            return (logits if bias is None else logits + bias).argmax(axis=1)
        if bias is not None:
            # After division by the norm that is left; its sign and size alone matter to argmax.
            left = np.sqrt(np.maximum(energy, 0) / np.where(whole > 0, whole, 1))
            logits = logits + left.astype(np.float32)[:, None] * bias
        return np.where(energy <= VANISHED * whole, -1, logits.argmax(axis=1))

    def kurtosis(self, h: np.ndarray) -> np.ndarray:
        """Activation kurtosis with K, K - 1, ..., 0 components held.

        Returns
        -------
        float64 [N, O, K + 1]; NaN where all components are equal.
        """
        centre = h.mean(axis=1, dtype=np.float64)
        deviation = h - centre[:, None]
        powers = np.arange(1, 5)
        whole = np.stack([(deviation**power).sum(axis=1) for power in powers])
        orders, count = self.order.shape
        values = np.empty((len(h), orders, count + 1))
        for number, order in enumerate(self.order):
            sums = whole.copy()
            values[:, number, count] = _kurtosis_of_sums(sums, h.shape[1])
            for held, component in enumerate(order, start=1):
                new = self.value[component] - centre
                sums += new ** powers[:, None] - deviation[:, component] ** powers[:, None]
                values[:, number, count - held] = _kurtosis_of_sums(sums, h.shape[1])
        return values


def _kurtosis_of_sums(sums: np.ndarray, width: int) -> np.ndarray:
    """Kurtosis [N] from the sums [4, N] of the first four powers of `width` values."""
    first, second, third, fourth = sums / width
    variance = second - first**2
    moment = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance > VANISHED * second, moment / variance**2, np.nan)

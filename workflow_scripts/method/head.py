"""The linear classification head on top of the representation (Section 2)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Head:
    """Logits are W h/|h| if `normalise` (CLIP; W includes the logit scale), else W h + b."""

    weight: np.ndarray  # float32 [K, d_H]
    bias: np.ndarray | None  # float32 [K]
    normalise: bool

    @property
    def classes(self) -> int:
        """Number of classes K."""
        return self.weight.shape[0]

    @property
    def width(self) -> int:
        """Width d_H of the representation that the head reads."""
        return self.weight.shape[1]

    def reads(self, h: np.ndarray) -> np.ndarray:
        """What the weight is multiplied with: h/|h| under `normalise`, else h itself.

        A zero vector has no direction and stays zero.
        """
        if not self.normalise:
            return h
        # float64: squares of large or tiny components leave the range of float32
        norm = np.linalg.norm(h.astype(np.float64), axis=1, keepdims=True)
        return (h / np.where(norm == 0, 1, norm)).astype(np.float32)

    def logits(self, h: np.ndarray, classes: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Logits of the given classes.

        Parameters
        ----------
        h: float32 [N, d_H], before normalisation.
        classes: indices of the wanted classes; all by default.

        Returns
        -------
        float32 [N, number of classes].
        """
        logits = self.reads(h) @ self.weight[classes].T
        return logits if self.bias is None else logits + self.bias[classes]

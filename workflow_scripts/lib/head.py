"""The linear classification head of a model bundle (Section 2)."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from workflow_scripts.lib.errors import InputError


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


def load_head(head: str | Path, card: str | Path) -> Head:
    """Read head.safetensors and card.json of a bundle.

    Raises
    ------
    InputError: a file is missing or damaged, a tensor has the wrong shape or is not finite, or
        the card does not say whether activations are normalised.
    """
    tensors = _tensors(Path(head))
    weight, bias = tensors.get("weight"), tensors.get("bias")
    if weight is None or weight.ndim != 2 or weight.size == 0:
        found = "no weight" if weight is None else f"weight {weight.shape}"
        raise InputError(f"{head}: found {found}, expected weight [K, d_H]; rebuild the bundle.")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise InputError(
            f"{head}: found bias {bias.shape}, expected ({weight.shape[0]},), one value for each "
            "row of weight; rebuild the bundle."
        )
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise InputError(f"{head}: {name} has NaN or infinite values; the training diverged.")
    return Head(weight, bias, _normalise(Path(card)))


def _tensors(path: Path) -> dict[str, np.ndarray]:
    """Read the tensors of a safetensors file as float32."""
    try:
        return {name: tensor.astype(np.float32) for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read ({error}); delete it and run again.") from error


def _normalise(path: Path) -> bool:
    """Read from a card whether h is divided by its norm before the head."""
    try:
        normalise = json.loads(path.read_text(encoding="utf-8")).get("normalise")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); delete it and run again.") from error
    if not isinstance(normalise, bool):
        raise InputError(f"{path}: key normalise: found {normalise!r}, expected true or false.")
    return normalise

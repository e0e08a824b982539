"""The head of a model bundle, without its encoder: numpy arrays."""

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from workflow_scripts.files.bundles import read_card
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import reading
from workflow_scripts.method.head import Head


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
    return Head(weight, bias, _normalise(card))


def _tensors(path: Path) -> dict[str, np.ndarray]:
    """Read the tensors of a safetensors file as float32."""
    with reading(path, also=(SafetensorError,)):
        return {name: tensor.astype(np.float32) for name, tensor in load_file(path).items()}


def _normalise(path: Path | str) -> bool:
    """Read from a card whether h is divided by its norm before the head."""
    normalise = read_card(path).get("normalise")
    if not isinstance(normalise, bool):
        raise InputError(f"{path}: key normalise: found {normalise!r}, expected true or false.")
    return normalise

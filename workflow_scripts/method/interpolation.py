"""Interpolation between the weights of two models (Wise-FT, Appendix I)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .errors import InputError

if TYPE_CHECKING:  # tensors bring their own arithmetic
    import torch


def interpolated(
    zero_shot: "Mapping[str, torch.Tensor]", finetuned: "Mapping[str, torch.Tensor]", alpha: float
) -> "dict[str, torch.Tensor]":
    """theta_alpha = (1 - alpha) theta_0 + alpha theta_1 over all entries of two state dicts.

    Batch-norm running statistics are interpolated like weights. At alpha 0 and 1 the entries are
    those of the end point, bit for bit.

    Parameters
    ----------
    zero_shot, finetuned: state dicts with the same names and shapes.
    alpha: share of the finetuned weights, in [0, 1].

    Raises
    ------
    InputError: the names or the shapes differ.
    """
    check_alike(zero_shot, finetuned)
    if alpha in (0, 1):
        return {name: value.clone() for name, value in (finetuned if alpha else zero_shot).items()}
    return {name: _between(value, finetuned[name], alpha) for name, value in zero_shot.items()}


def _between(start: "torch.Tensor", end: "torch.Tensor", alpha: float) -> "torch.Tensor":
    # ASSUME: integer buffers, such as the number of batches that batch norm has seen, cannot be
    # interpolated and are the zero-shot model's. None of them matters at inference.
    return (1 - alpha) * start + alpha * end if start.is_floating_point() else start.clone()


def check_alike(
    zero_shot: "Mapping[str, torch.Tensor]", finetuned: "Mapping[str, torch.Tensor]"
) -> None:
    """Raise InputError if two state dicts differ in names or shapes, with the first difference."""
    for name in sorted(zero_shot.keys() | finetuned.keys()):
        shapes = [
            tuple(each[name].shape) if name in each else "missing"
            for each in (zero_shot, finetuned)
        ]
        if shapes[0] != shapes[1]:
            raise InputError(
                f"weights {name}: found {shapes[1]} in the finetuned model, expected {shapes[0]} "
                "as in the zero-shot model; only models of one architecture can be interpolated."
            )

"""Terms of a loss that move an indicator, to see what follows from it (beyond the paper)."""

from typing import Any

import torch


def kurtosis(h: torch.Tensor) -> torch.Tensor:
    """Kurtosis over the components of each representation, with gradients.

    It is that of `method.kurtosis.activation_kurtosis`, and the same whatever the length of h.

    Parameters
    ----------
    h: floating point [B, d_H], of which no row is constant.

    Returns
    -------
    Kurtosis [B], 1 or more each.
    """
    deviation = h - h.mean(dim=1, keepdim=True)
    # In units of the standard deviation before the fourth power, which could underflow.
    standard = deviation / deviation.square().mean(dim=1, keepdim=True).sqrt()
    return standard.pow(4).mean(dim=1)


def kurtosis_penalty(h: torch.Tensor, recipe: dict[str, Any]) -> torch.Tensor | float:
    """What a recipe adds to the loss of representations h [B, d_H]; 0 if it holds no kurtosis.

    ASSUME: `kurtosis_weight` times the mean over images of the squared logarithm of kurtosis over
    its target. Of ratios, since kurtosis has no upper end and single images' would rule the mean.
    """
    if "kurtosis" not in recipe:
        return 0.0
    distance = kurtosis(h).log() - torch.tensor(float(recipe["kurtosis"])).log()
    return recipe["kurtosis_weight"] * distance.square().mean()

"""Random changes of training images that were decoded before: shifts and flips."""

from typing import Any

import torch


def random_changes(
    images: int, recipe: dict[str, Any], generator: torch.Generator
) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """What `change` does to a batch.

    Parameters
    ----------
    images: number of images B of the batch.
    recipe: read are shift_pixels and flip.
    generator: of the random numbers.

    Returns
    -------
    corners: int64 [B, 2] in 0..2 shift_pixels, or None if the recipe shifts no images.
    flipped: bool [B], or None if it flips none.
    """
    shift = recipe.get("shift_pixels", 0)
    corners = torch.randint(2 * shift + 1, (images, 2), generator=generator) if shift else None
    flipped = torch.rand(images, generator=generator) < 0.5 if recipe.get("flip") else None
    return corners, flipped


def change(
    images: torch.Tensor,
    recipe: dict[str, Any],
    corners: torch.Tensor | None,
    flipped: torch.Tensor | None,
) -> torch.Tensor:
    """Shift (edges reflected) and flip normalised images [B, 3, H, W], see `random_changes`."""
    if corners is not None:
        size, shift = images.shape[-1], recipe["shift_pixels"]
        padded = torch.nn.functional.pad(images, [shift] * 4, mode="reflect")
        span = torch.arange(size)
        rows = (corners[:, :1] + span).to(images.device)
        columns = (corners[:, 1:] + span).to(images.device)
        batch = torch.arange(len(images), device=images.device)[:, None, None]
        images = padded.permute(0, 2, 3, 1)[batch, rows[:, :, None], columns[:, None, :]]
        images = images.permute(0, 3, 1, 2)
    if flipped is not None:
        images[flipped] = images[flipped].flip(-1)
    return images

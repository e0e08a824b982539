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
    pixels: torch.Tensor,
    rows: torch.Tensor,
    recipe: dict[str, Any],
    corners: torch.Tensor | None,
    flipped: torch.Tensor | None,
) -> torch.Tensor:
    """Take some images, shifted (edges reflected) and flipped, see `random_changes`.

    Parameters
    ----------
    pixels: uint8 [N, H, W, 3], square.
    rows: int64 [B], of the images that are taken.
    recipe, corners, flipped: those of `random_changes`.

    Returns
    -------
    uint8 [B, H, W, 3]
    """
    if corners is None and flipped is None:
        return pixels[rows]
    last = pixels.shape[1] - 1
    vertical = horizontal = torch.arange(last + 1).expand(len(rows), -1)
    if corners is not None:
        vertical, horizontal = (
            _reflected(span + corners[:, axis : axis + 1] - recipe["shift_pixels"], last)
            for axis, span in enumerate((vertical, horizontal))
        )
    if flipped is not None:
        horizontal = torch.where(flipped[:, None], horizontal.flip(1), horizontal)
    side = last + 1
    places = (rows[:, None, None] * side + vertical[:, :, None]) * side + horizontal[:, None, :]
    # Pixels as rows of a table: three times as fast as an index of three dimensions.
    return pixels.view(-1, 3).index_select(0, places.flatten()).view(-1, side, side, 3)


def _reflected(places: torch.Tensor, last: int) -> torch.Tensor:
    """Places outside 0..last, mirrored at the outermost ones."""
    return last - (last - places.abs()).abs()

"""Random changes of training images that were decoded before: shifts, flips and whole views."""

from typing import Any

import torch
from torch.nn import functional


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


def random_view(images: torch.Tensor, smallest: float) -> torch.Tensor:
    """A random part of each image at its full size, mirrored or not, in other colours.

    ASSUME: as SimCLR changes images (Chen et al. 2020), without its blur: a square of `smallest` to
    all of the area; brightness and contrast changed by up to 0.4; saturation from grey to all. Of
    normalised images, since brightness and contrast are a shift and a factor there, too.

    Parameters
    ----------
    images: float32 [B, 3, S, S].
    smallest: share of an image's area, in (0, 1].
    """
    count, device = len(images), images.device
    uniform = torch.rand(7, count, 1, 1, 1, device=device)
    side = (smallest + (1 - smallest) * uniform[0]).sqrt()
    theta = torch.zeros(count, 2, 3, device=device)
    mirrored = torch.where(uniform[1] < 0.5, -side, side)
    theta[:, 0, 0], theta[:, 1, 1] = mirrored.flatten(), side.flatten()
    for axis in (0, 1):
        theta[:, axis, 2] = ((2 * uniform[2 + axis] - 1) * (1 - side)).flatten()
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    view = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    grey = view.mean(dim=1, keepdim=True)
    view = grey + uniform[4] * (view - grey)
    mean = view.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (0.6 + 0.8 * uniform[5]) * (view - mean) + 0.8 * (uniform[6] - 0.5)


def _reflected(places: torch.Tensor, last: int) -> torch.Tensor:
    """Places outside 0..last, mirrored at the outermost ones."""
    return last - (last - places.abs()).abs()

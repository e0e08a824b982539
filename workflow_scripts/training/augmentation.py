"""Random changes of training images that were decoded before: shifts and flips."""

import torch


def draw_changes(images, recipe, generator):
    """What `change` does to a batch of `images` images.

    Returns
    -------
    corners int64 [B, 2] in 0..2 shift_pixels, or None if the recipe shifts no images
    flipped bool [B], or None if it flips none
    """
    shift = recipe.get("shift_pixels", 0)
    corners = torch.randint(2 * shift + 1, (images, 2), generator=generator) if shift else None
    flipped = torch.rand(images, generator=generator) < 0.5 if recipe.get("flip") else None
    return corners, flipped


def change(images, recipe, corners, flipped):
    """Shift (edges reflected) and flip normalised images [B, 3, H, W] as drawn."""
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

"""From pixels to what a network takes."""

from collections.abc import Callable, Sequence

import torch


def normaliser(
    mean: Sequence[float], std: Sequence[float], device: str = "cpu"
) -> Callable[[torch.Tensor], torch.Tensor]:
    """A function from uint8 images [B, H, W, 3] to normalised float32 [B, 3, H, W].

    Parameters
    ----------
    mean, std: those of red, green and blue, of pixels scaled to 0..1.
    device: to which images are moved.
    """
    scale = 1 / (255 * torch.tensor(std, device=device)).view(1, 3, 1, 1)
    shift = -(torch.tensor(mean, device=device) / torch.tensor(std, device=device)).view(1, 3, 1, 1)

    def normalise(images: torch.Tensor) -> torch.Tensor:
        images = images.to(device, non_blocking=True)
        return images.permute(0, 3, 1, 2).float().mul_(scale).add_(shift)

    return normalise

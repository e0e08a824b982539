"""Model bundles as networks: loaded from the files that `files.bundles` describes, and saved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workflow_scripts.files.bundles import (
    CARD,
    ENCODER,
    HEAD,
    read_card,
    read_tensors,
    write_encoder,
    write_head,
)
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.architectures import build_encoder
from workflow_scripts.networks.state_dicts import Undrawn, load_weights


class Classifier(nn.Module):
    """An image encoder with a linear head: normalised images [B, 3, H, W] -> logits [B, K].

    `normalise` divides the representation by its norm before the head, as CLIP does (Section 2).
    """

    def __init__(
        self,
        encoder: nn.Module,
        weight: torch.Tensor,
        bias: torch.Tensor | None = None,
        normalise: bool = True,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.weight = nn.Parameter(weight.clone())
        self.bias = None if bias is None else nn.Parameter(bias.clone())
        self.normalise = normalise

    def logits(self, h: torch.Tensor) -> torch.Tensor:
        """Logits float32 [B, K] of representations h [B, d_H] (before normalisation)."""
        # Also where a training's forward pass is in bfloat16, which rounds a logit of 20 to 1/8.
        with torch.autocast(h.device.type, enabled=False):
            h = h.float()
            if self.normalise:
                h = nn.functional.normalize(h, dim=1)
            return nn.functional.linear(h, self.weight, self.bias)

    def forward(
        self, images: torch.Tensor, with_h: bool = False
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        """Classify images; their representations [B, d_H] as well if they are asked for."""
        h = self.encoder(images)
        return (self.logits(h), h) if with_h else self.logits(h)


@dataclass
class Encoder:
    """The image side of a loaded bundle, in evaluation mode: its card, the network, the device."""

    card: dict[str, Any]
    network: nn.Module
    device: str = "cpu"

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Representations float32 [B, d_H] of uint8 images [B, H, W, 3]."""
        normalise = normaliser(self.card["mean"], self.card["std"], self.device)
        return self.network(normalise(images))


@dataclass
class Bundle:
    """A loaded bundle: its card, the classifier in evaluation mode, and the device."""

    card: dict[str, Any]
    classifier: Classifier
    device: str = "cpu"

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Representations float32 [B, d_H] of uint8 images [B, H, W, 3]."""
        return Encoder(self.card, self.classifier.encoder, self.device).encode(images)

    def logits(self, h: torch.Tensor) -> torch.Tensor:
        """Logits [B, K] of representations."""
        return self.classifier.logits(h)


def save_bundle(folder: Path | str, classifier: Classifier, card: Mapping[str, Any]) -> None:
    """Write encoder, head and their cards, that of the encoder last.

    Parameters
    ----------
    folder: of the bundle.
    classifier: whose weights are written.
    card: that of `files.bundles.new_card`.
    """
    head: dict[str, torch.Tensor] = {"weight": classifier.weight}
    if classifier.bias is not None:
        head["bias"] = classifier.bias
    write_head(folder, card["model"], head)
    encoder = classifier.encoder.state_dict()
    write_encoder(folder, card, encoder, normalise=classifier.normalise)


def load_encoder(folder: Path | str, device: str = "cpu") -> Encoder:
    """Load the image side of a bundle for inference; its head need not be there.

    Raises
    ------
    InputError: a file is missing or damaged, or does not fit the card's architecture; the
        differing keys and shapes are named.
    """
    path = Path(folder) / ENCODER
    card = read_card(path.with_name(CARD))
    with Undrawn():
        network = build_encoder(card["architecture"])
    load_weights(network, read_tensors(path), path)
    return Encoder(card, network.to(device).eval(), device)


def load_bundle(folder: Path | str, device: str = "cpu") -> Bundle:
    """Load a bundle for inference.

    Raises
    ------
    InputError: see `load_encoder`; the head, too, may be missing, damaged or of another width.
    """
    encoder, path = load_encoder(folder, device), Path(folder) / HEAD
    card, head = encoder.card, read_tensors(path)
    width, shape = card["architecture"]["embed_dim"], tuple(head["weight"].shape)
    if len(shape) != 2 or shape[1] != width:
        raise InputError(
            f"{path}: found weight of shape {shape}, expected [classes, {width}] as the encoder's "
            f"representation has {width} components; encoder and head are of different models"
        )
    classifier = Classifier(encoder.network, head["weight"], head.get("bias"), card["normalise"])
    return Bundle(card, classifier.to(device).eval(), device)


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

"""Training of an image encoder with a linear head on labelled images (Appendix H)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from workflow_scripts.networks.classifier import Classifier
from workflow_scripts.training.images import ImageSource
from workflow_scripts.training.loop import Forward, Losses, Pieces, fit
from workflow_scripts.training.penalties import kurtosis_penalty


def train_classifier(
    classifier: Classifier,
    images: ImageSource,
    labels: torch.Tensor,
    recipe: dict[str, Any],
    checkpoint: Path,
    after_epoch: Callable[[int], None] | None = None,
) -> None:
    """Train encoder and head end to end with cross-entropy and the recipe's penalty.

    Parameters
    ----------
    classifier: trained in place.
    images: N images.
    labels: int64 [N].
    recipe: one of the study's.
    checkpoint, after_epoch: see `loop.fit`.
    """
    labels = labels.to(classifier.weight.device)

    def loss(
        forward: Forward, rows: torch.Tensor, pixels: torch.Tensor, share: float
    ) -> torch.Tensor:
        targets = labels[rows.to(labels.device)]
        logits, h = forward(pixels, True)
        value = cross_entropy(logits, targets, label_smoothing=recipe["label_smoothing"])
        return share * (value + kurtosis_penalty(h, recipe))

    def losses(forward: Forward, pieces: Pieces) -> Losses:
        size = sum(len(rows) for rows, _ in pieces)
        return [partial(loss, forward, *piece, len(piece[0]) / size) for piece in pieces]

    fit(classifier, losses, images, recipe, checkpoint, after_epoch)

"""Training of an image encoder without text or labels, and a linear head on it; beyond the paper.

The objective is that of a CLIP, InfoNCE, with a second view of the image in place of its text.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from workflow_scripts.files.bundles import new_card
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.networks import open_clip_parts
from workflow_scripts.networks.architectures import build_encoder
from workflow_scripts.networks.classifier import Classifier, Encoder, save_bundle
from workflow_scripts.networks.devices import prepare, training_precision
from workflow_scripts.networks.distributed import is_first, rank, size
from workflow_scripts.networks.encoding import batch_size, encode_store
from workflow_scripts.training.augmentation import random_view
from workflow_scripts.training.images import ImageSource, TrainingFiles, load_images
from workflow_scripts.training.linear_head import fit_linear_head
from workflow_scripts.training.loop import Forward, Losses, Pieces, fit, unfinished


class Projected(nn.Module):
    """An encoder with a projection that only the training has, as in SimCLR (Chen et al. 2020).

    Images [B, 3, H, W] -> unit vectors [B, d_H].
    """

    def __init__(self, encoder: nn.Module, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.projection = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Encode and project images."""
        return functional.normalize(self.projection(self.encoder(images)), dim=1)


def train_encoder(
    images: ImageSource,
    checkpoint: Path,
    device: str,
    *,
    architecture: dict[str, Any],
    recipe: dict[str, Any],
    seed: int,
) -> nn.Module:
    """An encoder that tells the views of an image from those of all others in its batch.

    Parameters
    ----------
    images: N images.
    checkpoint: see `loop.fit`.
    device: "cpu" or "cuda".
    architecture, recipe: of the study; the logit scale stays at the recipe's.
    seed: of the initial weights.
    """
    torch.manual_seed(seed)
    model = Projected(build_encoder(architecture), architecture["embed_dim"]).to(device)
    contrast = open_clip_parts.module("loss").ClipLoss(
        local_loss=True, gather_with_grad=True, rank=rank(), world_size=size()
    )
    scale = torch.tensor(recipe["logit_scale"], device=device)

    def loss(forward: Forward, pixels: torch.Tensor) -> torch.Tensor:
        views = [random_view(pixels, recipe["view_scale"]) for _ in range(2)]
        # Both at once: batch norm takes its statistics over them.
        return contrast(*forward(torch.cat(views)).chunk(2), scale)

    def losses(forward: Forward, pieces: Pieces) -> Losses:
        ((_, pixels),) = pieces
        return [lambda: loss(forward, pixels)]

    fit(model, losses, images, recipe, checkpoint)
    return model.encoder


def main(
    device: str,
    threads: int,
    cause: str,
    folder: Path | str,
    files: dict[str, Any],
    *,
    head_store: Path | str,
    classes: int,
    **settings: Any,
) -> None:
    """Train one model and write its bundle; one of several processes.

    Parameters
    ----------
    device, threads, cause, folder, files: see `launcher.launch_training`.
    head_store: image store of the labelled training set that the head is fitted to.
    classes: number of classes.
    settings: model, architecture, preprocessing, recipe, images, seed, origin and, where images
        come from an archive, view.
    """
    device = prepare(device, threads)
    images, _, _ = load_images(TrainingFiles(**files), device, threads, **settings)
    training = {key: settings[key] for key in ("architecture", "recipe", "seed")}
    with unfinished(folder, cause) as state:
        network = train_encoder(images, state / "training.pt", device, **training).eval()
        if is_first():
            precision = training_precision(settings["recipe"], device)
            card = new_card(settings, precision=precision, images=len(images))
            with opened(head_store) as store:
                labels, batch = store["labels"][:], batch_size(store["pixels"][0].size, device)
                h = encode_store(Encoder(card, network, device), store, batch)
            weight, bias = (
                torch.from_numpy(each).float() for each in fit_linear_head(h, labels, classes)
            )
            save_bundle(folder, Classifier(network, weight, bias, normalise=False), card)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job
    from workflow_scripts.training.launcher import launch_training

    snakemake: Any
    with job(snakemake):
        launch_training(
            snakemake,
            "workflow_scripts.models.self_supervise",
            snakemake.input.head_store,
            head_store=snakemake.input.head_store,
        )

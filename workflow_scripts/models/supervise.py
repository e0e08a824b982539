"""Supervised training from scratch with the backbone of a CLIP (Appendix H.2)."""

import logging
from pathlib import Path
from typing import Any

import torch

from workflow_scripts.files.bundles import new_card
from workflow_scripts.networks.architectures import build_encoder
from workflow_scripts.networks.classifier import Classifier, save_bundle
from workflow_scripts.networks.devices import prepare, training_precision
from workflow_scripts.networks.distributed import is_first
from workflow_scripts.training.classification import train_classifier
from workflow_scripts.training.images import TrainingFiles, load_images
from workflow_scripts.training.loop import unfinished
from workflow_scripts.training.texts import named_classes, web_captions

log = logging.getLogger(__name__)


def new_classifier(architecture: dict[str, Any], classes: int, seed: int) -> Classifier:
    """A classifier with random weights; the head, with a bias, reads h without normalisation."""
    torch.manual_seed(seed)
    encoder = build_encoder(architecture)
    head = torch.nn.Linear(architecture["embed_dim"], classes)
    return Classifier(encoder, head.weight.data, head.bias.data, normalise=False)


def main(
    device: str,
    threads: int,
    cause: str,
    folder: Path | str,
    files: dict[str, Any],
    *,
    classes: int,
    class_names: list[str] | None = None,
    **settings: Any,
) -> None:
    """Train one supervised model and write its bundle; one of several processes.

    Parameters
    ----------
    device, threads, cause, folder, files: see `launcher.launch_training`.
    classes: number of classes.
    class_names: of a set of captions, where the class that a caption names is the label; None for
        a set that has labels.
    settings: model, architecture, preprocessing, recipe, images, seed, origin and, where images
        come from an archive, view.
    """
    device = prepare(device, threads)
    classifier = new_classifier(settings["architecture"], classes, settings["seed"]).to(device)
    images, labels, _ = load_images(TrainingFiles(**files), device, threads, **settings)
    if class_names:
        captions = web_captions(files["store"], settings["images"], settings["seed"])
        named = named_classes(captions, class_names)
        images, labels = images.select([*named]), torch.tensor([*named.values()])
        log.info("%d of %d captions name one class", len(named), len(captions))
    with unfinished(folder, cause) as state:
        train_classifier(classifier, images, labels, settings["recipe"], state / "training.pt")
        if is_first():
            precision = training_precision(settings["recipe"], device)
            card = new_card(settings, precision=precision, images=len(images))
            save_bundle(folder, classifier, card)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job
    from workflow_scripts.training.launcher import launch_training

    snakemake: Any
    with job(snakemake):
        launch_training(snakemake, "workflow_scripts.models.supervise")

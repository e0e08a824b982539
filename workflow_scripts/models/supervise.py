"""Supervised training from scratch with the backbone of a CLIP (Appendix H.2)."""

from pathlib import Path

import torch

from workflow_scripts.networks.architectures import build_encoder
from workflow_scripts.networks.classifier import Classifier, new_card, save_bundle
from workflow_scripts.networks.devices import prepare
from workflow_scripts.networks.distributed import is_first
from workflow_scripts.training.classification import train_classifier
from workflow_scripts.training.images import load_images
from workflow_scripts.training.loop import fingerprint, unfinished


def new_classifier(architecture, classes, seed):
    """A classifier with random weights; the head, with a bias, reads h without normalisation."""
    torch.manual_seed(seed)
    encoder = build_encoder(architecture)
    head = torch.nn.Linear(architecture["embed_dim"], classes)
    return Classifier(encoder, head.weight.data, head.bias.data, normalise=False)


def main(store_path, archive_path, folder, device, threads, cause, *, classes, **settings):
    """Train one supervised model and write its bundle; one of several processes, see `launcher`.

    `store_path` and `archive_path` are those of `load_images`, `cause` is the training's
    `fingerprint`; see rules/models.smk for the settings.
    """
    device, folder = prepare(device, threads), Path(folder)
    classifier = new_classifier(settings["architecture"], classes, settings["seed"]).to(device)
    images, labels, _ = load_images(store_path, archive_path, device, threads, **settings)
    card = new_card(settings, images=len(images))
    with unfinished(folder, cause) as state:
        train_classifier(classifier, images, labels, settings["recipe"], state / "training.pt")
        if is_first():
            save_bundle(folder, classifier, card)


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job
    from workflow_scripts.training.launcher import launch

    with job(snakemake):
        archives = snakemake.input.get("archives")
        launch(
            "workflow_scripts.models.supervise",
            snakemake.resources.get("gpu", 1),
            store_path=snakemake.input.store,
            archive_path=represented(archives[0]) if archives else None,
            folder=str(Path(snakemake.output.card).parent),
            threads=snakemake.threads,
            cause=fingerprint(snakemake.params.stamp, snakemake.input.digest),
            **snakemake.params.settings,
        )

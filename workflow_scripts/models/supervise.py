"""Supervised training from scratch with the backbone of a CLIP (Appendix H.2)."""

from pathlib import Path

import torch

from workflow_scripts.lib.architectures import build_encoder
from workflow_scripts.lib.bundles import Classifier, new_card, save_bundle
from workflow_scripts.lib.devices import prepare
from workflow_scripts.lib.stores import load_training_set
from workflow_scripts.lib.training import fingerprint, normaliser, unfinished
from workflow_scripts.models.classification import train_classifier


def new_classifier(architecture, classes, seed):
    """A classifier with random weights; the head, with a bias, reads h without normalisation."""
    torch.manual_seed(seed)
    encoder = build_encoder(architecture)
    head = torch.nn.Linear(architecture["embed_dim"], classes)
    return Classifier(encoder, head.weight.data, head.bias.data, normalise=False)


def main(store_path, folder, threads, cause, *, classes, **settings):
    """Train one supervised model and write its bundle.

    `cause` is the training's `fingerprint`; see rules/models.smk for the settings.
    """
    device, folder = prepare(settings["device"], threads), Path(folder)
    recipe, seed = settings["recipe"], settings["seed"]
    classifier = new_classifier(settings["architecture"], classes, seed).to(device)
    pixels, labels, _ = load_training_set(store_path, settings["images"], seed)
    card = new_card(settings, images=len(pixels))
    preprocess = normaliser(card["mean"], card["std"], device)
    with unfinished(folder, cause) as state:
        checkpoint = state / "training.pt"
        train_classifier(classifier, pixels, labels, recipe, seed, checkpoint, preprocess)
        save_bundle(folder, classifier, card)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.store,
            Path(snakemake.output.card).parent,
            snakemake.threads,
            fingerprint(snakemake.params.stamp, snakemake.input.digest),
            **snakemake.params.settings,
        )

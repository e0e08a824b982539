"""Encoder and head of a classifier that others trained: a Vision Transformer of torchvision."""

import re
from pathlib import Path
from typing import Any

import torch

from workflow_scripts.files.bundles import new_card
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.architectures import build_encoder
from workflow_scripts.networks.checkpoints import read_checkpoint
from workflow_scripts.networks.classifier import Classifier, load_weights, save_bundle

MEND = "choose another source"


def load_classifier(
    architecture: dict[str, Any], state: dict[str, torch.Tensor], source: Path | str
) -> Classifier:
    """Torchvision's ViT with the weights of a state dict.

    Parameters
    ----------
    architecture: {"torchvision": name, "embed_dim": d_H}.
    state: state dict, as published.
    source: names it in messages.

    Raises
    ------
    InputError: the weights do not fit; it is said how.
    """
    encoder = build_encoder(architecture)
    # Files from before torchvision 0.14 name the two layers of an MLP, and not their positions.
    names = {"linear_1": "0", "linear_2": "3"}
    state = {
        re.sub(r"(?<=\.mlp\.)(linear_[12])(?=\.)", lambda found: names[found[1]], key): value
        for key, value in state.items()
    }
    weight, bias = (state.pop(f"heads.head.{name}", None) for name in ("weight", "bias"))
    if weight is None or bias is None:
        raise InputError(
            f"{source}: found no heads.head.weight and heads.head.bias, expected the head of "
            f"torchvision's {architecture['torchvision']}; {MEND}"
        )
    load_weights(encoder, state, source, MEND)
    return Classifier(encoder, weight.float(), bias.float(), normalise=False)


def main(
    weights: Path | str,
    folder: Path | str,
    *,
    model: str,
    architecture: dict[str, Any],
    preprocessing: dict[str, Any],
    classes: int,
    origin: dict[str, Any],
) -> None:
    """Write the bundle of downloaded weights, or of a user's own.

    Parameters
    ----------
    weights: see `checkpoints.read_checkpoint`.
    folder: of the bundle.
    model: id of the model.
    architecture: {"torchvision": name, "embed_dim": d_H}.
    preprocessing: view, mean and std.
    classes: number of classes of the study, and of the head.
    origin: for the card, to which the file's name and SHA-256 are added.

    Raises
    ------
    InputError: the file cannot be read, or does not fit the architecture or the classes.
    """
    path = Path(weights)
    state, sha256 = read_checkpoint(path)
    classifier = load_classifier(architecture, state, path)
    if len(classifier.weight) != classes:
        raise InputError(
            f"{path}: found a head of {len(classifier.weight)} classes, expected {classes}, those "
            f"of classes.tsv; {MEND}"
        )
    settings = {
        "model": model,
        "architecture": architecture,
        "preprocessing": preprocessing,
        "origin": {**origin, "file": path.name, "sha256": sha256},
    }
    save_bundle(folder, classifier, new_card(settings))


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.get("own") or represented(snakemake.input.downloaded),
            Path(snakemake.output.card).parent,
            **snakemake.params.settings,
        )

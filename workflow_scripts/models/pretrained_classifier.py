"""Encoder and head of a classifier that others trained: a finetuned CLIP, or a supervised network.

Supervised networks are torchvision's and timm's. Encoder and head may be two files, as in a bundle.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflow_scripts.files.bundles import new_card
from workflow_scripts.networks.architectures import is_supervised
from workflow_scripts.networks.checkpoints import read_checkpoint
from workflow_scripts.networks.classifier import save_bundle
from workflow_scripts.networks.published_classifiers import joined, load_finetuned, load_supervised
from workflow_scripts.networks.timm_networks import check_described


def main(
    weights: Path | str | Sequence[str],
    folder: Path | str,
    *,
    model: str,
    architecture: dict[str, Any],
    preprocessing: dict[str, Any],
    classes: int,
    parent: str | None,
    family: str,
    head: str | None,
    origin: dict[str, Any],
) -> None:
    """Write the bundle of downloaded weights, or of a user's own.

    Parameters
    ----------
    weights: see `checkpoints.read_checkpoint`; one file, or those of the encoder and of the head.
    folder: of the bundle.
    model: id of the model.
    architecture: of a finetuned CLIP open_clip's configuration, otherwise with a key `torchvision`
        or `timm`; see `networks.architectures`.
    preprocessing: view, mean and std.
    classes: number of classes of the study, and of the head.
    parent: id of the zero-shot model that was finetuned, or None.
    family: of the model.
    head: how the head of a finetuned CLIP reads h, `normalised` or `plain`; otherwise None.
    origin: for the card, to which names and SHA-256 of the files are added.

    Raises
    ------
    InputError: the file cannot be read, or does not fit the architecture or the classes.
    """
    path, *heads = [
        Path(each) for each in ([weights] if isinstance(weights, str | Path) else weights)
    ]
    if "timm" in architecture:
        check_described(architecture)
    states, sha256 = read_checkpoint(path)
    of_head = {}
    if heads:
        head_states, of_head["head_sha256"] = read_checkpoint(heads[0])
        of_head["head_file"] = heads[0].name
        states = joined(architecture, (states, path), (head_states, heads[0]), classes)
    if is_supervised(architecture):
        classifier = load_supervised(architecture, states, classes, family, path)
    else:
        classifier = load_finetuned(architecture, states, str(head), classes, path)
    settings = {
        "model": model,
        "architecture": architecture,
        "preprocessing": preprocessing,
        "origin": {**origin, "file": path.name, "sha256": sha256, **of_head},
    }
    save_bundle(folder, classifier, new_card(settings, parent=parent))


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    files = snakemake.input.get("own") or snakemake.input.downloaded
    with job(snakemake):
        main(
            [represented(each) for each in ([files] if isinstance(files, str) else files)],
            Path(snakemake.output.card).parent,
            **snakemake.params.settings,
        )

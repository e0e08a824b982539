"""End-to-end finetuning of a zero-shot model, starting from its zero-shot head (Appendix H.1).

The weights of every epoch are kept as bundles: Figure 5 follows the concepts through them.
"""

import logging
import shutil
from pathlib import Path
from typing import Any

import torch

from workflow_scripts.files.bundles import check_bundle, new_card
from workflow_scripts.networks.classifier import Bundle, load_bundle, save_bundle
from workflow_scripts.networks.devices import prepare, training_precision
from workflow_scripts.networks.distributed import is_first, mean_
from workflow_scripts.training.classification import train_classifier
from workflow_scripts.training.images import ImageSource, TrainingFiles, load_images
from workflow_scripts.training.loop import unfinished
from workflow_scripts.training.penalties import kurtosis

log = logging.getLogger(__name__)


@torch.inference_mode()
def parents_kurtosis(parent: Bundle, images: ImageSource) -> float:
    """Mean kurtosis of what a parent makes of the first batch of training images."""
    _, pixels = next(iter(images.epoch(0)))
    return float(mean_(kurtosis(parent.classifier.encoder(pixels)).mean()))


def main(
    device: str,
    threads: int,
    cause: str,
    folder: Path | str,
    files: dict[str, Any],
    *,
    parent_folder: Path | str,
    epochs_folder: Path | str,
    parent: str,
    **settings: Any,
) -> None:
    """Finetune one model; write its bundle and those of its epochs; one of several processes.

    Parameters
    ----------
    device, threads, cause, folder, files: see `launcher.launch_training`.
    parent_folder: of the parent's bundle.
    epochs_folder: to write, with a bundle for each epoch, epoch_01 and so on.
    parent: id of the parent.
    settings: model, recipe, images, seed, origin and, where images come from an archive, view.
    """
    device = prepare(device, threads)
    bundle = load_bundle(parent_folder, device)
    settings |= {
        "architecture": bundle.card["architecture"],
        "preprocessing": {key: bundle.card[key] for key in ("view", "mean", "std")},
    }
    images, labels, _ = load_images(TrainingFiles(**files), device, threads, **settings)
    if settings["recipe"].get("kurtosis") == "parent":
        held = parents_kurtosis(bundle, images)
        settings["recipe"] = settings["recipe"] | {"kurtosis": held}
        log.info("kurtosis is held at %.2f, the parent's", held)
    precision = training_precision(settings["recipe"], device)
    card = new_card(settings, parent, precision=precision, images=len(images))
    with unfinished(folder, cause) as state:

        def keep_epoch(epoch: int) -> None:
            epoch_card = card | {"training": card["training"] | {"epoch": epoch}}
            save_bundle(state / "epochs" / f"epoch_{epoch:02d}", bundle.classifier, epoch_card)

        checkpoint = state / "training.pt"
        train_classifier(
            bundle.classifier, images, labels, settings["recipe"], checkpoint, keep_epoch
        )
        if is_first():
            for kept in (state / "epochs").iterdir():
                # Days may lie between an epoch and the end.
                check_bundle(kept, f"delete {state} and run again, from the first epoch on")
            # Snakemake empties the declared folder before a job, so those before a kill lie here.
            shutil.rmtree(epochs_folder, ignore_errors=True)
            (state / "epochs").rename(epochs_folder)
            save_bundle(folder, bundle.classifier, card)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job
    from workflow_scripts.training.launcher import launch_training

    snakemake: Any
    with job(snakemake):
        launch_training(
            snakemake,
            "workflow_scripts.models.finetune",
            snakemake.input.parent,
            snakemake.input.parent_head,
            parent_folder=str(Path(snakemake.input.parent).parent),
            epochs_folder=snakemake.output.epochs,
        )

"""End-to-end finetuning of a zero-shot model, starting from its zero-shot head (Appendix H.1).

The weights of every epoch are kept as bundles: Figure 5 follows the concepts through them.
"""

import shutil
from pathlib import Path

from workflow_scripts.networks.classifier import load_bundle, new_card, save_bundle
from workflow_scripts.networks.devices import prepare
from workflow_scripts.networks.distributed import is_first
from workflow_scripts.training.classification import train_classifier
from workflow_scripts.training.images import load_images
from workflow_scripts.training.loop import fingerprint, unfinished


def main(
    store_path,
    archive_path,
    parent_folder,
    folder,
    epochs_folder,
    device,
    threads,
    cause,
    *,
    parent,
    **settings,
):
    """Finetune one model; write its bundle and, in a folder of their own, those of its epochs.

    `store_path` and `archive_path` are those of `load_images`, `cause` is the training's
    `fingerprint`; see rules/models.smk for the settings.
    """
    device, folder = prepare(device, threads), Path(folder)
    bundle = load_bundle(parent_folder, device)
    settings |= {
        "architecture": bundle.card["architecture"],
        "preprocessing": {key: bundle.card[key] for key in ("view", "mean", "std")},
    }
    images, labels, _ = load_images(store_path, archive_path, device, threads, **settings)
    card = new_card(settings, parent=parent, images=len(images))
    with unfinished(folder, cause) as state:

        def keep_epoch(epoch):
            epoch_card = card | {"training": card["training"] | {"epoch": epoch}}
            save_bundle(state / "epochs" / f"epoch_{epoch:02d}", bundle.classifier, epoch_card)

        checkpoint = state / "training.pt"
        train_classifier(
            bundle.classifier, images, labels, settings["recipe"], checkpoint, keep_epoch
        )
        if is_first():
            # Snakemake empties the declared folder before a job, so those before a kill lie here.
            shutil.rmtree(epochs_folder, ignore_errors=True)
            (state / "epochs").rename(epochs_folder)
            save_bundle(folder, bundle.classifier, card)


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job
    from workflow_scripts.training.launcher import launch

    with job(snakemake):
        archives = snakemake.input.get("archives")
        launch(
            "workflow_scripts.models.finetune",
            snakemake.resources.get("gpu", 1),
            store_path=snakemake.input.store,
            archive_path=represented(archives[0]) if archives else None,
            parent_folder=str(Path(snakemake.input.parent).parent),
            folder=str(Path(snakemake.output.card).parent),
            epochs_folder=snakemake.output.epochs,
            threads=snakemake.threads,
            cause=fingerprint(
                snakemake.params.stamp, snakemake.input.digest, snakemake.input.parent
            ),
            **snakemake.params.settings,
        )

"""End-to-end finetuning of a zero-shot model, starting from its zero-shot head (Appendix H.1).

The weights of every epoch are kept as bundles: Figure 5 follows the concepts through them.
"""

import shutil
from pathlib import Path

from workflow_scripts.lib.bundles import load_bundle, new_card, save_bundle
from workflow_scripts.lib.devices import prepare
from workflow_scripts.lib.stores import load_training_set
from workflow_scripts.lib.training import fingerprint, normaliser, unfinished
from workflow_scripts.models.classification import train_classifier


def main(store_path, parent_folder, folder, epochs_folder, threads, cause, *, parent, **settings):
    """Finetune one model; write its bundle and, in a folder of their own, those of its epochs.

    `cause` is the training's `fingerprint`; see rules/models.smk for the settings.
    """
    device, folder = prepare(settings["device"], threads), Path(folder)
    recipe, seed = settings["recipe"], settings["seed"]
    bundle = load_bundle(parent_folder, device)
    pixels, labels, _ = load_training_set(store_path, settings["images"], seed)
    inherited = {
        "architecture": bundle.card["architecture"],
        "preprocessing": {key: bundle.card[key] for key in ("view", "mean", "std")},
    }
    card = new_card(settings | inherited, parent=parent, images=len(pixels))

    preprocess = normaliser(card["mean"], card["std"], device)
    with unfinished(folder, cause) as state:

        def keep_epoch(epoch):
            epoch_card = card | {"training": card["training"] | {"epoch": epoch}}
            save_bundle(state / "epochs" / f"epoch_{epoch:02d}", bundle.classifier, epoch_card)

        checkpoint = state / "training.pt"
        train_classifier(
            bundle.classifier, pixels, labels, recipe, seed, checkpoint, preprocess, keep_epoch
        )
        # Snakemake empties the declared folder before a job, so the epochs before a kill lie here.
        shutil.rmtree(epochs_folder, ignore_errors=True)
        (state / "epochs").rename(epochs_folder)
        save_bundle(folder, bundle.classifier, card)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.store,
            Path(snakemake.input.parent).parent,
            Path(snakemake.output.card).parent,
            snakemake.output.epochs,
            snakemake.threads,
            fingerprint(snakemake.params.stamp, snakemake.input.digest, snakemake.input.parent),
            **snakemake.params.settings,
        )

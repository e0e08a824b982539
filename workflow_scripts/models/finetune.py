"""End-to-end finetuning of a zero-shot model, starting from its zero-shot head (Appendix H.1).

The weights of every epoch are kept as bundles: Figure 5 follows the concepts through them.
"""

from pathlib import Path

from workflow_scripts.lib.bundles import load_bundle, save_bundle
from workflow_scripts.lib.devices import prepare
from workflow_scripts.lib.stores import load_training_set
from workflow_scripts.lib.training import normaliser
from workflow_scripts.models.classification import train_classifier


def main(store_path, parent_folder, folder, epochs_folder, threads, *, model, parent, recipe,
         images, seed, device, origin):
    """Finetune one model; write its bundle and those of its epochs."""
    device = prepare(device, threads)
    bundle = load_bundle(parent_folder, device)
    classifier, folder = bundle.classifier, Path(folder)
    pixels, labels, _ = load_training_set(store_path, images, seed)
    checkpoint = folder / "training.pt"
    card = {key: bundle.card[key] for key in ("architecture", "view", "mean", "std")}
    card |= {"model": model, "parent": parent}
    training = {**origin, "recipe": recipe, "images": len(pixels), "seed": seed}

    def keep_epoch(epoch):
        epoch_card = {**card, "training": {**training, "epoch": epoch}}
        save_bundle(Path(epochs_folder) / f"epoch_{epoch:02d}", classifier, epoch_card)

    preprocess = normaliser(card["mean"], card["std"], device)
    train_classifier(
        classifier, pixels, labels, recipe, seed, checkpoint, preprocess, device, keep_epoch
    )
    save_bundle(folder, classifier, {**card, "training": training})
    checkpoint.unlink()


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.store,
            Path(snakemake.input.parent).parent,
            Path(snakemake.output.card).parent,
            snakemake.output.epochs,
            snakemake.threads,
            **snakemake.params.settings,
        )

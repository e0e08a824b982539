"""Draw the ImageNet-A of the miniature: images that a separate network gets wrong.

Hendrycks et al. (2021b) collected natural images and kept those that a ResNet-50 misclassifies.
Here a supervised network that is in no figure plays the ResNet-50.
"""

import logging
from pathlib import Path

import numpy as np
import torch

from workflow_scripts.drawing.sets import drawn_blocks, pack_blocks
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.classifier import load_bundle

log = logging.getLogger(__name__)


@torch.inference_mode()
def wrong_rows(bundle, pixels, labels):
    """Rows of uint8 images [B, H, W, 3] whose label the bundle's prediction is not."""
    logits = bundle.logits(bundle.encode(torch.from_numpy(pixels)))
    return np.flatnonzero(logits.argmax(1).numpy() != labels)


def misclassified_blocks(bundle, blocks, label_of, images):
    """Yield (scenes, pixels) of the images that the network gets wrong, `images` in all."""
    kept = drawn = 0
    for scenes, pixels in blocks:
        labels = np.array([label_of[name] for name in scenes.objects])
        rows = wrong_rows(bundle, pixels, labels)[: images - kept]
        drawn, kept = drawn + len(scenes), kept + len(rows)
        yield scenes.select(rows), pixels[rows]
        if kept == images:
            log.info("%d of %d drawn images are misclassified and kept", kept, drawn)
            return
    raise InputError(
        f"only {kept} of {drawn} drawn images are misclassified by the adversary, expected "
        f"{images}; raise the data set's `candidates` in study.yaml or weaken the adversary in "
        "models.tsv"
    )


def main(
    archive_path, adversary_folder, *, dataset, layout, root, images, candidates, classes, **drawn
):
    """Draw up to `candidates` images and keep the first `images` that are misclassified."""
    torch.set_num_threads(1)
    bundle = load_bundle(adversary_folder)
    blocks = drawn_blocks(dataset, candidates, classes=classes, **drawn)
    label_of = {row["name"]: label for label, row in enumerate(classes)}
    kept = misclassified_blocks(bundle, blocks, label_of, images)
    pack_blocks(archive_path, layout, root, kept, classes)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.output.archive,
            Path(snakemake.input.adversary).parent,
            **snakemake.params.settings,
        )

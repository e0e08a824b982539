"""Draw the ImageNet-A of the miniature: images that a separate network gets wrong.

Hendrycks et al. (2021b) collected natural images and kept those that a ResNet-50 misclassifies.
Here a supervised network that is in no figure plays the ResNet-50.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workflow_scripts.drawing.scenes import Scenes
from workflow_scripts.drawing.sets import drawn_blocks, pack_blocks
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.classifier import Bundle, load_bundle

log = logging.getLogger(__name__)


@torch.inference_mode()
def wrong_rows(bundle: Bundle, pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Rows of uint8 images [B, H, W, 3] that the network does not give their label [B]."""
    logits = bundle.logits(bundle.encode(torch.from_numpy(pixels)))
    return np.flatnonzero(logits.argmax(1).numpy() != labels)


def misclassified_blocks(
    bundle: Bundle,
    blocks: Iterable[tuple[Scenes, np.ndarray]],
    label_of: Mapping[str, int],
    images: int,
) -> Iterator[tuple[Scenes, np.ndarray]]:
    """Yield (scenes, pixels) of the images that the network gets wrong, `images` in all.

    Raises
    ------
    InputError: there are fewer.
    """
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
    archive_path: Path | str,
    adversary_folder: Path | str,
    *,
    dataset: str,
    layout: str,
    root: str,
    images: int,
    candidates: int,
    classes: list[dict[str, Any]],
    **drawn: Any,
) -> None:
    """Draw up to `candidates` images and keep the first `images` that are misclassified.

    Parameters
    ----------
    archive_path: tar or zip file to write; its digest is written beside it.
    adversary_folder: bundle of the network.
    dataset: its id, which the random generator depends on.
    layout: of the archive; a key of `packing.LAYOUTS`.
    root: folder inside the archive.
    images, candidates: how many to keep, and to draw at most.
    classes: wnid and name of each class of the study, by label.
    drawn: objects and picture, see `sets.drawn_blocks`.

    Raises
    ------
    InputError: too few are misclassified.
    """
    torch.set_num_threads(1)  # its predictions, and so the data set, must not depend on the machine
    bundle = load_bundle(adversary_folder)
    blocks = drawn_blocks(dataset, candidates, classes=classes, **drawn)
    label_of = {row["name"]: label for label, row in enumerate(classes)}
    kept = misclassified_blocks(bundle, blocks, label_of, images)
    pack_blocks(archive_path, layout, root, kept, classes)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.output.archive,
            Path(snakemake.input.adversary).parent,
            **snakemake.params.settings,
        )

"""A contact sheet of a data set: what the models see."""

import json
import textwrap
from pathlib import Path

import numpy as np

from workflow_scripts.lib.atomic import replacing
from workflow_scripts.lib.figure_style import new_figure, style
from workflow_scripts.lib.stores import open_store

COLUMNS, ROWS = 12, 6


def choose_rows(images, seed):
    """Sorted rows of a random sample that fills the sheet."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(images, size=min(images, COLUMNS * ROWS), replace=False))


def draw(figure, pixels, titles, heading):
    """Put images [N, H, W, 3] with a title each on a grid."""
    axes = figure.subplots(ROWS, COLUMNS, squeeze=False).ravel()
    for ax in axes:
        ax.axis("off")
    for ax, image, title in zip(axes, pixels, titles, strict=False):
        ax.imshow(image)
        lines = textwrap.wrap(title, 20, max_lines=2, placeholder=" ...")
        ax.set_title("\n".join(lines), fontsize=5, fontweight="normal", loc="center", pad=2)
    figure.suptitle(heading)


def main(store_path, sheet_path, *, title, study, class_names, seed):
    """Draw the contact sheet of one image store; an image's title is its class or its caption."""
    with open_store(store_path) as store:
        images = len(store["labels"])
        rows = choose_rows(images, seed)
        pixels, labels = store["pixels"][rows], store["labels"][rows]
        captions = store["caption"][rows].astype(str) if "caption" in store else None
        size = json.loads(store.attrs["view"])["size"]
    titles = [class_names[label] for label in labels] if captions is None else captions
    heading = f"{title} of the study {study}: {len(rows)} of {images} images of {size} pixels"
    with style():
        figure = new_figure(height=ROWS * 0.78 + 0.3, width=COLUMNS * 0.66)
        draw(figure, pixels, titles, heading)
        with replacing(Path(sheet_path)) as temporary:
            figure.savefig(temporary)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(snakemake.input.store, snakemake.output.sheet, **snakemake.params.settings)

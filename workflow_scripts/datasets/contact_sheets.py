"""Contact sheets of the data sets: what the models see."""

import json
import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from workflow_scripts.drawing.scenes import STYLES
from workflow_scripts.drawing.shapes import SHAPES
from workflow_scripts.drawing.surfaces import COLOURS
from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.reporting.style import new_figure, style

COLUMNS, ROWS = 12, 6
HEIGHT, WIDTH = 0.78, 0.66  # inches of an image with its title
LETTERS, SIZE = 19, 4.0  # of a line of a title, and its points: as wide as an image
# Drawn captions name everything with "a", which is what the models were told. On a sheet they are
# as people write them; other captions have no "a" before these words.
WORDS = (*SHAPES, *COLOURS, *STYLES)
VOWELS = "|".join(word for word in WORDS if word[0] in "aeiou" or word == "hourglass")
PLURALS = "scissors|glasses"


def choose_rows(images: int, seed: int) -> np.ndarray:
    """Sorted rows of a random sample that fills the sheet."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(images, size=min(images, COLUMNS * ROWS), replace=False))


def as_written(caption: str) -> str:
    """A caption with the articles that people write: an umbrella, red scissors."""
    caption = re.sub(rf"\ba ((?:(?!of )\w+ ){{0,2}}(?:{PLURALS})\b)", r"\1", caption)
    return re.sub(rf"\ba (?=(?:{VOWELS})\b)", "an ", caption)


def plot_images(figure: Figure, pixels: np.ndarray, titles: Iterable[str], heading: str) -> None:
    """Put images [N, H, W, 3] with a title each on a grid."""
    # One pair of axes for all: laying out one for each image takes a second.
    ax = figure.add_subplot()
    for number, (image, title) in enumerate(zip(pixels, titles, strict=True)):
        top, left = divmod(number, COLUMNS)
        ax.imshow(image, extent=(left + 0.05, left + 0.95, top + 1, top + 1 - 0.9 * WIDTH / HEIGHT))
        lines = textwrap.wrap(title, LETTERS, max_lines=2, placeholder=" ...")
        ax.text(left + 0.5, top + 0.21, "\n".join(lines), fontsize=SIZE, ha="center", va="bottom")
    ax.set(xlim=(0, COLUMNS), ylim=(ROWS, 0), aspect=HEIGHT / WIDTH)
    ax.axis("off")
    figure.suptitle(heading)


def make_sheet(
    store_path: Path | str,
    sheet_path: Path | str,
    title: str,
    study: str,
    class_names: Sequence[str],
    seed: int,
) -> None:
    """Plot the contact sheet of one image store; an image's title is its caption or its class."""
    with opened(store_path) as store:
        images = len(store["labels"])
        rows = choose_rows(images, seed)
        pixels, labels = store["pixels"][rows], store["labels"][rows]
        captions = store["caption"][rows].astype(str) if "caption" in store else None
        size = json.loads(store.attrs["view"])["size"]
    names = [class_names[label] if label >= 0 else "" for label in labels]
    titles = names if captions is None else map(as_written, captions)
    heading = f"{title} of the study {study}: {len(rows)} of {images} images of {size} pixels"
    with style():
        figure = new_figure(height=ROWS * HEIGHT + 0.3, width=COLUMNS * WIDTH)
        plot_images(figure, pixels, titles, heading)
        with replacing(Path(sheet_path)) as temporary:
            figure.savefig(temporary)


def main(
    stores: Sequence[Path | str],
    sheets: Sequence[Path | str],
    *,
    titles: Sequence[str],
    study: str,
    class_names: Sequence[str],
    seed: int,
) -> None:
    """Plot the contact sheet of each data set.

    Parameters
    ----------
    stores: image store of each data set.
    sheets: PNG to write of each.
    titles: name of each data set.
    study: name of the study.
    class_names: name of each label.
    seed: seed of the sample of images.
    """
    for store, sheet, title in zip(stores, sheets, titles, strict=True):
        make_sheet(store, sheet, title, study, class_names, seed)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.input.stores, snakemake.output, **snakemake.params.settings)

"""Drawn scenes as images beside a table of what each of them shows (layout labelled)."""

import csv
import io
from collections.abc import Iterable, Iterator

import numpy as np

from workflow_scripts.archives.labelled import COLUMNS, TABLE
from workflow_scripts.drawing.factors import factors
from workflow_scripts.drawing.packing import image_file
from workflow_scripts.drawing.scenes import Scenes


def labelled_files(
    root: str, blocks: Iterable[tuple[Scenes, np.ndarray]]
) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the images in ROOT/images, then of the table with their factors.

    Parameters
    ----------
    root: folder inside the archive
    blocks: scenes and their pixels, uint8 [B, S, S, 3]
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    number = 0
    for scenes, pixels in blocks:
        for row in range(len(scenes)):
            name = f"images/{number:06d}.png"
            writer.writerows([name, *factor] for factor in factors(scenes.select([row])))
            yield f"{root}/{name}", image_file(pixels[row], "PNG")
            number += 1
    yield f"{root}/{TABLE}", table.getvalue().encode()

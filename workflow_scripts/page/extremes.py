"""What the most privileged direction of each model looks like: images at both of its ends."""

from typing import Any

import numpy as np
from PIL import Image

from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.tables import read_table
from workflow_scripts.page.exhibits import jpeg_address
from workflow_scripts.reporting.families import Model

SIDES = {"highest": "Highest projections", "lowest": "Lowest projections"}
EDGE = 64  # pixels of an image at most: a page has hundreds of them


def strips(models: list[Model], images: str, store: str) -> dict[str, list[tuple[str, str]]]:
    """For each model with a direction, title and data: address of the images at each end.

    Parameters
    ----------
    models: rows of models.tsv
    images: table of the most extreme images: model, side, place, image
    store: image store that they lie in

    Raises
    ------
    InputError: a column is missing, or the store cannot be read
    """
    extremes = read_table(images, ("model", "side", "place", "image")).sort_values("place")
    with opened(store, "ids", "pixels") as file:
        row_of = {name: row for row, name in enumerate(file["ids"].asstr()[:])}
        found = {}
        for model in models:
            own = extremes[extremes["model"] == model["model"]]
            names = {side: own.loc[own["side"] == side, "image"] for side in SIDES}
            found[model["model"]] = [
                (SIDES[side], _strip(file, [row_of[name] for name in names[side]]))
                for side in SIDES
                if len(names[side])
            ]
    return found


def _strip(file: Any, rows: list[int]) -> str:
    """Images side by side, the most extreme first, as a data: address."""
    whole = Image.fromarray(np.concatenate([file["pixels"][row] for row in rows], axis=1))
    whole.thumbnail((EDGE * len(rows), EDGE))
    return jpeg_address(whole)

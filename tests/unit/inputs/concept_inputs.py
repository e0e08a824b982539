"""Made-up activations in which known directions encode known concepts, and the concept sets."""

from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

from tests.unit.inputs.measure_inputs import singletons, write_activations, write_bundle
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.concepts import write_draw
from workflow_scripts.measures.concepts import average_precision
from workflow_scripts.method.concepts import draw_sets

IMAGES, WIDTH, RANK, CONCEPTS = 600, 24, 12, 50
NULL = {"seed": 0, "permutations": 20}


def random_concepts(rng: np.random.Generator, sizes: Iterable[int]) -> dict[int, np.ndarray]:
    """Random images of each concept, by number from 1."""
    return {
        number: np.sort(rng.choice(IMAGES, size, replace=False))
        for number, size in enumerate(sizes, start=1)
    }


def write_sets(path: Path, images_of: dict[int, np.ndarray], draws: int = 2) -> Path:
    """Write concept sets as the rule `concept_sets` does; returns the path."""
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        for number in range(draws):
            write_draw(file, number, number, draw_sets(images_of, IMAGES, number))
        ids = [f"class/{row}.png" for row in range(IMAGES)]
        file.create_dataset("ids", data=ids, dtype=h5py.string_dtype())
        file["number"] = list(images_of)
        for column in ("name", "category"):
            values = [f"{column} {number}" for number in images_of]
            file.create_dataset(column, data=values, dtype=h5py.string_dtype())
        file.attrs.update(draws=draws, dataset="broden", complete=True)
    return path


def head(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A weight [K, d_H] of known right singular vectors [R, d_H], by descending singular value."""
    v = np.linalg.qr(rng.standard_normal((WIDTH, WIDTH)))[0][:RANK]
    u = np.linalg.qr(rng.standard_normal((20, 20)))[0][:, :RANK]
    return (u * np.linspace(10, 1, RANK)) @ v, v


def measure(folder: Path, output: str = "m.h5") -> Path:
    """Measure the average precision by the model whose files `write_model` wrote; its file."""
    bundle = ModelFiles("m", folder / "head.safetensors", folder / "card.json")
    names = ("broden.h5", "imagenet.h5", "sets.h5", output)
    average_precision.main(bundle, *(folder / name for name in names), null=NULL, threads=1)
    return folder / output


def write_model(
    folder: Path,
    h: np.ndarray,
    weight: np.ndarray,
    images_of: dict[int, np.ndarray],
    mean: np.ndarray,
) -> Path:
    """Write a model with activations h [N, d_H] and a test set of a given mean activation.

    Returns the folder, which holds the concept sets, too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_bundle(folder, weight)
    write_activations(folder, h, np.full(IMAGES, -1), [], dataset="broden")
    write_activations(folder, np.stack([mean, mean]), [0, 1], singletons(20))
    write_sets(folder / "sets.h5", images_of)
    return folder

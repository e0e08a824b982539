"""Made-up activations in which known directions encode known concepts, and what probing needs."""

from pathlib import Path

import h5py
import numpy as np

from tests.unit.inputs.measure_inputs import singletons, write_activations, write_bundle
from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.concepts import write_draw
from workflow_scripts.measures.concepts import average_precision as concepts
from workflow_scripts.measures.concepts.concept_sets import draw_sets

IMAGES, WIDTH, RANK, CONCEPTS = 600, 24, 12, 50
NULL = {"seed": 0, "permutations": 20}


def random_concepts(rng, sizes) -> dict[int, np.ndarray]:
    """Random images of each concept, by number from 1."""
    return {
        number: np.sort(rng.choice(IMAGES, size, replace=False))
        for number, size in enumerate(sizes, start=1)
    }


def write_sets(path: Path, images_of: dict, draws: int = 2) -> Path:
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


def head(rng) -> tuple[np.ndarray, np.ndarray]:
    """A weight [K, d_H] of known right singular vectors [R, d_H], by descending singular value."""
    v = np.linalg.qr(rng.standard_normal((WIDTH, WIDTH)))[0][:RANK]
    u = np.linalg.qr(rng.standard_normal((20, 20)))[0][:, :RANK]
    return (u * np.linspace(10, 1, RANK)) @ v, v


def probe(folder: Path, h, weight, images_of, mean, model: str = "m", draws: int = 2) -> Path:
    """Probe a model with activations h [N, d_H] and a test set whose mean activation is given."""
    folder.mkdir(parents=True, exist_ok=True)
    bundle = write_bundle(folder, weight)
    labels = np.full(IMAGES, -1)
    images = write_activations(folder, h, labels, [], dataset="broden", model=model)
    test = np.stack([mean, mean])
    test = write_activations(folder, test, [0, 1], singletons(20), dataset="imagenet", model=model)
    sets = write_sets(folder / "sets.h5", images_of, draws)
    output = folder / f"{model}.h5"
    concepts.main(images, test, *bundle, sets, output, 1, model=model, null=NULL)
    return output

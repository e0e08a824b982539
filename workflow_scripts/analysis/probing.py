"""Projections of a model's activations on its directions, in the order of the concept sets."""

from collections.abc import Iterator

import numpy as np

from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.average_precision import ConceptSets, average_precision
from workflow_scripts.method.singular_directions import right_singular_vectors


def oriented_directions(weight: np.ndarray, test: str, model: str) -> np.ndarray:
    """Right singular vectors [R, d_H] of a head, whose sign the test set's activations fix."""
    with open_activations(test, model, weight.shape[1]) as file:
        return oriented(weight, file)


def oriented(weight: np.ndarray, test: ActivationFile) -> np.ndarray:
    """The same as `oriented_directions`, of activations that are open already."""
    total = np.zeros(test.width)
    for _, h in test.batches():
        total += h.sum(axis=0, dtype=np.float64)
    return right_singular_vectors(weight, total / test.images)[1]


def project(activations: str, model: str, v: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Projections float32 [N, R] of the images `ids`, in that order, on the directions v [R, d_H].

    Raises
    ------
    InputError: the activations are of other images, damaged, or not as wide as the directions.
    """
    with open_activations(activations, model, v.shape[1]) as file:
        return projected(file, v, ids)


def projected(file: ActivationFile, v: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The same as `project`, of activations that are open already."""
    place = _places(file, ids)
    projections = np.empty((file.images, len(v)), dtype=np.float32)
    for start, h in file.batches(values_per_image=3 * (v.shape[1] + len(v))):
        projections[place[start : start + len(h)]] = h.astype(np.float64) @ v.T
    return projections


def _places(file: ActivationFile, ids: np.ndarray) -> np.ndarray:
    """Where each image of the file is in `ids`."""
    place = {identifier: row for row, identifier in enumerate(ids)}
    found = [place.get(identifier) for identifier in file.ids.asstr()[:]]
    if len(found) != len(ids) or None in found or len(set(found)) != len(found):
        raise InputError(
            f"{file.path}: found {len(found)} images, expected the {len(ids)} of the concept sets, "
            "each once; activations and concept sets are of different data sets. Run again."
        )
    return np.array(found)


def best_of_directions(
    projections: np.ndarray, sets: ConceptSets, threads: int | None = None
) -> np.ndarray:
    """Each concept's average precision by its best direction: float32 [2, C], for both signs."""
    return np.stack([each.max(axis=1) for each in average_precision(projections, sets, threads)])


def permuted(projections: np.ndarray, seed: int, permutations: int) -> Iterator[np.ndarray]:
    """Yield the projections with the images' identity shuffled, once for each permutation.

    All directions are shuffled alike, so that how they depend on one another remains. The
    permutations depend on the seed and the number of images only: every model sees the same.
    """
    for number in range(permutations):
        generator = np.random.default_rng([seed, number])
        yield projections[generator.permutation(len(projections))]

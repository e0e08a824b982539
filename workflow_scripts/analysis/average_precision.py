"""Average precision of the concepts by a model's directions, from its activations (Section 5)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.directions import right_singular_vectors
from workflow_scripts.method.precision import ConceptSets, average_precision


def oriented_directions(weight: np.ndarray, test: Path | str, model: str) -> np.ndarray:
    """Right singular vectors of a head, whose sign the test set's activations fix.

    Parameters
    ----------
    weight: of the head, float32 [K, d_H].
    test: the model's activation file of the data set of role `test`.

    Returns
    -------
    float64 [R, d_H], by descending singular value.

    Raises
    ------
    InputError: the activations are damaged, or not as wide as the weight.
    """
    with open_activations(test, model, weight.shape[1]) as file:
        return oriented(weight, file)


def oriented(weight: np.ndarray, test: ActivationFile) -> np.ndarray:
    """The same as `oriented_directions`, of activations that are open already."""
    total = np.zeros(test.width)
    for _, h in test.batches():
        total += h.sum(axis=0, dtype=np.float64)
    return right_singular_vectors(weight, total / test.images)[1]


def project(activations: Path | str, model: str, v: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Project the activations of a concept data set on a model's directions.

    Parameters
    ----------
    activations: the model's activation file of the data set.
    v: directions, float64 [R, d_H].
    ids: of the N images, in the order of the concept sets.

    Returns
    -------
    float32 [N, R], in the order of `ids`.

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
    """Each concept's average precision by its best direction, for both signs.

    Parameters
    ----------
    projections: float32 [N, R].
    threads: see `method.average_precision`.

    Returns
    -------
    float32 [2, C], of the directions and of their opposites.
    """
    return np.stack([each.max(axis=1) for each in average_precision(projections, sets, threads)])


def permuted(projections: np.ndarray, seed: int, permutations: int) -> Iterator[np.ndarray]:
    """Yield the projections with the images' identity shuffled, once for each permutation.

    All directions are shuffled alike, so that how they depend on one another remains. The
    permutations depend on the seed and the number of images only: every model sees the same.
    """
    for number in range(permutations):
        generator = np.random.default_rng([seed, number])
        yield projections[generator.permutation(len(projections))]

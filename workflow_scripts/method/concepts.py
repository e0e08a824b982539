"""Concepts that directions encode: sets of images, unique concepts, polysemanticity (Section 5)."""

import numpy as np

from .precision import ConceptSets, sets_by_image


def images_of_concepts(starts: np.ndarray, concepts: np.ndarray, count: int) -> list[np.ndarray]:
    """The sorted images of each of `count` concepts, from the sparse table image x concept."""
    images = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    order = np.argsort(concepts, kind="stable")
    return np.split(images[order], np.cumsum(np.bincount(concepts, minlength=count))[:-1])


def balanced(
    with_it: np.ndarray, images: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Positive and negative images of one concept, as many of each: sorted int64 arrays.

    Parameters
    ----------
    with_it: the images that show the concept, of `images` in all.
    """
    # ASSUME: every image that does not carry the label is without the concept, as the paper says
    # ("images that do not contain the concept"), though Broden labels each image only in some
    # categories.
    without = np.setdiff1d(np.arange(images), with_it, assume_unique=True)
    # ASSUME: where the concept is in more than half of the images, the negatives are the scarcer
    # side, and the positives are sampled.
    size = min(len(with_it), len(without))
    positive, negative = (
        side if len(side) == size else np.sort(generator.choice(side, size, replace=False))
        for side in (with_it, without)
    )
    return positive, negative


def draw_sets(images_of: dict[int, np.ndarray], images: int, seed: int) -> ConceptSets:
    """Balanced sets of concepts, given the images of each by the concept's number.

    A concept's draw depends on its number and the seed only, not on which others there are.
    """
    pairs = [
        balanced(rows, images, np.random.default_rng([seed, number]))
        for number, rows in images_of.items()
    ]
    return sets_by_image([pair[0] for pair in pairs], [pair[1] for pair in pairs], images)


def unique_concepts(average_precision: np.ndarray, threshold: float = 0.9) -> int:
    """Number of concepts that some direction encodes (equation 4).

    Parameters
    ----------
    average_precision: [C, R] in [0, 1], of C concepts by R directions
    threshold: average precision from which a direction encodes a concept
    """
    return int((average_precision.max(axis=1, initial=0) >= threshold).sum())


def polysemanticity(average_precision: np.ndarray, threshold: float = 0.9) -> float:
    """Mean number of concepts that a direction encodes (Section 5); see `unique_concepts`."""
    # ASSUME: the mean is over the rank(W) directions that equation 4 counts too. The paper divides
    # by d_H; the directions beyond the rank are arbitrary, and none of its CLIPs but ResNet50 has
    # any.
    return float((average_precision >= threshold).sum() / average_precision.shape[1])

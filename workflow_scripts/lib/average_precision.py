"""Average precision of every concept in every direction, of both signs (Section 5).

A direction orders the images by their projection. One walk along that order, with two counters
per concept, gives the average precision of all concepts: what it costs is one sort per direction
and one step per membership, however many concepts there are. Both signs come from the same walk,
since the numbers of images below follow from the totals and the numbers above.
"""

from dataclasses import dataclass

import numba
import numpy as np

from workflow_scripts.lib.compiled import compiled
from workflow_scripts.lib.errors import InputError

DIRECTIONS_AT_A_TIME = 64  # per transposed block; bounds the memory beside the projections
_DIGIT = 11  # bits that one pass of the radix sort looks at
_PASSES = 3  # of 11 bits: enough for 32


@dataclass(frozen=True)
class ConceptSets:
    """Positive and negative images of C concepts, by image: a sparse table for each side.

    The concepts in whose positive set image n is are
    `positives[positive_starts[n]:positive_starts[n + 1]]`, likewise for the negative sets. An
    image may be in neither set of a concept, but not in both.
    """

    concepts: int
    positive_starts: np.ndarray  # int64 [N + 1]
    positives: np.ndarray  # int32, indices of concepts in [0, C)
    negative_starts: np.ndarray  # int64 [N + 1]
    negatives: np.ndarray  # int32

    @property
    def images(self) -> int:
        """Number of images N."""
        return len(self.positive_starts) - 1

    @property
    def sizes(self) -> tuple[np.ndarray, np.ndarray]:
        """Sizes of the positive and of the negative sets, both int64 [C]."""
        count = self.concepts
        return tuple(np.bincount(part, minlength=count) for part in (self.positives, self.negatives))


def sets_of_images(positives: list[np.ndarray], negatives: list[np.ndarray], images: int):
    """The `ConceptSets` of C concepts, given as one array of image indices per concept and side."""
    sides = [_by_image(side, images) for side in (positives, negatives)]
    return ConceptSets(len(positives), *sides[0], *sides[1])


def _by_image(sets: list[np.ndarray], images: int) -> tuple[np.ndarray, np.ndarray]:
    """Starts [N + 1] and concepts, sorted by image and then by concept."""
    rows = np.concatenate([np.asarray(each, dtype=np.int64) for each in sets] or [np.empty(0, int)])
    concepts = np.repeat(np.arange(len(sets), dtype=np.int32), [len(each) for each in sets])
    starts = np.zeros(images + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=images), out=starts[1:])
    return starts, concepts[np.argsort(rows, kind="stable")]


def average_precision(
    projections: np.ndarray, sets: ConceptSets, threads: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Average precision of each concept's sets, by each direction and by its opposite.

    Exactly scikit-learn's `average_precision_score`: the sum over thresholds of the gain in recall
    times the precision, where equal scores form one threshold. As there, it is 0 where a concept
    has no positive image.

    Parameters
    ----------
    projections: finite float32 [N, R], the images' projections on R directions.
    sets: the concepts' positive and negative images among the N.
    threads: at most as many as there are cores; all by default. The result does not depend on it.

    Returns
    -------
    float32 [C, R] in [0, 1], for the directions and for their opposites.

    Raises
    ------
    InputError: numbers of images differ, or a projection is NaN or infinite.
    """
    images, directions = projections.shape
    if images != sets.images:
        raise InputError(
            f"found projections of {images} images and concept sets of {sets.images}, expected as "
            "many; activations and concept sets are of different data sets. Run again."
        )
    if not np.isfinite(projections).all():
        raise InputError("found a projection that is NaN or infinite; the activations are broken.")
    if threads is not None:
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    result = np.empty((2, directions, sets.concepts), dtype=np.float32)
    for start in range(0, directions, DIRECTIONS_AT_A_TIME):
        block = slice(start, start + DIRECTIONS_AT_A_TIME)
        # Adding 0 turns -0.0 into 0.0, which it equals and so must be tied with.
        scores = np.ascontiguousarray(projections[:, block].T, dtype=np.float32) + np.float32(0)
        _walk_all(
            scores,
            sets.positive_starts,
            sets.positives,
            sets.negative_starts,
            sets.negatives,
            *sets.sizes,
            result[:, block],
        )
    return result[0].T, result[1].T


@compiled(parallel=True)
def _walk_all(
    scores, positive_starts, positives, negative_starts, negatives, all_positive, all_negative, result
):
    """Fill `result` [2, R, C] for scores [R, N]."""
    for direction in numba.prange(scores.shape[0]):
        _walk(
            scores[direction],
            positive_starts,
            positives,
            negative_starts,
            negatives,
            all_positive,
            all_negative,
            result[:, direction],
        )


@compiled()
def _walk(
    scores, positive_starts, positives, negative_starts, negatives, all_positive, all_negative, result
):
    """Average precision of all concepts for scores [N]: `result` [2, C], of scores and -scores."""
    concepts = len(all_positive)
    order, keys = _descending(scores)
    above = np.zeros((concepts, 2), dtype=np.int64)  # positives and negatives so far
    sums = np.zeros((concepts, 2))  # of precisions at the positives, for both signs
    group = np.zeros(concepts, dtype=np.int64)  # positives among equal scores
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and keys[end] == keys[start]:
            end += 1
        if end - start == 1:
            image = order[start]
            for at in range(positive_starts[image], positive_starts[image + 1]):
                concept = positives[at]
                before, other = above[concept]
                above[concept, 0] = before + 1
                sums[concept, 0] += (before + 1) / (before + 1 + other)
                below = all_positive[concept] - before
                sums[concept, 1] += below / (below + all_negative[concept] - other)
            for at in range(negative_starts[image], negative_starts[image + 1]):
                above[negatives[at], 1] += 1
        else:
            # From below, a group of equal scores is one threshold that lies at its upper end.
            for rank in range(start, end):
                image = order[rank]
                for at in range(positive_starts[image], positive_starts[image + 1]):
                    group[positives[at]] += 1
                    concept = positives[at]
                    below = all_positive[concept] - above[concept, 0]
                    others = all_negative[concept] - above[concept, 1]
                    sums[concept, 1] += below / (below + others)
            for rank in range(start, end):
                image = order[rank]
                for at in range(negative_starts[image], negative_starts[image + 1]):
                    above[negatives[at], 1] += 1
            for rank in range(start, end):
                image = order[rank]
                for at in range(positive_starts[image], positive_starts[image + 1]):
                    concept = positives[at]
                    if group[concept]:
                        count = group[concept]
                        above[concept, 0] += count
                        reached = above[concept, 0]
                        sums[concept, 0] += count * (reached / (reached + above[concept, 1]))
                        group[concept] = 0
        start = end
    for concept in range(concepts):
        for sign in range(2):
            total = all_positive[concept]
            result[sign, concept] = sums[concept, sign] / total if total else 0.0


@compiled()
def _descending(scores):
    """Indices that sort float32 scores [N] in descending order, and keys that tell ties.

    A radix sort: the bits of a float, its sign turned round, are ordered as integers are.
    """
    count = len(scores)
    bits = scores.view(np.int32)
    keys = np.empty(count, dtype=np.uint32)
    for row in range(count):
        value = bits[row]
        # Ascending keys for descending scores.
        keys[row] = np.uint32(value) if value < 0 else np.uint32(0x7FFFFFFF - value)
    order = np.arange(count).astype(np.int32)
    next_keys, next_order = np.empty_like(keys), np.empty_like(order)
    for turn in range(_PASSES):
        shift = np.uint32(turn * _DIGIT)
        mask = np.uint32((1 << _DIGIT) - 1)
        places = np.zeros((1 << _DIGIT) + 1, dtype=np.int64)
        for row in range(count):
            places[((keys[row] >> shift) & mask) + 1] += 1
        for digit in range(1 << _DIGIT):
            places[digit + 1] += places[digit]
        for row in range(count):
            digit = (keys[row] >> shift) & mask
            place = places[digit]
            places[digit] = place + 1
            next_keys[place], next_order[place] = keys[row], order[row]
        keys, next_keys = next_keys, keys
        order, next_order = next_order, order
    return order, keys

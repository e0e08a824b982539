"""Average precision of every concept in every direction, of both signs (Section 5).

A direction orders the images by their projection. One walk along that order, with two counters
per concept, gives the average precision of all concepts: what it costs is one sort per direction
and one step per membership, however many concepts there are. Both signs come from the same walk,
since the numbers of images below follow from the totals and the numbers above.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .compiled import compiled
from .errors import InputError

DIRECTIONS_AT_A_TIME = 16  # per transposed block: a cache line of the projections
_DIGIT = 11  # bits that one pass of the radix sort looks at
_PASSES = 3  # of 11 bits: enough for 32


@dataclass(frozen=True)
class ConceptSets:
    """Positive and negative images of C concepts, as one sparse table by image.

    `members[starts[2 n]:starts[2 n + 1]]` are the concepts in whose positive set image n is, and
    `members[starts[2 n + 1]:starts[2 n + 2]]` those in whose negative set it is. An image may be
    in neither set of a concept, but not in both.
    """

    concepts: int
    starts: np.ndarray  # int64 [2 N + 1]
    members: np.ndarray  # uint16 or uint32, indices of concepts in [0, C)

    @property
    def images(self) -> int:
        """Number of images N."""
        return len(self.starts) // 2

    @property
    def sizes(self) -> np.ndarray:
        """Sizes of the positive and of the negative sets: int64 [2, C]."""
        negative = np.repeat(np.arange(2 * self.images) % 2, np.diff(self.starts))
        combined = negative * self.concepts + self.members
        return np.bincount(combined, minlength=2 * self.concepts).reshape(2, -1)


def sets_by_image(
    positives: Sequence[np.ndarray], negatives: Sequence[np.ndarray], images: int
) -> ConceptSets:
    """The `ConceptSets` of C concepts, given as an array of image indices per concept and side."""
    concepts = len(positives)
    rows = [2 * np.asarray(each, dtype=np.int64) for each in positives]
    rows += [2 * np.asarray(each, dtype=np.int64) + 1 for each in negatives]
    lengths = [len(each) for each in rows]
    # Half the width, half the memory that one walk reads in random order.
    narrow = np.uint16 if concepts <= 1 << 16 else np.uint32
    members = np.repeat(np.tile(np.arange(concepts, dtype=narrow), 2), lengths)
    sides = np.concatenate([np.empty(0, dtype=np.int64), *rows])
    starts = np.zeros(2 * images + 1, dtype=np.int64)
    np.cumsum(np.bincount(sides, minlength=2 * images), out=starts[1:])
    return ConceptSets(concepts, starts, members[np.argsort(sides, kind="stable")])


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
    result, sizes = np.empty((2, directions, sets.concepts), dtype=np.float32), sets.sizes

    def walk(start: int) -> None:
        block = projections[:, start : start + DIRECTIONS_AT_A_TIME]
        # Adding 0 turns -0.0 into 0.0, which it equals and so must be tied with.
        scores = np.ascontiguousarray(block.T, dtype=np.float32) + np.float32(0)
        for direction, each in enumerate(scores, start):
            _walk(each, sets.starts, sets.members, sizes, result[:, direction])

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(walk, range(0, directions, DIRECTIONS_AT_A_TIME)))
    return result[0].T, result[1].T


@compiled
def _walk(
    scores: np.ndarray,
    starts: np.ndarray,
    members: np.ndarray,
    sizes: np.ndarray,
    result: np.ndarray,
) -> None:
    """Average precision of all concepts by scores [N] and by -scores: `result` [2, C]."""
    positives, negatives = sizes
    order, keys = _descending(scores)
    seen = np.zeros((sizes.shape[1], 2), dtype=np.int64)  # positives and negatives so far
    sums = np.zeros((sizes.shape[1], 2))  # of the precision at each positive, for both signs
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and keys[last + 1] == keys[first]:
            last += 1
        if first == last:
            image = order[first]
            for at in range(starts[2 * image], starts[2 * image + 1]):
                concept = members[at]
                before, others = seen[concept]
                seen[concept, 0] = before + 1
                sums[concept, 0] += (before + 1) / (before + 1 + others)
                # From below, this image comes after all that are not yet seen.
                below = positives[concept] - before
                sums[concept, 1] += below / (below + negatives[concept] - others)
            for at in range(starts[2 * image + 1], starts[2 * image + 2]):
                seen[members[at], 1] += 1
        else:
            _pass_ties(order[first : last + 1], starts, members, sizes, seen, sums)
        first = last + 1
    for concept in range(sizes.shape[1]):
        for sign in range(2):
            total = positives[concept]
            result[sign, concept] = sums[concept, sign] / total if total else 0.0


@compiled
def _pass_ties(
    images: np.ndarray,
    starts: np.ndarray,
    members: np.ndarray,
    sizes: np.ndarray,
    seen: np.ndarray,
    sums: np.ndarray,
) -> None:
    """What `_walk` does for images of equal scores, which form one threshold.

    From above, the threshold lies below all of them, from below, above all of them: every
    positive image counts with the precision there.
    """
    positives, negatives = sizes
    for image in images:
        for at in range(starts[2 * image], starts[2 * image + 1]):
            concept = members[at]
            below = positives[concept] - seen[concept, 0]
            sums[concept, 1] += below / (below + negatives[concept] - seen[concept, 1])
    # Now the counters move to the end of the group; `seen` must not change before.
    new = np.zeros(sizes.shape[1], dtype=np.int64)
    for image in images:
        for at in range(starts[2 * image], starts[2 * image + 1]):
            new[members[at]] += 1
        for at in range(starts[2 * image + 1], starts[2 * image + 2]):
            seen[members[at], 1] += 1
    for concept in np.flatnonzero(new):
        seen[concept, 0] += new[concept]
        reached = seen[concept, 0]
        sums[concept, 0] += new[concept] * (reached / (reached + seen[concept, 1]))


@compiled
def _descending(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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

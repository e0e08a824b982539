"""Predictions of a head whose singular directions are pruned one after the other (Appendix G).

W = sum_i sigma_i u_i v_i^T. A sweep starts from the empty sum and adds the directions back, block
by block, so that the whole curve costs one projection of the activations on all directions and
one full matrix product, however many points it has.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import sgemm

from .directions import singular_directions
from .head import Head

LOGIT_BYTES = 2**20  # of one batch's logits: they stay in the cache while blocks are added
DEVICE_BYTES = 2**28  # the same on a GPU


def orders(rank: int, count: int, seed: int) -> dict[str, np.ndarray]:
    """Orders in which directions are added back, each int [orders, rank]: the last pruned first.

    - `least_first`: pruned from the smallest singular value up, as in the paper
    - `most_first`: pruned from the largest singular value down
    - `random`: `count` random orders
    """
    generator = np.random.default_rng(seed)
    ascending = np.arange(rank)
    return {
        "least_first": ascending[None],
        "most_first": ascending[::-1][None].copy(),
        "random": np.stack([generator.permutation(rank) for _ in range(count)]),
    }


def kept_directions(rank: int, steps: int) -> np.ndarray:
    """Numbers of directions kept at the points of a sweep: int [steps + 1], from 0 to the rank."""
    return np.rint(rank * np.arange(steps + 1) / steps).astype(int)


@dataclass(frozen=True)
class PrunedHead:
    """A head as a sum over its directions, in descending order of their singular values.

    Logits of some classes are `scores @ terms + bias`, with the scores of `project`.
    """

    head: Head
    directions: np.ndarray  # float32 [R, d_H], right singular vectors
    terms: np.ndarray  # float32 [R, C]: row i is sigma_i u_i on the chosen classes
    bias: np.ndarray  # float32 [C]; zero if the head has none. It is never pruned.

    @classmethod
    def of(cls, head: Head, classes: np.ndarray) -> "PrunedHead":
        """Decompose a head, for the logits of the given classes (indices, in this order)."""
        _, v = singular_directions(head.weight)
        terms = v @ head.weight[classes].astype(np.float64).T
        bias = np.zeros(len(classes)) if head.bias is None else head.bias[classes]
        return cls(head, *(np.ascontiguousarray(each, np.float32) for each in (v, terms, bias)))

    @property
    def rank(self) -> int:
        """Number of directions R."""
        return len(self.directions)

    def project(self, h: np.ndarray) -> np.ndarray:
        """Scores float32 [R, N] of activations float32 [N, d_H] (before normalisation)."""
        return self.directions @ self.head.reads(h).T

    def sweep(self, h: np.ndarray, order: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """The class with the largest logit, with more and more directions.

        Parameters
        ----------
        h: float32 [N, d_H], before normalisation.
        order: int [O, R], the order or the orders in which the directions are added.
        kept: ascending numbers of directions, from 0 to R.

        Returns
        -------
        int32 [N, O, len(kept)], places in the list of classes; the first one among equals.
        """
        best = np.empty((len(h), len(order), len(kept)), dtype=np.int32)
        rows = max(1, LOGIT_BYTES // (4 * len(self.bias)))
        terms = [self.terms[each] for each in order]
        for start in range(0, len(h), rows):
            scores = self.project(h[start : start + rows])
            for number, each in enumerate(order):
                part = best[start : start + rows, number]
                _add_blocks(scores[each], terms[number], self.bias, kept, part)
        return best

    def sweep_on_gpu(self, h: np.ndarray, order: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """The same as `sweep`, on the CUDA device."""
        import torch

        directions, all_terms, bias = (
            torch.from_numpy(each).cuda() for each in (self.directions, self.terms, self.bias)
        )
        best = np.empty((len(h), len(order), len(kept)), dtype=np.int32)
        rows = max(1, DEVICE_BYTES // (4 * len(self.bias)))
        for start in range(0, len(h), rows):
            features = torch.from_numpy(self.head.reads(h[start : start + rows])).cuda()
            scores = features @ directions.T
            for number, each in enumerate(order):
                own, terms = scores[:, each], all_terms[each]
                logits = bias.repeat(len(features), 1)
                before = 0
                for point, count in enumerate(kept):
                    logits.addmm_(own[:, before:count], terms[before:count])
                    before = count
                    best[start : start + rows, number, point] = logits.argmax(1).cpu().numpy()
        return best


def _add_blocks(
    scores: np.ndarray, terms: np.ndarray, bias: np.ndarray, kept: np.ndarray, best: np.ndarray
) -> None:
    """Fill `best` [N, len(kept)] for one batch and order; scores [R, N], terms [R, C]."""
    logits = np.repeat(bias[None], scores.shape[1], axis=0)
    before = 0
    for point, count in enumerate(kept):
        if count > before:
            # BLAS adds the product to its argument, if that lies in Fortran's order: the transpose.
            a, b = terms[before:count].T, scores[before:count].T
            logits = sgemm(1.0, a, b, 1.0, logits.T, trans_b=True, overwrite_c=True).T
        before = count
        best[:, point] = logits.argmax(axis=1)

"""How the images of an epoch are divided into batches, and those among the processes."""

from collections.abc import Iterator

import numpy as np
import torch

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import distributed


def derived_seed(*parts: int) -> int:
    """A seed that follows from whole numbers, 0 or more."""
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


class Batches:
    """The batches of an epoch over `images` images, in a random order, without a smaller last one.

    `mine` is the part of each batch that is this process's: all have equally many images, so that
    the mean over the processes is the mean over the batch. A set smaller than a batch is one.

    Raises
    ------
    InputError: the processes cannot share a batch equally.
    """

    def __init__(self, images: int, batch_size: int) -> None:
        processes = distributed.size()
        self.images, self.size = images, min(images, batch_size)
        self.steps = max(1, images // batch_size)
        share = self.size // processes
        if batch_size % processes or not share:
            raise InputError(
                f"study.yaml, key batch_size of the recipe: found {batch_size} (and {images} "
                f"images), expected a multiple of the {processes} processes that train; change it "
                "or the number of GPUs"
            )
        self.mine = slice(distributed.rank() * share, (distributed.rank() + 1) * share)

    def of(self, generator: torch.Generator) -> Iterator[torch.Tensor]:
        """Yield the rows int64 [size] of each batch, at random."""
        order = torch.randperm(self.images, generator=generator)
        for start in range(0, self.steps * self.size, self.size):
            yield order[start : start + self.size]

"""Functions compiled by numba, once for all jobs wherever the machine code can be kept."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numba

log = logging.getLogger(__name__)


def compiled(**options):
    """Decorate a function so that it runs as machine code; `options` are numba's.

    The code is kept beside the module, or in the user's cache folder where that is read-only.
    Where neither can be written, each job compiles anew, which takes some seconds.
    """

    def decorate(function):
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError as error:
            log.warning("machine code of %s is not kept: %s", function.__name__, error)
            return numba.njit(**options)(function)

    return decorate


@contextmanager
def on_threads(threads: int | None) -> Iterator[None]:
    """Let the block's compiled functions use at most so many threads; None: all cores.

    Numba's threads may be those of the OpenMP that torch uses, too, and starting them sets torch's
    number of threads to that of all cores. Afterwards torch has as many as before.
    """
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    cores = numba.config.NUMBA_NUM_THREADS
    numba.set_num_threads(min(threads or cores, cores))
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(before)

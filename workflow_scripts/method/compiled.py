"""Functions compiled by numba, once for all jobs wherever the machine code can be kept."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

try:
    import numba
except ImportError:  # the method alone needs numpy and scipy; its loops are then Python's
    numba = None  # type: ignore[assignment]

prange: Any = numba.prange if numba else range

log = logging.getLogger(__name__)


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function so that it runs as machine code; `options` are numba's.

    The code is kept beside the module, or in the user's cache folder where that is read-only.
    Where neither can be written, each job compiles anew, which takes some seconds. Without numba
    the function stays as it is: the same numbers, some hundred times slower.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        if numba is None:
            return function
        # Code is kept by the last part of the module's name, but loading it imports the module by
        # its whole name: a package that is known by two names would break itself.
        package = function.__module__.rpartition(".")[0]
        function.__qualname__ = ".".join(filter(None, [package, function.__qualname__]))
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
    if numba is None:
        yield
        return
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    config: Any = numba.config
    cores = config.NUMBA_NUM_THREADS
    numba.set_num_threads(min(threads or cores, cores))
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(before)

"""Functions compiled by numba, once for all jobs wherever the machine code can be kept."""

import logging
from collections.abc import Callable
from typing import Any

try:
    import numba
except ImportError:  # the method alone needs numpy and scipy; its loops are then Python's
    numba = None  # type: ignore[assignment]

log = logging.getLogger(__name__)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as machine code, which several threads can run at a time.

    The code is kept beside the module, or in the user's cache folder where that is read-only.
    Where neither can be written, each job compiles anew, which takes some seconds. Without numba
    the function stays as it is: the same numbers, some hundred times slower.
    """
    if numba is None:
        return function
    # Code is kept by the last part of the module's name, but loading it imports the module by
    # its whole name: a package that is known by two names would break itself.
    package = function.__module__.rpartition(".")[0]
    function.__qualname__ = ".".join(filter(None, [package, function.__qualname__]))
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError as error:
        log.warning("machine code of %s is not kept: %s", function.__name__, error)
        return numba.njit(nogil=True)(function)

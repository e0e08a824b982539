"""Functions compiled by numba, once for all jobs wherever the machine code can be kept."""

import logging

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

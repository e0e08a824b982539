"""Progress of long loops: a bar on a terminal, a few lines in the log."""

import logging
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar("T")

_LINES = 10

_log = logging.getLogger(__name__)


def progress(iterable: Iterable[T], total: int | None = None, label: str = "") -> Iterator[T]:
    """Yield the items of `iterable` and report how far it is.

    The log gets at most ten lines, about one for every tenth of the way, whether or not there is
    a terminal; a terminal also gets a bar.

    Parameters
    ----------
    iterable: what to loop over; a generator needs `total`
    total: number of items; by default the length of `iterable`, if it has one
    label: what is counted, for example "images of imagenet-r"
    """
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    if sys.stderr.isatty():
        iterable = _with_bar(iterable, total, label)
    return _with_lines(iterable, total, label)


def _with_bar(iterable: Iterable[T], total: int | None, label: str) -> Iterable[T]:
    from tqdm import tqdm

    return tqdm(iterable, total=total, desc=label, leave=False, dynamic_ncols=True)


def _with_lines(iterable: Iterable[T], total: int | None, label: str) -> Iterator[T]:
    start = time.monotonic()
    step = max(1, math.ceil(total / _LINES)) if total else None
    count = 0
    for count, item in enumerate(iterable, start=1):
        yield item
        if step and total and count <= total and (count % step == 0 or count == total):
            seconds = time.monotonic() - start
            share = 100 * count // total
            _log.info("%s: %d of %d (%d %%), %.0f s", label, count, total, share, seconds)
    if count != total:
        _log.info("%s: %d, %.0f s", label, count, time.monotonic() - start)

"""Opening the HDF5 files of the stages, in the one place that knows what h5py raises."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import AGAIN, DAMAGE, reading, unreadable

# How h5py's messages about reading begin, where a file that is open turns out to be damaged
_READ = ("Can't synchronously read", "Unable to synchronously open", "Unable to synchronously get")


@contextmanager
def opened(path: str | Path, *keys: str) -> Iterator[h5py.File]:
    """Yield an open, complete HDF5 file with the given keys.

    Raises
    ------
    InputError: it is missing, damaged, incomplete, or lacks a key; or the system cannot read it,
        in the block, too
    """
    with reading(path):
        file = h5py.File(path, "r")
        missing = [key for key in keys if key not in file]
        complete = bool(file.attrs.get("complete", False))
    with file:
        if not complete:
            raise InputError(f"{path}: was never completed; {AGAIN}")
        if missing:
            raise InputError(
                f"{path}: found no {', '.join(missing)}, expected a complete file; {AGAIN}"
            )
        try:
            yield file
        except DAMAGE as error:
            if not str(error.args[-1] if error.args else "").startswith(_READ):
                raise
            raise unreadable(path, error) from error

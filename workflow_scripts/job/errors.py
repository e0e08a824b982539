"""Errors that a user can mend, and plain words for those of the system."""

import errno
import os
import re
from pathlib import Path

from workflow_scripts.method.errors import InputError

__all__ = [
    "InputError",
    "error_number",
    "memory_message",
    "storage_message",
    "unwritable_message",
]

# The libraries that write HDF5 and safetensors hide the error number in their text.
_HIDDEN_ERRNO = re.compile(r"\berrno = (\d+)|\bOs \{ code: (\d+)")

_NO_SPACE = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM}


def error_number(error: BaseException) -> int | None:
    """Number of the system error behind an exception, or None if there is none."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    hidden = _HIDDEN_ERRNO.search(str(error))
    return int(hidden[1] or hidden[2]) if hidden else None


def storage_message(error: BaseException, folder: Path | None = None) -> str | None:
    """Message for a full disk, a read-only file system or a missing permission; otherwise None.

    Parameters
    ----------
    error: the exception, of a file operation or of a library that writes files
    folder: where the program was writing, named unless the error names a path itself
    """
    number = error_number(error)
    place = _place(error, folder)
    if number in _NO_SPACE:
        return (
            f"no space left on the disk of {place or 'the results'}: make room or choose "
            "another folder (snakemake --directory FOLDER), then run the same command again; "
            "what is finished stays"
        )
    if number == errno.EROFS:
        return (
            f"{place or 'the results folder'} is on a read-only file system: let the workflow "
            "write elsewhere (snakemake --directory FOLDER)"
        )
    if number in _NOT_ALLOWED:
        return (
            f"no permission to use {place or 'the results folder'}: change its permissions "
            "(chmod, chown), or let the workflow write elsewhere (snakemake --directory FOLDER)"
        )
    return None


def unwritable_message(folder: Path) -> str | None:
    """Message if `folder`, or the one in which it would be made, must not be written to."""
    place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if os.access(place, os.W_OK | os.X_OK):
        return None
    read_only = hasattr(os, "statvfs") and os.statvfs(place).f_flag & os.ST_RDONLY
    number = errno.EROFS if read_only else errno.EACCES
    return storage_message(OSError(number, os.strerror(number), str(place)))


def _place(error: BaseException, folder: Path | None) -> Path | None:
    """The path that the error names, or `folder` if that holds it: temporary names tell nothing."""
    named = getattr(error, "filename", None)
    if not isinstance(named, str | bytes):
        return folder
    path = Path(os.fsdecode(named))
    return folder if folder in path.parents else path


def memory_message(error: BaseException) -> str | None:
    """Message for memory that ran out, of the machine or of the GPU; otherwise None."""
    text = str(error)
    exhausted = (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in text
    )
    if not exhausted:
        return None
    detail = text.splitlines()[0] if text else "an allocation failed"
    return (
        f"out of memory ({detail}): run fewer jobs at a time (snakemake --cores N, --resources "
        "mem_mb=N), close other programs, or use a machine with more memory"
    )

"""Errors that a user can mend, and plain words for those of the system."""

import errno
import os
import re
import sys
from pathlib import Path

from workflow_scripts.method.errors import InputError

__all__ = [
    "InputError",
    "error_number",
    "memory_message",
    "package_message",
    "storage_message",
    "unwritable_message",
]

# The libraries of HDF5, safetensors and torch hide the error number in their text.
_HIDDEN_ERRNO = re.compile(
    r"\berrno = (\d+)|\bOs \{ code: (\d+)|\(os error (\d+)\)|\b(?:open file|mmap) .*\((\d+)\)$"
)

_NO_SPACE = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM}
_TOO_MANY = {errno.EMFILE, errno.ENFILE}
# Of a failing disk, or of a network file system whose server is away
_FAILING = {errno.EIO, errno.ETIMEDOUT, errno.ENOTCONN} | {
    getattr(errno, name, errno.EIO) for name in ("ESTALE", "EREMOTEIO", "EHOSTDOWN", "ENOLINK")
}
_NO_LOCKS = "export HDF5_USE_FILE_LOCKING=FALSE, then run the same command again"


def error_number(error: BaseException) -> int | None:
    """Number of the system error behind an exception, or None if there is none."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    hidden = _HIDDEN_ERRNO.search(str(error))
    return int(hidden[hidden.lastindex or 0]) or None if hidden else None


def storage_message(error: BaseException, folder: Path | None = None) -> str | None:
    """Message for what the system refuses whatever the file holds; otherwise None.

    A full disk, a read-only or failing file system, one without locks, a missing permission, too
    many open files: none of them means that a file is damaged.

    Parameters
    ----------
    error: the exception, of a file operation or of a library that reads or writes files
    folder: where the program was writing, or the file that it was reading; named unless the error
        names a path itself
    """
    number, place = error_number(error), _place(error, folder)
    if number is None:
        return None
    if number == errno.ENOLCK or "lock file" in str(error):
        return _lock_message(number, place)
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
    if number in _TOO_MANY:
        return (
            f"too many open files ({os.strerror(number)}) at {place or 'the results'}: raise the "
            "limit (ulimit -n 4096), or run fewer jobs at a time, then run the same command again"
        )
    if number in _FAILING:
        return (
            f"the file system of {place or 'the results'} fails ({os.strerror(number)}), which is "
            "no sign of a damaged file: see to the disk or its connection, then run the same "
            "command again"
        )
    return None


def _lock_message(number: int, place: Path | None) -> str:
    """What to do where HDF5 cannot lock a file."""
    if number in (errno.EAGAIN, errno.EWOULDBLOCK):
        return (
            f"{place or 'a file'} is open in another process, which locks it: wait until that is "
            f"done. If there is none, the file system has no proper locks: {_NO_LOCKS}"
        )
    return (
        f"the file system of {place or 'the results'} has no locks ({os.strerror(number)}), as is "
        f"usual on NFS and Lustre: {_NO_LOCKS}"
    )


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


def package_message(error: BaseException) -> str | None:
    """Message for a package that the environment lacks; otherwise None."""
    if not isinstance(error, ModuleNotFoundError) or str(error.name).startswith("workflow_scripts"):
        return None
    return (
        f"{error} in the environment {sys.prefix}: make it anew (make environment), or install "
        "envs/requirements.lock into it"
    )


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

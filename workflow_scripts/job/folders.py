"""The files of a folder that stands for an archive, or that a job has made."""

import os
from pathlib import Path

from workflow_scripts.job.errors import InputError


def files_in(folder: Path) -> list[Path]:
    """All files below a folder, through links to files and folders, too, in the order of paths.

    Raises
    ------
    InputError: a link leads nowhere, or to a folder that it lies in
    OSError: a folder cannot be read
    """
    return sorted(_below(folder, frozenset()))


def _below(folder: Path, above: frozenset[Path]) -> list[Path]:
    above |= {folder.resolve()}
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if entry.is_dir():
                if entry.is_symlink() and path.resolve() in above:
                    raise _refused(path, "which it lies in")
                found += _below(path, above)
            elif entry.is_file():
                found.append(path)
            elif entry.is_symlink():
                raise _refused(path, "which is not there")
    return found


def _refused(link: Path, reason: str) -> InputError:
    return InputError(
        f"{link}: found a link to {os.readlink(link)}, {reason}; mend the link or remove it"
    )

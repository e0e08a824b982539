"""A row of sources.tsv: where its file lies, where it comes from, and how that is said."""

from pathlib import Path
from urllib.parse import quote

from workflow_scripts.job.errors import InputError


def path_of(row, folder):
    """Path of a source's file, directly below the folder of downloads.

    Raises
    ------
    InputError if the name would lead elsewhere.
    """
    name = row["file"]
    if name in ("", ".", "..") or Path(name).name != name:
        raise InputError(f"sources.tsv, file {name!r}: found a path, expected the name of a file")
    return Path(folder) / name


def part_of(file):
    """Path of what has arrived of a file that is not complete."""
    return file.with_name(f"{file.name}.part")


def refused_of(file):
    """Path of a download that was not what it should be."""
    return file.with_name(f"{file.name}.refused")


def addresses(row, mirror=None):
    """The URLs of a source, in the order in which they are tried; a mirror replaces them all."""
    if mirror:
        return [f"{mirror.rstrip('/')}/{quote(row['file'])}"]
    return (row["urls"] or "").split()


def obtaining(row, file):
    """A sentence or two: what a person does to put a file in its place."""
    how = row["obtain"] or f"Get it from {' or '.join(addresses(row))}"
    return f"{how.rstrip('. ')}. Put it at {file.absolute()}"


def size_text(count):
    """A number of bytes in words, in decimal units."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.4g} {unit}"
    return f"{count} bytes"

"""A row of sources.tsv as a `Source`: where its file comes from, and what is known of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from workflow_scripts.job.errors import InputError


class Claim(NamedTuple):
    """A digest that someone states of a file.

    algorithm: as hashlib calls it
    digits: hexadecimal, the first ones or all of them
    by: who states it
    """

    algorithm: str
    digits: str
    by: str

    def admits(self, digest: str) -> bool:
        """Whether a whole digest of the same algorithm agrees."""
        return digest.startswith(self.digits)

    def __str__(self) -> str:
        whole = len(self.digits) == 2 * hashlib.new(self.algorithm).digest_size
        beginning = "" if whole else "beginning with "
        return f"{self.algorithm} {beginning}{self.digits} (stated by {self.by})"


@dataclass(frozen=True)
class Source:
    """A file that others publish.

    file: its name in the folder of downloads
    urls: its addresses, in the order in which they are tried
    size: in bytes; None if it is not known
    published: its published digest; None if there is none
    obtain: what a person does to obtain it; None where the addresses say all
    """

    file: str
    urls: tuple[str, ...]
    size: int | None
    published: Claim | None
    obtain: str | None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Source":
        """The source of a row of sources.tsv, whose empty cells are None.

        Raises
        ------
        InputError: the file's name would lead out of the folder of downloads
        """
        file = row["file"]
        if file in ("", ".", "..") or Path(file).name != file:
            raise InputError(f"sources.tsv, file {file!r}: found a path, expected a file name")
        published = None
        if row["digest"]:
            # Without an algorithm: the first digits of a SHA-256, as PyTorch names files by.
            algorithm, _, digits = row["digest"].rpartition(":")
            published = Claim(algorithm or "sha256", digits, row["digest_origin"] or "sources.tsv")
        urls = tuple((row["urls"] or "").split())
        return cls(file, urls, row["bytes"], published, row["obtain"])

    def path(self, folder: Path | str) -> Path:
        """Path of the file, directly below the folder of downloads."""
        return Path(folder) / self.file

    def addresses(self, mirror: str | None = None) -> tuple[str, ...]:
        """The addresses to try; a mirror, the base URL of all sources, replaces the own ones."""
        return (f"{mirror.rstrip('/')}/{quote(self.file)}",) if mirror else self.urls

    def instructions(self, file: Path) -> str:
        """What a person does to put the file in its place, without the final full stop."""
        how = self.obtain or f"Get it from {' or '.join(self.urls)}"
        return f"{how.rstrip('. ')}. Put it at {file.absolute()}"


def part_of(file: Path) -> Path:
    """Path of what has arrived of a file that is not complete."""
    return file.with_name(f"{file.name}.part")


def refused_of(file: Path) -> Path:
    """Path of a download that was not what it should be."""
    return file.with_name(f"{file.name}.refused")


def size_text(count: int) -> str:
    """A number of bytes in words, in decimal units."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.4g} {unit}"
    return f"{count} bytes"

"""What has arrived of a file, and which version of the file it belongs to.

The bytes lie in `<file>.part`, and the version is noted in `<file>.part.json`, so that parts of
different versions are never joined. An interruption at any point leaves both usable. Where it
leaves time for it, a checksum of what has arrived is noted, too: without a digest of the whole
file, nothing else would tell a damaged part.
"""

import fcntl
import json
import logging
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import requests

from workflow_scripts.files.atomic import write_json
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import unreadable
from workflow_scripts.transfer.sources import part_of

MEBIBYTE = 1 << 20

_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Version:
    """What an address offers under a file's name; None where the server does not tell.

    url: the address
    validator: a strong ETag or the time of the last change
    size: in bytes
    linked: the SHA-256 that Hugging Face states in X-Linked-ETag
    """

    url: str
    validator: str | None
    size: int | None
    linked: str | None

    @classmethod
    def offered(cls, url: str, response: requests.Response) -> "Version":
        """The version that a response is about."""
        etag = response.headers.get("ETag", "")
        strong = etag if etag and not etag.startswith("W/") else None
        length = response.headers.get("Content-Length", "")
        size = int(length) if length.isdecimal() else None
        if response.status_code != requests.codes.ok:
            size = content_range(response)[1]
        # The digest comes with the redirect to the host that sends the file.
        stated = (each.headers.get("X-Linked-ETag", "") for each in (*response.history, response))
        linked = next((match[1] for text in stated if (match := _SHA256.fullmatch(text))), None)
        validator = strong or response.headers.get("Last-Modified")
        return cls(url, validator, size, linked)

    def continues(self, earlier: "Version") -> bool:
        """Whether bytes of this version may follow bytes of an earlier one."""
        for own, its in ((self.size, earlier.size), (self.linked, earlier.linked)):
            if None not in (own, its) and own != its:
                return False
        if self.url != earlier.url:  # each address has validators of its own
            return self.size is not None
        return self.validator == earlier.validator


class Part:
    """What has arrived of a file, and which version of it that is.

    file: the file when it is complete
    path: what has arrived
    version: the version that it belongs to; None if it is unknown
    inherited: whether it holds bytes that were there before it was opened
    """

    version: Version | None
    inherited: bool
    _stream: IO[bytes]
    _noted: Any  # length and checksum of what an orderly end has left; None if there was none
    _checksum: int | None  # CRC-32 of what has arrived; None if it is unknown

    def __init__(self, file: Path) -> None:
        self.file = file
        self.path = part_of(file)
        self._notes = file.with_name(f"{file.name}.part.json")

    @contextmanager
    def opened(self) -> Iterator["Part"]:
        """Open it for one writer. A part that is empty at the end is removed.

        Raises
        ------
        InputError: another process is writing it, or it cannot be written
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as self._stream:
                self._lock()
                self._noted, self.version = self._read_notes()
                self.inherited = self.length > 0
                self._checksum = None if self.inherited else 0
                try:
                    yield self
                finally:
                    self._tidy()
        except OSError as error:
            raise unreadable(self.path, error) from error

    @property
    def length(self) -> int:
        """Bytes that have arrived."""
        return self._stream.tell()

    def begin(self, version: Version) -> None:
        """Throw away what there is and begin with a version."""
        self.discard()
        self.follow(version)

    def follow(self, version: Version) -> None:
        """Note the version that the next bytes belong to."""
        self.version = version
        write_json(self._notes, asdict(version))

    def is_as_left(self) -> bool:
        """Whether what was there before it was opened is known to be what had arrived."""
        if self._checksum is None:
            found = 0
            with self.path.open("rb") as stream:
                while block := stream.read(MEBIBYTE):
                    found = zlib.crc32(block, found)
            if self._noted == [self.length, found]:
                self._checksum = found
        return self._checksum is not None

    def discard(self) -> None:
        """Throw away what there is."""
        self._stream.truncate(0)
        self._stream.seek(0)
        self.inherited = False
        self.version, self._checksum = None, 0

    def write(self, blocks: Iterable[bytes]) -> Iterator[None]:
        """Append blocks of bytes; yield once for each further MiB, and for what is left."""
        reported = self.length
        for block in blocks:
            self._stream.write(block)
            if self._checksum is not None:
                self._checksum = zlib.crc32(block, self._checksum)
            while self.length - reported >= MEBIBYTE:
                reported += MEBIBYTE
                yield
        if self.length > reported:
            yield

    def flush(self) -> None:
        """Let readers of the file see all that was written."""
        self._stream.flush()

    def move_to(self, path: Path) -> None:
        """Give the part another name."""
        self.path.replace(path)
        self._notes.unlink(missing_ok=True)

    def _tidy(self) -> None:
        if not self.length:
            self.path.unlink(missing_ok=True)
            self._notes.unlink(missing_ok=True)
        elif self.path.exists() and self.version and self._checksum is not None:
            with suppress(InputError):  # the disk may be full
                noted = {"arrived": [self.length, self._checksum]}
                write_json(self._notes, asdict(self.version) | noted)

    def _lock(self) -> None:
        # A job that outlived its killed workflow may still be writing.
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = self.path.exists() and os.path.samestat(
                os.fstat(self._stream.fileno()), self.path.stat()
            )
        except BlockingIOError:
            alone = False
        except OSError as error:  # a file system without locks
            log.info("%s cannot be locked (%s)", self.path, error.strerror)
            alone = True
        if not alone:
            raise InputError(
                f"{self.path}: another process is downloading this file; wait until it is done, or "
                "end it, and run again"
            )

    def _read_notes(self) -> tuple[Any, Version | None]:
        try:
            notes = dict(json.loads(self._notes.read_text(encoding="utf-8")))
            return notes.pop("arrived", None), Version(**notes)
        except (FileNotFoundError, ValueError, TypeError):
            return None, None


def content_range(response: requests.Response) -> tuple[int | None, int | None]:
    """First byte and size of the whole file in the header Content-Range, None where untold."""
    match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if not match:
        return None, None
    return _number(match[1]), _number(match[2])


def _number(text: str | None) -> int | None:
    return None if text in (None, "*") else int(text)

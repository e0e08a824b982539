"""Whether a file is what it should be: its size, and every digest that is known of it."""

import hashlib
import json
import logging
import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path, PurePath

from workflow_scripts.files.atomic import write_json
from workflow_scripts.files.digests import BLOCK, sha256_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress
from workflow_scripts.job.reading import DAMAGE, sent_instead
from workflow_scripts.transfer.sources import Claim, Source

log = logging.getLogger(__name__)


class ContentError(InputError):
    """A file is not the one that was expected; the message says what was found instead."""


def record_of(file: Path) -> Path:
    """Path of the record of a file's first download; it outlives the file."""
    return file.with_name(f"{file.name}.first.json")


def claims_about(source: Source, file: Path) -> list[Claim]:
    """The digests that a source's file has to have.

    The published one; where none is published, that of the first download, once there was one.

    Raises
    ------
    InputError: the record of the first download is damaged
    """
    if source.published:
        return [source.published]
    record = record_of(file)
    if not record.exists():
        return []
    try:
        digits = json.loads(record.read_text(encoding="utf-8"))["sha256"]
    except (ValueError, LookupError, TypeError) as error:
        raise InputError(
            f"{record}: found no JSON object with the key sha256, expected the digest of the first "
            f"download of {file.name}; remove it to have the next one recorded"
        ) from error
    return [Claim("sha256", digits, f"the first download, see {record.name}")]


def record_first(source: Source, file: Path, digest: str, origin: str) -> None:
    """Keep the digest of a file whose source publishes none, to compare later downloads with."""
    if source.published:
        return
    record = record_of(file)
    if record.exists():
        log.info("%s is the same as at its first download; no digest is published", file.name)
        return
    write_json(record, {"sha256": digest, "origin": origin})
    log.warning(
        "%s: no digest is published; that of this first download is recorded in %s and compared "
        "from now on",
        file.name,
        record.name,
    )


def verify(source: Source, path: Path, claims: Sequence[Claim]) -> str:
    """SHA-256 of a source's file that has its size and all claimed digests.

    Where no digest is published, it is one that a reader can open: the first digest that is
    recorded would refuse all others. A folder in the place of an archive has the digest of
    files/digests.py, which cannot be compared with a published one.

    Raises
    ------
    ContentError: it is another file; names what was found and what was expected
    """
    if path.is_dir():
        log.warning("%s is a folder, which no published digest can be compared with", path)
        return sha256_file(path)
    with path.open("rb") as stream:
        start = stream.read(BLOCK)
    if instead := sent_instead(start):
        raise ContentError(f"found {instead}, expected {source.file}")
    found = path.stat().st_size
    if source.size is not None and found != source.size:
        raise ContentError(f"found {found} bytes, expected {source.size}")
    digests = _digests(path, {"sha256", *(claim.algorithm for claim in claims)})
    for claim in claims:
        digest = digests[claim.algorithm]
        if not claim.admits(digest):
            raise ContentError(f"found {claim.algorithm} {digest}, expected {claim}")
        log.info("%s has the expected digest, %s", path.name, claim)
    if not source.published and not _opens(path, source.file, start):
        raise ContentError(
            f"found a file that begins with {start[:12]!r} and that no reader of "
            f"{PurePath(source.file).suffix} can open"
        )
    return digests["sha256"]


def _opens(path: Path, name: str, start: bytes) -> bool:
    """Whether a reader can open a file, as its name says what it is."""
    if name.endswith((".tar", ".tar.gz", ".tgz")):
        try:
            return tarfile.is_tarfile(path)
        except DAMAGE:  # within its compression
            return False
    if name.endswith(".zip"):
        return zipfile.is_zipfile(path)
    if name.endswith(".json"):
        return start.lstrip()[:1] in (b"[", b"{")
    if name.endswith((".pt", ".pth", ".bin", ".safetensors")):
        is_safetensors = start[8:9] == b"{"  # after the length of its header
        return is_safetensors or start[:1] == b"\x80" or zipfile.is_zipfile(path)
    return True


def _digests(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """Digests of a file by algorithm, in one pass: some files have 200 GB."""
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    blocks = -(-path.stat().st_size // BLOCK)
    with path.open("rb") as stream:
        read = iter(partial(stream.read, BLOCK), b"")
        for block in progress(read, blocks, f"verifying {path.name}, MiB"):
            for each in hashes.values():
                each.update(block)
    return {name: each.hexdigest() for name, each in hashes.items()}

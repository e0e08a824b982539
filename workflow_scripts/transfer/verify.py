"""Whether a file is what it should be: its size, and every digest that is known of it."""

import hashlib
import json
import logging
from functools import partial
from typing import NamedTuple

from workflow_scripts.files.atomic import write_json
from workflow_scripts.files.digests import BLOCK, sha256_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress

log = logging.getLogger(__name__)


class ContentError(InputError):
    """A file is not the one that was expected; the message says what was found instead."""


class Claim(NamedTuple):
    """A digest that someone states: `digits` are its first ones, or all of them."""

    algorithm: str
    digits: str
    by: str

    def admits(self, digest):
        """Whether a whole digest of the same algorithm agrees."""
        return digest.startswith(self.digits)

    def __str__(self):
        whole = len(self.digits) == 2 * hashlib.new(self.algorithm).digest_size
        beginning = "" if whole else "beginning with "
        return f"{self.algorithm} {beginning}{self.digits} (stated by {self.by})"


def record_of(file):
    """Path of the record of a file's first download; it outlives the file."""
    return file.with_name(f"{file.name}.first.json")


def claims_about(row, file):
    """The digests that a source's file has to have.

    The published one; where none is published, that of the first download, once there was one.

    Raises
    ------
    InputError if the record of the first download is damaged.
    """
    if row["digest"]:
        algorithm, _, digits = row["digest"].rpartition(":")
        return [Claim(algorithm or "sha256", digits, row["digest_origin"] or "sources.tsv")]
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


def record_first(row, file, digest, origin):
    """Keep the digest of a file whose source publishes none, to compare later downloads with."""
    if row["digest"]:
        return
    record = record_of(file)
    if record.exists():
        log.info("%s is the same as at its first download; none is published", file.name)
        return
    write_json(record, {"sha256": digest, "origin": origin})
    log.warning(
        "%s: no digest is published; that of this first download is recorded in %s and compared "
        "from now on",
        file.name,
        record.name,
    )


def verify(path, size, claims):
    """SHA-256 of a file that has the size (None: any) and all claimed digests.

    A folder in the place of an archive has the digest of files/digests.py, which no published one
    can be compared with.

    Raises
    ------
    ContentError naming what was found and what was expected.
    """
    if path.is_dir():
        log.warning("%s is a folder, which no published digest can be compared with", path)
        return sha256_file(path)
    found = path.stat().st_size
    if size is not None and found != size:
        raise ContentError(f"found {found} bytes, expected {size}")
    digests = _digests(path, {"sha256", *(claim.algorithm for claim in claims)})
    for claim in claims:
        digest = digests[claim.algorithm]
        if not claim.admits(digest):
            raise ContentError(f"found {claim.algorithm} {digest}, expected {claim}")
        log.info("%s has the expected digest, %s", path.name, claim)
    return digests["sha256"]


def _digests(path, algorithms):
    """Digests of a file by algorithm, in one pass."""
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    blocks = -(-path.stat().st_size // BLOCK)
    with path.open("rb") as stream:
        read = iter(partial(stream.read, BLOCK), b"")
        for block in progress(read, blocks, f"verifying {path.name}, MiB"):
            for each in hashes.values():
                each.update(block)
    return {name: each.hexdigest() for name, each in hashes.items()}

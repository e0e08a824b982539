"""A source's file in its place, complete and verified, with its digest beside it."""

import logging
from collections.abc import Iterable
from pathlib import Path

from workflow_scripts.files.atomic import write_text
from workflow_scripts.files.digests import digest_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer.http import AddressError, transfer
from workflow_scripts.transfer.part import Part
from workflow_scripts.transfer.sources import Claim, Source, refused_of
from workflow_scripts.transfer.verify import (
    ContentError,
    claims_about,
    record_first,
    record_of,
    verify,
)

log = logging.getLogger(__name__)


def fetch(source: Source, folder: Path | str, mirror: str | None = None) -> Path:
    """Bring a source's file to its place; the path of the digest that is written beside it.

    A file that is there already, put by a person or left by a job that ended, is only verified. It
    is never altered. Anything else is downloaded from the first address that serves it as it
    should be; what has arrived of it (`<file>.part`) is continued.

    Parameters
    ----------
    source: the file and its addresses
    folder: where downloads lie
    mirror: base URL that replaces the source's own addresses

    Raises
    ------
    InputError: the file is not what it should be, no address serves it, or the disk is too full
    """
    file = source.path(folder)
    if file.exists():
        digest = _verified_in_place(source, file)
    else:
        digest = _downloaded(source, file, source.addresses(mirror))
    write_text(digest_file(file), f"{digest}  {file.name}\n")
    return digest_file(file)


def _verified_in_place(source: Source, file: Path) -> str:
    log.info("%s is there already and is verified", file)
    try:
        digest = verify(source, file, claims_about(source, file))
    except ContentError as error:
        again = "Remove it, and it will be downloaded"
        if not source.urls:
            again = source.instructions(file)
        raise InputError(f"{file}: {error}. {_if_meant(source, file)}{again}.") from error
    if file.is_file():
        record_first(source, file, digest, "put there by a person")
    return digest


def _if_meant(source: Source, file: Path) -> str:
    """How to accept a change of a file of which nothing but its first digest was known."""
    if source.published or not record_of(file).exists():
        return ""
    return f"If the change is meant, remove {record_of(file)}; if not: "


def _downloaded(source: Source, file: Path, urls: Iterable[str]) -> str:
    """SHA-256 of the file from the first URL that serves it."""
    reasons = []
    for url in urls:
        try:
            return _from(url, source, file)
        except AddressError as error:
            log.warning("gave up on %s: %s", url, error)
            reasons.append(f"{url}: {error}")
    if refused_of(file).exists():
        reasons.append(f"What was refused last is kept in {refused_of(file)}")
    lines = "\n".join(reasons) or "it has no address"
    mend = f"{_if_meant(source, file)}{source.instructions(file)}"
    raise InputError(f"{file.name} could not be downloaded:\n{lines}\n{mend}")


def _from(url: str, source: Source, file: Path) -> str:
    """SHA-256 of the file from one URL; a download that is not what it should be is set aside."""
    claims = claims_about(source, file)
    with Part(file).opened() as part:
        log.info("%s: asking %s", file.name, url)
        transfer(url, part, source.size, claims)
        if part.version and part.version.linked:
            claims.append(Claim("sha256", part.version.linked, "its host, in X-Linked-ETag"))
        part.flush()
        try:
            digest = verify(source, part.path, claims)
        except ContentError as error:
            part.move_to(refused_of(file))
            if not part.inherited:
                raise AddressError(f"sent what was refused: {error}") from error
            log.warning(
                "%s: %s; downloaded from the start, since it had been continued", file.name, error
            )
        else:
            record_first(source, file, digest, url)
            part.move_to(file)
            return digest
    return _from(url, source, file)

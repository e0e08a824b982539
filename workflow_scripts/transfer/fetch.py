"""A source's file in its place, complete and verified, with its digest beside it."""

import logging

from workflow_scripts.files.atomic import write_text
from workflow_scripts.files.digests import digest_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer.http import LeftError, transfer
from workflow_scripts.transfer.part import Part
from workflow_scripts.transfer.sources import addresses, obtaining, path_of, refused_of
from workflow_scripts.transfer.verify import (
    Claim,
    ContentError,
    claims_about,
    record_first,
    record_of,
    verify,
)

log = logging.getLogger(__name__)


def fetch(row, folder, mirror=None):
    """Bring a source's file to its place; the path of the digest that is written beside it.

    A file that is there already, put by a person or left by a job that ended, is only verified. It
    is never altered. Anything else is downloaded from the first address that serves it as it
    should be; what has arrived of it (`<file>.part`) is continued.

    Parameters
    ----------
    row: row of sources.tsv
    folder: where downloads lie
    mirror: base URL that replaces the source's own addresses

    Raises
    ------
    InputError: the file is not what it should be, no address serves it, or the disk is too full
    """
    file = path_of(row, folder)
    if file.exists():
        digest = _verified_in_place(row, file)
    else:
        digest = _downloaded(row, file, addresses(row, mirror))
    write_text(digest_file(file), f"{digest}  {file.name}\n")
    return digest_file(file)


def _verified_in_place(row, file):
    log.info("%s is there already and is verified", file)
    try:
        digest = verify(file, row["bytes"], claims_about(row, file))
    except ContentError as error:
        again = "Remove it, and it will be downloaded" if row["urls"] else obtaining(row, file)
        raise InputError(f"{file}: {error}. {_if_meant(row, file)}{again}.") from error
    if file.is_file():
        record_first(row, file, digest, "put there by a person")
    return digest


def _if_meant(row, file):
    """How to accept a change of a file whose first digest alone was known."""
    if row["digest"] or not record_of(file).exists():
        return ""
    return f"If the change is meant, remove {record_of(file)}; if not: "


def _downloaded(row, file, urls):
    """SHA-256 of the file from the first URL that serves it."""
    reasons = []
    for url in urls:
        try:
            return _from(url, row, file)
        except LeftError as error:
            log.warning("%s is left: %s", url, error)
            reasons.append(f"{url}: {error}")
    if refused_of(file).exists():
        reasons.append(f"What was refused last is kept in {refused_of(file)}")
    lines = "\n".join(reasons) or "it has no address"
    mend = f"{_if_meant(row, file)}{obtaining(row, file)}"
    raise InputError(f"{file.name} could not be downloaded:\n{lines}\n{mend}")


def _from(url, row, file):
    """SHA-256 of the file from one URL; a download that is not what it should be is set aside."""
    claims = claims_about(row, file)
    with Part(file).opened() as part:
        log.info("%s: asking %s", file.name, url)
        transfer(url, part, row["bytes"], claims)
        linked = part.version.linked
        stated = [Claim("sha256", linked, "its host, in X-Linked-ETag")] if linked else []
        part.flush()
        try:
            digest = verify(part.path, row["bytes"], claims + stated)
        except ContentError as error:
            part.move_to(refused_of(file))
            if not part.inherited:
                raise LeftError(f"sent what was refused: {error}") from error
            log.warning("%s: %s; begun anew, since a part was there before", file.name, error)
        else:
            record_first(row, file, digest, url)
            part.move_to(file)
            return digest
    return _from(url, row, file)

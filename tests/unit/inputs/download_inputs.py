"""A file to download, its row of sources.tsv, its hosts, and what is left of it in a folder."""

import hashlib
import json
import random
import tarfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.authentic.server import Behaviour, Server
from workflow_scripts.files.digests import verified_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer.fetch import fetch
from workflow_scripts.transfer.sources import Source

_MEMBER = tarfile.TarInfo("a.jpeg")
_MEMBER.size = 299_000
CONTENT = _MEMBER.tobuf() + random.Random(0).randbytes(300_000 - 512)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
MIDDLE = 200_000
NAME = "set.tar"


def row_of(*urls: str, **cells: Any) -> dict[str, Any]:
    """A row of sources.tsv whose file has the published digest of CONTENT."""
    row = {
        "source": "set",
        "file": NAME,
        "urls": " ".join(urls) or None,
        "bytes": len(CONTENT),
        "digest": f"sha256:{SHA256}",
        "digest_origin": "its authors",
        "terms": "free",
        "obtain": None,
    }
    return row | cells


def source(*urls: str, **cells: Any) -> Source:
    """The source of `row_of`."""
    return Source.from_row(row_of(*urls, **cells))


def mirrors(host: Server, **behaviours: Behaviour) -> list[str]:
    """URLs of one file by mirror, served as told."""
    for name, behaviour in behaviours.items():
        behaviour.file = behaviour.file or NAME
        host.behaviours[f"/{name}/{NAME}"] = behaviour
    return [f"{host.url}/{name}/{NAME}" for name in behaviours]


def begun(folder: Path, url: str, count: int, **version: Any) -> None:
    """A part as an interrupted download leaves it."""
    folder.mkdir(exist_ok=True)
    (folder / f"{NAME}.part").write_bytes(CONTENT[:count])
    known = {"url": url, "validator": None, "size": len(CONTENT), "linked": None} | version
    known["arrived"] = [count, zlib.crc32(CONTENT[:count])]
    (folder / f"{NAME}.part.json").write_text(json.dumps(known))


def assert_complete(folder: Path, *others: str) -> None:
    """The file, its digest, and nothing else but `others`."""
    assert (folder / NAME).read_bytes() == CONTENT
    assert (folder / f"{NAME}.sha256").read_text() == f"{SHA256}  {NAME}\n"
    assert verified_digest(folder / NAME) == SHA256
    assert {path.name for path in folder.iterdir()} == {NAME, f"{NAME}.sha256", *others}


def asked(host: Server) -> list[str | None]:
    """The ranges that were asked for."""
    return [each for _, each in host.requests]


def message(source: Source, folder: Path) -> str:
    """What is said of a download that fails."""
    with pytest.raises(InputError) as error:
        fetch(source, folder)
    assert not (folder / f"{NAME}.sha256").exists()
    return str(error.value)

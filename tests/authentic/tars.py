"""A writer of tar archives with entries of their folders, as most originals have."""

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

Members = Iterable[tuple[str, bytes]]


def write_tar(path: Path, members: Members, gzipped: bool | None = None) -> None:
    """Write (name, bytes) pairs as a tar archive with entries of their folders.

    It is gzipped if `gzipped` says so, by default if its name does. It holds no times.
    """
    gzipped = path.name.endswith("gz") if gzipped is None else gzipped
    with open(path, "wb") as file:
        if gzipped:
            with gzip.GzipFile("", "wb", 1, file, mtime=0) as packed:
                write_members(packed, members)
        else:
            write_members(file, members)


def write_members(file: IO[bytes] | gzip.GzipFile, members: Members) -> None:
    """Write a tar archive into an open file; see `write_tar`."""
    with tarfile.open(fileobj=file, mode="w") as archive:
        folders: set[Path] = set()
        for name, content in members:
            for parent in reversed(Path(name).parents[:-1]):
                if parent not in folders:
                    folders.add(parent)
                    info = tarfile.TarInfo(f"{parent.as_posix()}/")
                    info.type, info.mode = tarfile.DIRTYPE, 0o755
                    archive.addfile(info)
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))

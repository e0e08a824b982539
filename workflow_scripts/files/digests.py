"""Digests that stand for large files: content decides what is stale, not the time of writing.

The digest of a large file or folder lies beside it as `<path>.sha256`, in the format of
`sha256sum`, and is written last. That of an archive or of weights is of the bytes. That of an HDF5
file is of its contents, since equal contents may be stored in different bytes.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.files.atomic import write_text
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.folders import files_in
from workflow_scripts.job.reading import reading

BLOCK = 1 << 20


def sha256_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, or of the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else files_in(path):
        if file != path:
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def sha256_text(*texts: str) -> str:
    """Hexadecimal SHA-256 of texts, which are kept apart."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def sha256_arrays(*arrays: Any) -> str:
    """Hexadecimal SHA-256 of arrays or HDF5 data sets: dtype, shape and content.

    Strings are digested as UTF-8. Numbers are read in blocks of rows, so that data sets are never
    held whole.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.kind}{array.dtype.itemsize}{array.shape}".encode())
        if array.dtype.kind in "UO":
            digest.update("\0".join(map(str, array)).encode())
            continue
        rows = max(1, BLOCK // max(1, array.dtype.itemsize * int(np.prod(array.shape[1:]))))
        for start in range(0, len(array), rows):
            digest.update(np.ascontiguousarray(array[start : start + rows]).tobytes())
    return digest.hexdigest()


def digest_file(path: Path | str) -> Path:
    """Path of the small file that holds the digest of a large file or folder."""
    path = Path(path)
    return path.with_name(f"{path.name}.sha256")


def represented(path: Path | str) -> str:
    """Path of the large file that a digest file stands for; see `digest_file`."""
    return str(path).removesuffix(".sha256")


def write_digest(path: Path, hexdigest: str | None = None) -> None:
    """Write the digest of a file or folder beside it, once that is complete.

    Parameters
    ----------
    path: of the file or folder.
    hexdigest: its digest; None for that of the bytes, see `sha256_file`.
    """
    write_text(digest_file(path), f"{hexdigest or sha256_file(path)}  {path.name}\n")


def recorded_digest(path: Path) -> str:
    """The digest that lies beside a file or folder, which is not compared with it.

    Raises
    ------
    InputError: there is none.
    """
    recorded = digest_file(path)
    words = recorded.read_text(encoding="utf-8").split() if recorded.exists() else []
    if not words:
        raise InputError(f"{path}: has no digest {recorded.name} beside it; run the workflow again")
    return words[0]


def verified_digest(path: Path) -> str:
    """The SHA-256 of an archive or of weights, which has to be that of the digest beside it.

    Raises
    ------
    InputError: there is no digest, or the file was changed since it was written.
    """
    expected = recorded_digest(path)
    with reading(path, "put it back, or obtain it again"):
        found = sha256_file(path)
    if found != expected:
        recorded = digest_file(path).name
        raise InputError(
            f"{path}: found SHA-256 {found}, expected {expected} as in {recorded}; the file is "
            "damaged or was replaced. Delete both and run again or, if the change was meant, "
            f"update the digest: sha256sum {path.name} > {recorded}"
        )
    return found

"""Digests that stand for large files: content decides what is stale, not the time of writing."""

import hashlib

import numpy as np

from workflow_scripts.files.atomic import write_text
from workflow_scripts.job.errors import InputError

BLOCK = 1 << 20


def sha256_file(path):
    """Hexadecimal SHA-256 of a file, or of the names and contents of a folder's files."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    for file in files:
        if file != path:
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def sha256_text(*texts):
    """Hexadecimal SHA-256 of texts, which are kept apart."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def digest_file(path):
    """Path of the small file that holds the SHA-256 of a large one."""
    return path.with_name(f"{path.name}.sha256")


def represented(path):
    """Path of the large file that a digest file stands for; see `digest_file`."""
    return str(path).removesuffix(".sha256")


def write_digest(path):
    """Write the digest of a file beside it, in the format of `sha256sum`."""
    write_text(digest_file(path), f"{sha256_file(path)}  {path.name}\n")


def verified_digest(path):
    """The SHA-256 of a file, which has to be that of the digest beside it.

    Raises
    ------
    InputError if the file was changed since its digest was written.
    """
    recorded = digest_file(path)
    if not recorded.exists():
        raise InputError(f"{path}: has no digest {recorded.name} beside it; run the workflow again")
    found, expected = sha256_file(path), recorded.read_text(encoding="utf-8").split()[0]
    if found != expected:
        raise InputError(
            f"{path}: found SHA-256 {found}, expected {expected} as in {recorded.name}; the file "
            "is damaged or was replaced. Delete both and run again or, if the change was meant, "
            f"update the digest: sha256sum {path.name} > {recorded.name}"
        )
    return found


def sha256_arrays(*arrays):
    """Hexadecimal SHA-256 of arrays: dtype, shape and content, read in blocks of rows.

    Arrays of strings are digested as UTF-8; HDF5 data sets are never held whole.
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

"""What each finished job was made of: the record that decides whether it is stale.

Snakemake judges by the times of files and by notes in `.snakemake`, and a copy of the results has
neither. So each job leaves a record among the results: its stamp (code and settings) and the digest
of each input. Large files have a digest beside them, which stands for them.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

# Never read to see whether they changed: among the inputs is a small file that stands for each.
LARGE = (".h5", ".safetensors", ".tar", ".tar.gz", ".zip", ".tgz")


def is_small(path: str | Path) -> bool:
    """Whether an input is compared by its own content: no folder and no large file."""
    return bool(Path(path).suffix) and not str(path).endswith(LARGE)


def begin(record: str | Path) -> None:
    """Note that a job has begun: what it leaves is stale until it has finished."""
    _write(record, {"finished": False})


def finish(record: str | Path, stamp: str, inputs: Iterable[str | Path]) -> None:
    """Note what a finished job was made of.

    Parameters
    ----------
    record: path of the job's record
    stamp: digest of its code and settings, see study/stamps.py
    inputs: paths of all its inputs
    """
    digests = {
        str(path): hashlib.sha256(Path(path).read_bytes()).hexdigest() if is_small(path) else None
        for path in inputs
    }
    _write(record, {"finished": True, "stamp": stamp, "inputs": digests})


def write_digests(outputs: Iterable[str | Path]) -> None:
    """Write the digests among a job's outputs that its script has not written itself.

    Such a digest, `<path>.sha256`, is that of the file's bytes, or of the names and bytes of all
    files in a folder.
    """
    for digest in map(Path, outputs):
        if digest.suffix == ".sha256" and not digest.exists():
            path = digest.with_suffix("")
            found = _of_folder(path) if path.is_dir() else _sha256(path)
            digest.write_text(f"{found}  {path.name}\n", encoding="utf-8")


def _of_folder(folder: Path) -> str:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    lines = (f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def reason_to_rerun(record: str | Path, stamp: str, inputs: Iterable[str | Path]) -> str:
    """Why what a job left is stale, in a word that can be part of a file name; empty if it is not.

    A job without a record is left to Snakemake: either it never ran, or somebody copied results
    without their records and has to be believed. So are inputs that are missing.
    """
    try:
        found = json.loads(Path(record).read_bytes())
        if not found["finished"]:
            return "unfinished"
        made_with, digests = found["stamp"], dict(found["inputs"])
    except FileNotFoundError:
        return ""
    except (ValueError, LookupError, TypeError):
        return "unreadable_record"
    if made_with != stamp:
        return "code_or_settings"
    if digests.keys() != {*map(str, inputs)}:
        return "other_inputs"
    for path, digest in digests.items():
        if digest and (now := _digest(path)) and now != digest:
            return f"content_of_{Path(path).name}"
    return ""


@cache
def _digest(path: str) -> str | None:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None


def forget() -> None:
    """Read contents anew, as a new process would."""
    _digest.cache_clear()


def _write(record: str | Path, content: dict) -> None:
    # The records of a job have one writer, and a torn one only makes the job run again.
    path = Path(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

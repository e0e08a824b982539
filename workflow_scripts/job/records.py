"""What each finished job was made of: the record that decides whether it is stale.

Snakemake judges by the times of files and by notes in `.snakemake`, and a copy of the results has
neither. So each job leaves a record among the results: its stamp (code and settings) and the digest
of each input. Large files have a digest beside them, which stands for them.

It also has the digest of the bytes of each output, so that what was damaged or edited since is told
before another job uses it, and by `files/verify_files.py`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError
from workflow_scripts.job.folders import files_in
from workflow_scripts.job.packages import foreign_in_use

# Files that are too large to be read whenever a run is planned
LARGE = (".h5", ".safetensors", ".tar", ".tar.gz", ".zip", ".tgz")


def digest_of(path: str) -> str | None:
    """The small file that stands for a result; None for one that stands for itself."""
    if path.endswith(("encoder.safetensors", "text.safetensors")):
        return str(Path(path).with_name("card.json"))
    if path.endswith("head.safetensors"):
        return str(Path(path).with_name("head.json"))
    return f"{path}.sha256" if path.endswith(LARGE) or not Path(path).suffix else None


def begin(record: str | Path) -> None:
    """Note that a job has begun: what it leaves is stale until it has finished."""
    _write(record, {"finished": False})


def finish(
    record: str | Path,
    stamp: str,
    inputs: Iterable[str | Path],
    outputs: Iterable[str | Path] = (),
) -> None:
    """Note what a finished job was made of, and what it has made.

    Parameters
    ----------
    record: path of the job's record
    stamp: digest of its code and settings, see plan/staleness/stamps.py
    inputs: paths of all its inputs
    outputs: paths of all its outputs
    """
    names = [str(path) for path in inputs]
    # A checkpoint of the user's own has no digest among the inputs: its content is compared.
    digests = {path: None if digest_of(path) in names else _own(Path(path)) for path in names}
    made = {str(path): _bytes(Path(path)) for path in outputs}
    content: dict[str, Any] = {"finished": True, "stamp": stamp, "inputs": digests, "outputs": made}
    if foreign := foreign_in_use():
        content["foreign"] = foreign
    _write(record, content)


def foreign_packages(folder: str | Path) -> set[str]:
    """Packages from outside the environment that finished jobs have used; see job/packages.py.

    Parameters
    ----------
    folder: of the jobs' records
    """
    return {name for _, content in _finished(folder) for name in content.get("foreign", [])}


def outputs(folder: str | Path) -> dict[str, tuple[str, Path]]:
    """What finished jobs have made: by its path, the digest of its bytes and the job's record.

    Parameters
    ----------
    folder: of the jobs' records
    """
    return {
        path: (digest, record)
        for record, content in _finished(folder)
        for path, digest in dict(content.get("outputs", {})).items()
    }


def difference(path: str | Path, digest: str, record: Path) -> str:
    """What tells a file or folder from the one that its job left; empty if it is the same.

    Parameters
    ----------
    digest, record: as `outputs` gives them
    """
    try:
        found = f"SHA-256 {_bytes(Path(path))}"
    except FileNotFoundError:
        found = "no such file"
    if found == f"SHA-256 {digest}":
        return ""
    return (
        f"{path}: found {found}, expected SHA-256 {digest}, with which its job left it (see "
        f"{record}); it was damaged or changed since"
    )


def check_inputs(folder: str | Path, inputs: Iterable[str | Path]) -> None:
    """Refuse inputs that are not as the jobs left them that made them.

    Parameters
    ----------
    folder: of the jobs' records
    inputs: paths of a job's inputs; those that no job has made are passed over

    Raises
    ------
    InputError: one differs
    """
    made = outputs(folder)
    for path in map(str, inputs):
        if path in made and (found := difference(path, *made[path])):
            raise InputError(
                f"{found}. Put it back, or delete it, and run again; if the change is meant, "
                "delete that record"
            )


def stamps(folder: str | Path) -> dict[str, str]:
    """What the finished jobs were made by, code and settings: a digest of each rule's stamps.

    Parameters
    ----------
    folder: of the jobs' records; those of further replicates are left out

    Returns
    -------
    By rule, `<stage>/<rule>` or `measures/<subject>/<rule>`, in alphabetical order.
    """
    found: dict[str, list[str]] = {}
    for record, content in _finished(folder):
        parts = record.relative_to(folder).with_suffix("").parts
        if parts[0] == "replicates":
            continue
        rule = "/".join(parts[: 3 if parts[0] == "measures" else 2])
        found.setdefault(rule, []).append(f"{'/'.join(parts)} {content.get('stamp')}")
    return {
        rule: hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
        for rule, lines in sorted(found.items())
    }


def damaged(folder: str | Path) -> list[Path]:
    """Records that cannot be read: their jobs are stale, and nothing is known of what they made.

    Parameters
    ----------
    folder: of the jobs' records
    """
    readable = {record for record, _ in _finished(folder)}
    return [record for record in _all(folder) if record not in readable]


def _all(folder: str | Path) -> list[Path]:
    return sorted(Path(folder).rglob("*.json"))


def _finished(folder: str | Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Records and what they hold, without those that are damaged."""
    for record in _all(folder):
        with suppress(OSError, ValueError):
            if isinstance(content := _content(str(record)), dict):
                yield record, content


def write_digests(outputs: Iterable[str | Path]) -> None:
    """Write the digests among a job's outputs that its script has not written itself.

    Such a digest, `<path>.sha256`, is that of the file's bytes, or of the names and bytes of all
    files in a folder.
    """
    for digest in map(Path, outputs):
        if digest.suffix == ".sha256" and not digest.exists():
            path = digest.with_suffix("")
            digest.write_text(f"{_bytes(path)}  {path.name}\n", encoding="utf-8")


def _bytes(path: Path) -> str:
    """Digest of a file's bytes, or of the names and bytes of all files in a folder."""
    return _of_folder(path) if path.is_dir() else _sha256(path)


def _of_folder(folder: Path) -> str:
    # Snakemake adds a file of its own once the job is done.
    files = [path for path in files_in(folder) if path.name != ".snakemake_timestamp"]
    names = ((path, path.relative_to(folder).as_posix()) for path in files)
    lines = (f"{_sha256(path)}  {name}\n" for path, name in names)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _own(path: Path) -> str:
    """Digest of a file, or of the names and sizes in a folder, which may hold many images."""
    if not path.is_dir():
        return _sha256(path)
    files = (file for file in sorted(path.rglob("*")) if file.is_file())
    lines = (f"{file.stat().st_size} {file.relative_to(path).as_posix()}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def reason_to_rerun(
    record: str | Path, stamp: str, inputs: Iterable[str | Path] | None = None
) -> str:
    """Why what a job left is stale, in a word that can be part of a file name; empty if it is not.

    Its inputs now are taken to be those of the record if they are not given.

    A job without a record is left to Snakemake: either it never ran, or results were copied without
    their records and are judged by their times. So are inputs that are missing.
    """
    try:
        found = _content(str(record))
        if not found["finished"]:
            return "unfinished"
        made_with, digests = found["stamp"], dict(found["inputs"])
    except FileNotFoundError:
        return ""
    except (ValueError, LookupError, TypeError):
        return "unreadable_record"
    if made_with != stamp:
        return "code_or_settings"
    if inputs is not None and digests.keys() != {*map(str, inputs)}:
        return "other_inputs"
    for path, digest in digests.items():
        if digest and (now := _digest(path)) and now != digest:
            return f"content_of_{Path(path).name}"
    return ""


@cache
def _content(record: str) -> Any:
    return json.loads(Path(record).read_bytes())


@cache
def _digest(path: str) -> str | None:
    try:
        return _own(Path(path))
    except OSError:
        return None


def forget() -> None:
    """Read contents anew, as a new process would."""
    _digest.cache_clear()
    _content.cache_clear()


def _write(record: str | Path, content: dict) -> None:
    # The records of a job have one writer, and a torn one only makes the job run again.
    path = Path(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    _content.cache_clear()

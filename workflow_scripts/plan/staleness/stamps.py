"""Stamps: hashes of all that a rule's result depends on, beside its input files.

Snakemake judges a script by its modification time and does not know the modules that it imports.
A rule's stamp is one of its params instead, so that the job reruns when the meaning of the code or
the settings changed, and only then.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError
from workflow_scripts.plan.staleness import definitions

_STAMP_LENGTH = 16
_SCALARS = (str, bool, int, float, type(None))


def stamp(root: Path, script: str, settings: Any, files: Iterable[str | Path] = ()) -> str:
    """Hash of a script's meaning, of its settings and of the repository's data files it reads.

    Code counts by the syntax trees of the definitions that the script depends on, see
    plan/staleness/definitions.py.

    Parameters
    ----------
    root: the repository's root, which holds the package `workflow_scripts`
    script: path of the script below `workflow_scripts/`, for example "analysis/accuracy.py"
    settings: what JSON can hold; the order of keys does not matter
    files: paths, relative to `root` or absolute, of small files whose content counts

    Returns
    -------
    16 hexadecimal digits.

    Raises
    ------
    InputError: a module or a file is missing or unreadable, or has a syntax error
    TypeError: `settings` hold something that JSON cannot (a path, a NumPy number); names the key
    """
    root = Path(root).absolute()
    parts = {
        "code": _code(root, script),
        "settings": _plain(settings, "settings"),
        "files": [[_name(root, file), _file_digest(root / file)] for file in files],
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_STAMP_LENGTH]


@cache
def _code(root: Path, script: str) -> list[list[str]]:
    return definitions.definitions(root, script)


def forget() -> None:
    """Read code anew, as a new process would."""
    _code.cache_clear()
    definitions.forget()


def _name(root: Path, file: str | Path) -> str:
    """Name of a file, the same in every copy of the repository."""
    path = root / file
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _plain(value: Any, place: str) -> Any:
    """`value` with mappings as dicts and sequences as lists, all of it fit for JSON."""
    if isinstance(value, Mapping):
        for key in value:
            # Not isinstance: a subclass of str or int would be written as what it is not.
            if type(key) is not str:
                raise TypeError(f"{place}: the key {key!r} is no text")
        return {key: _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if type(value) not in _SCALARS or value in (float("inf"), float("-inf")) or value != value:
        raise TypeError(f"{place}: JSON cannot hold {value!r} ({type(value).__name__})")
    return value

"""Asks a process with torch what libraries and files say of models, and remembers the answers."""

import json
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from workflow_scripts.files.atomic import write_json
from workflow_scripts.job.errors import InputError

_PACKAGES = ("open_clip_torch", "timm", "torchvision")
_MODULE = "workflow_scripts.own.describe"


def look_up(requests: list[dict[str, Any]], memory: Path) -> list[dict[str, Any]]:
    """Answers to requests of `describe`, those of before from a file.

    Parameters
    ----------
    requests: each with the `kind` of its answer, and that function's arguments.
    memory: JSON file of answers; an answer counts as long as the packages and the file that it is
        about are the same.

    Raises
    ------
    InputError: something asked for does not exist or cannot be read.
    """
    known = _remembered(memory)
    keys = [_key(request) for request in requests]
    new = {key: each for key, each in zip(keys, requests, strict=True) if key not in known}
    if new:
        answers = dict(zip(new, _asked([*new.values()]), strict=True))
        errors = [each["error"] for each in answers.values() if "error" in each]
        if errors:
            raise InputError("\n".join(f"own, key model (MODEL=...): {each}" for each in errors))
        known |= answers
        write_json(memory, known)
    return [known[key] for key in keys]


def _remembered(memory: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(memory.read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}


def _key(request: dict[str, Any]) -> str:
    parts: list[Any] = [request, *map(_version, _PACKAGES)]
    if path := request.get("path"):
        file = Path(path).stat()
        parts += [file.st_size, file.st_mtime_ns]
    return json.dumps(parts, sort_keys=True)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _asked(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # The workflow quotes the interpreter's path for a shell, see plan/machine.py.
    (python,) = shlex.split(sys.executable) if "'" in sys.executable else [sys.executable]
    done = subprocess.run(
        [python, "-m", _MODULE],
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise InputError(f"{_MODULE} could not look up what is asked for: {lines[-1]}")
    return json.loads(done.stdout)

"""Files that are either complete or absent: a temporary name in the same folder, then a rename."""

import glob
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError, storage_message


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which becomes `path` if the block succeeds.

    Missing parent folders are made. The temporary name ends like the real one, since libraries
    choose a format by it. If the block fails or is interrupted, the temporary file goes and an
    earlier `path` stays as it was; what a killed writer left goes with the next one.

    Raises
    ------
    InputError: disk full, file system read-only, or no permission; names the folder.
    RuntimeError: the block wrote nothing.
    """
    path = Path(path)
    with _explained(path.parent):
        _remove_leftovers(path)
        temporary = _temporary_beside(path)
        try:
            yield temporary
            if not temporary.exists():
                raise RuntimeError(f"nothing was written to the temporary file for {path}")
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Yield a new, empty temporary folder beside `path`, which takes its place on success.

    An existing folder `path` is replaced as a whole, never merged. It is set aside just before
    the rename and restored if that fails.

    Raises
    ------
    InputError: disk full, file system read-only, or no permission; names the folder.
    """
    path = Path(path)
    with _explained(path.parent):
        _remove_leftovers(path)
        temporary = _temporary_beside(path)
        temporary.mkdir()
        try:
            yield temporary
            _swap_folder(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8 with "\\n" line ends, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as indented JSON, whole or not at all.

    Raises
    ------
    TypeError, ValueError: `value` holds what JSON cannot, NaN and infinities included.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def write_csv(path: str | Path, frame: Any) -> None:
    """Write a pandas DataFrame as CSV without its index, ten significant digits, "\\n" line ends.

    Missing values become empty cells.
    """
    text = frame.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    write_text(path, text)


def _temporary_beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".part-{uuid.uuid4().hex[:8]}-{path.name}")


def _remove_leftovers(path: Path) -> None:
    # A file has one writer at a time, so what lies beside it is of a writer that was killed.
    for left in path.parent.glob(f".part-????????-{glob.escape(path.name)}"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _swap_folder(new: Path, path: Path) -> None:
    # A folder cannot be renamed onto one that is not empty, so the old one steps aside.
    if not path.exists():
        os.replace(new, path)
        return
    aside = _temporary_beside(path)
    os.replace(path, aside)
    try:
        os.replace(new, path)
    except BaseException:
        os.replace(aside, path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        message = storage_message(error, folder)
        if message is None:
            raise
        raise InputError(message) from error

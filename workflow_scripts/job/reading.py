"""What went wrong over a file that cannot be read: the system refused it, or the file is damaged.

Only damage is mended by deleting a file, or by obtaining it again.
"""

import codecs
import errno
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflow_scripts.job.errors import InputError, error_number, memory_message, storage_message

# What decoders of any format raise for files that are damaged, truncated or of another format.
# Hardly any documents it: Pillow alone has EOFError of WebP, RuntimeError of AVIF, SyntaxError and
# struct.error of PNG and TIFF.
DAMAGE: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    SyntaxError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)
AGAIN = "delete it and run again"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")


@contextmanager
def reading(
    path: Path | str, remedy: str = AGAIN, also: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Run a block that reads a file, and turn what it raises into one message.

    Parameters
    ----------
    path: of the file, or what messages call it
    remedy: how the user can mend a file that is damaged
    also: what the library raises besides `DAMAGE`

    Raises
    ------
    InputError: see `unreadable`
    """
    errors = DAMAGE + also
    try:
        yield
    except errors as error:
        raise unreadable(path, error, remedy) from error


def unreadable(path: Path | str, error: Exception, remedy: str = AGAIN) -> InputError:
    """The error to raise over a file that cannot be read.

    The system's errors are given their own cause and cure; of all others, `remedy` is advised.
    """
    if message := storage_message(error, Path(path)):
        return InputError(message)
    if message := memory_message(error):
        return InputError(f"{path}: {message}")
    place, number = getattr(error, "filename", None) or path, error_number(error)
    if number == errno.ENOENT or isinstance(error, FileNotFoundError):
        return InputError(f"{place}: cannot be read ({os.strerror(errno.ENOENT)}); {remedy}")
    if Path(place).is_dir():
        return InputError(f"{place}: found a folder, expected a file; move it away, then run again")
    # A place that no file has (EINVAL) is what a damaged archive's directory names.
    if number is not None and number != errno.EINVAL:
        return InputError(
            f"{place}: cannot be read ({os.strerror(number)}), an error of the system and no sign "
            "of damage; mend its cause, then run the same command again"
        )
    first = next(iter(str(error).strip().splitlines()), "").rstrip(":")
    reason = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return InputError(f"{path}: cannot be read ({reason}); {remedy}")


def decoded_text(content: bytes, name: str) -> str:
    """A text in UTF-8, or in UTF-16 with its mark, as Windows writes it.

    Raises
    ------
    InputError: it is in another encoding; it is called `name`
    """
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {content[error.start : error.start + 1].hex()} at place {error.start}"
    else:
        if "\0" not in text:
            return text
        found = f"a zero byte at place {text.index(chr(0))}"
    raise InputError(
        f"{name}: found {found}, expected a text in UTF-8; save it in UTF-8 (iconv -t UTF-8)"
    )


def sent_instead(start: bytes) -> str | None:
    """What the first bytes of a file show to have come in the place of data; None if nothing does.

    A page of a login, of an error or of a quota comes with the status of a success, too.
    """
    text = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if text.startswith(_PAGES):
        return "a web page"
    if text.startswith(b"<"):
        return "an XML document, as storage services send of errors"
    if text.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer"
    return None

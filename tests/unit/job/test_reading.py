"""An error of the system names its cause; only damage is answered by a new file."""

import errno
import os

import pytest

from workflow_scripts.job.errors import InputError, error_number, storage_message
from workflow_scripts.job.reading import decoded_text, reading, sent_instead, unreadable

LOCKING = "Unable to synchronously open file (unable to lock file, errno = {}, error message = '')"


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOLCK, "has no locks .*export HDF5_USE_FILE_LOCKING=FALSE"),
        (errno.EIO, "file system of a.h5 fails .*no sign of a damaged file"),
        (errno.ESTALE, "file system of a.h5 fails .Stale file handle"),
        (errno.ETIMEDOUT, "file system of a.h5 fails .Connection timed out"),
        (errno.EMFILE, "too many open files .*ulimit -n"),
        (errno.ENFILE, "too many open files"),
        (errno.EACCES, "no permission to use a.h5"),
        (errno.ENOSPC, "no space left on the disk of a.h5"),
        (errno.ELOOP, "a.h5: cannot be read .*an error of the system and no sign of damage"),
        (errno.ENAMETOOLONG, "an error of the system and no sign of damage"),
    ],
)
def test_an_error_of_the_system_is_no_damage(number, cause):
    with pytest.raises(InputError, match=cause) as raised, reading("a.h5"):
        raise OSError(number, os.strerror(number))
    assert "delete" not in str(raised.value)


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.ENOLCK])
def test_a_file_system_without_locks(number):
    message = storage_message(OSError(number, LOCKING.format(number)))
    assert "has no locks" in message and "HDF5_USE_FILE_LOCKING=FALSE" in message


def test_a_file_that_is_locked(tmp_path):
    message = str(unreadable(tmp_path / "a.h5", BlockingIOError(11, LOCKING.format(11))))
    assert "a.h5 is open in another process" in message and "delete" not in message


@pytest.mark.parametrize(
    "text",
    [
        "I/O error: No locks (os error 37)",
        "Can't write data (file write failed: errno = 37, error message = '')",
        'Io(Os { code: 37, kind: Other, message: "No locks available" })',
        "unable to open file </a.pt> in read-only mode: No locks available (37)",
        "unable to mmap 128 bytes from file </a.pt>: No locks available (37)",
    ],
)
def test_numbers_that_libraries_hide_in_their_texts(text):
    assert error_number(RuntimeError(text)) == errno.ENOLCK


@pytest.mark.parametrize("text", ["errno = 0", "size mismatch (5)", "no open ends (13)"])
def test_numbers_that_are_none_of_the_system(text):
    assert error_number(RuntimeError(text)) is None


@pytest.mark.parametrize(
    "error",
    [OSError("truncated file"), KeyError("x"), EOFError(), OSError(errno.EINVAL, "Invalid seek")],
)
def test_damage_is_told_with_its_remedy(error):
    message = r"^a.h5: cannot be read \(.*\); obtain it again$"
    with pytest.raises(InputError, match=message), reading("a.h5", "obtain it again"):
        raise error


def test_a_folder_and_nothing_in_the_place_of_a_file(tmp_path):
    with pytest.raises(InputError, match="found a folder, expected a file"), reading(tmp_path):
        tmp_path.read_bytes()
    with pytest.raises(InputError, match=r"b: cannot be read \(No such file"), reading("a"):
        (tmp_path / "b").read_bytes()


def test_other_errors_pass():
    with pytest.raises(InputError, match="^mine$"), reading("a"):
        raise InputError("mine")
    with pytest.raises(MemoryError), reading("a"):
        raise MemoryError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_texts_in_an_encoding_that_is_marked(encoding):
    assert decoded_text("a café №1".encode(encoding), "a.txt") == "a café №1"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("café".encode("latin-1"), "byte e9 at place 3"),
        ("写真".encode("shift-jis"), "byte 8e at place 0"),
        ("cat".encode("utf-16-le"), "a zero byte at place 1"),
        (b"\xff\xfea", "byte 61"),
    ],
)
def test_texts_in_another_encoding(content, found):
    with pytest.raises(InputError, match=f"^a.txt: found {found}.*save it in UTF-8"):
        decoded_text(content, "a.txt")


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"<!DOCTYPE HTML>", "a web page"),
        (b"\xef\xbb\xbf\r\n <html lang=en>", "a web page"),
        (b"<?xml version='1.0'?><Error>", "an XML document"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
    ],
)
def test_what_came_instead(start, what):
    assert sent_instead(start).startswith(what)


@pytest.mark.parametrize("start", [b"", b"PK\x03\x04", b"\x80\x02", b"a/0.jpg\0", b"[{"])
def test_what_may_be_data(start):
    assert sent_instead(start) is None

"""Digests tell contents apart, and nothing else."""

import hashlib

import h5py
import numpy as np
import pytest

from workflow_scripts.files import digests
from workflow_scripts.files.digests import (
    digest_file,
    recorded_digest,
    sha256_arrays,
    sha256_file,
    sha256_text,
    verified_digest,
    write_digest,
)
from workflow_scripts.job.errors import InputError

ARRAY = np.arange(60, dtype=np.float32).reshape(5, 4, 3)


def test_a_file_and_its_content(tmp_path):
    (tmp_path / "a").write_bytes(b"content" * 100_000)
    (tmp_path / "b").write_bytes(b"content" * 100_000)
    (tmp_path / "c").write_bytes(b"content" * 99_999 + b"Content")
    first, same, other = (sha256_file(tmp_path / name) for name in "abc")
    assert first == same != other and len(first) == 64


def test_a_folder_and_the_names_of_its_files(tmp_path):
    for folder, name in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(b"content")
    first, same, other = (sha256_file(tmp_path / name) for name in "abc")
    assert first == same != other


def test_arrays_on_disk_and_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(digests, "BLOCK", 50)  # a row at a time
    by_row = sha256_arrays(ARRAY)
    monkeypatch.undo()
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=ARRAY, chunks=(2, 4, 3))
        assert sha256_arrays(file["x"]) == sha256_arrays(ARRAY) == by_row


@pytest.mark.parametrize(
    "other",
    [
        ARRAY + (ARRAY == 59),
        ARRAY.reshape(5, 3, 4),
        ARRAY.astype(np.float64),
        ARRAY.astype(np.int32),
        ARRAY[:4],
    ],
    ids=["value", "shape", "precision", "kind", "length"],
)
def test_arrays_that_differ(other):
    assert sha256_arrays(other) != sha256_arrays(ARRAY)


def test_texts_are_kept_apart():
    assert sha256_text("ab", "c") != sha256_text("a", "bc") != sha256_text("abc")
    assert sha256_arrays(np.array(["a", "ö"])) != sha256_arrays(np.array(["aö", ""]))
    assert sha256_arrays(np.array(["a", "ö"])) == sha256_arrays(np.array(["a", "ö"]))


@pytest.mark.parametrize("folder", [False, True])
def test_the_digest_of_contents_lies_beside_them(tmp_path, folder):
    path = tmp_path / "store.h5"
    with pytest.raises(InputError, match="has no digest store.h5.sha256"):
        recorded_digest(path)
    path.mkdir() if folder else path.write_bytes(b"content")
    write_digest(path, "0" * 64)
    assert digest_file(path) == digest_file(str(path)) == tmp_path / "store.h5.sha256"
    assert digest_file(path).read_text() == f"{'0' * 64}  store.h5\n"
    assert recorded_digest(path) == "0" * 64


def test_a_file_s_digest_is_verified(tmp_path):
    path = tmp_path / "set.tar"
    path.write_bytes(b"content")
    with pytest.raises(InputError, match="has no digest set.tar.sha256"):
        verified_digest(path)
    write_digest(path)
    assert verified_digest(path) == hashlib.sha256(b"content").hexdigest()
    path.write_bytes(b"other")
    with pytest.raises(InputError, match="found SHA-256 .*, expected .* as in set.tar.sha256"):
        verified_digest(path)

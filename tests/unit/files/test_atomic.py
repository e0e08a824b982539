"""Files are complete or absent, and storage that fails is explained."""

import errno
import json
import os

import pytest

from workflow_scripts.files import atomic
from workflow_scripts.job.errors import InputError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "a" / "b" / "h.csv"
    with atomic.replacing(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".csv"
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert names(path.parent) == ["h.csv"]


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_interrupted_write_leaves_the_earlier_file(tmp_path, interruption):
    path = tmp_path / "h.csv"
    path.write_text("earlier")
    with pytest.raises(interruption), atomic.replacing(path) as temporary:
        temporary.write_text("half")
        raise interruption
    assert path.read_text() == "earlier"
    assert names(tmp_path) == ["h.csv"]


def test_what_a_killed_writer_left_goes(tmp_path):
    (tmp_path / ".part-0123abcd-h.csv").write_text("half")
    (tmp_path / ".part-0123abcd-epochs").mkdir()
    (tmp_path / ".part-0123abcd-epochs" / "a").write_text("half")
    (tmp_path / ".part-0123abcd-other-h.csv").write_text("of another file")
    atomic.write_text(tmp_path / "h.csv", "new")
    with atomic.replacing_folder(tmp_path / "epochs"):
        pass
    assert names(tmp_path) == [".part-0123abcd-other-h.csv", "epochs", "h.csv"]


def test_writing_nothing_is_an_error(tmp_path):
    path = tmp_path / "h.csv"
    with pytest.raises(RuntimeError, match="nothing was written"), atomic.replacing(path):
        pass
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        # How HDF5 and safetensors tell it.
        RuntimeError("Can't close file (write failed: errno = 28, error message = 'No space')"),
        Exception("Error while serializing: IoError(Os { code: 28, kind: StorageFull })"),
    ],
)
def test_a_full_disk_is_explained(tmp_path, error):
    path = tmp_path / "h.csv"
    with pytest.raises(InputError, match="no space") as caught, atomic.replacing(path) as temporary:
        temporary.write_text("half")
        raise error
    assert str(tmp_path) in str(caught.value)
    assert "--directory" in str(caught.value)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EROFS, "read-only file system"), (errno.EACCES, "no permission")],
)
def test_a_folder_that_refuses_is_named(tmp_path, monkeypatch, number, words):
    def refuse(source, target):
        raise OSError(number, os.strerror(number), str(source), None, str(target))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(InputError, match=words) as caught:
        atomic.write_text(tmp_path / "h.csv", "text")
    assert f"{tmp_path}" in str(caught.value)
    assert ".part-" not in str(caught.value)
    assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_folder_without_write_permission(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError, match="no permission"):
            atomic.write_text(tmp_path / "h.csv", "text")
    finally:
        tmp_path.chmod(0o700)


def test_other_errors_pass_unchanged(tmp_path):
    error = FileNotFoundError(errno.ENOENT, "No such file", "weights")
    with pytest.raises(FileNotFoundError) as caught, atomic.replacing(tmp_path / "h.csv"):
        raise error
    assert caught.value is error


def test_a_file_elsewhere_is_named_itself(tmp_path):
    with pytest.raises(InputError, match="/data/secret.jpg"), atomic.replacing(tmp_path / "h"):
        raise PermissionError(errno.EACCES, "Permission denied", "/data/secret.jpg")


def test_a_folder_replaces_an_earlier_one_whole(tmp_path):
    folder = tmp_path / "bundle"
    for content in ("one", "two"):
        with atomic.replacing_folder(folder) as temporary:
            (temporary / content).write_text(content)
    assert names(folder) == ["two"]
    assert names(tmp_path) == ["bundle"]


def test_an_interrupted_folder_leaves_the_earlier_one(tmp_path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "one").write_text("one")
    with pytest.raises(KeyboardInterrupt), atomic.replacing_folder(folder) as temporary:
        (temporary / "two").write_text("half")
        raise KeyboardInterrupt
    assert names(folder) == ["one"]
    assert names(tmp_path) == ["bundle"]


def test_a_folder_that_cannot_be_swapped_is_restored(tmp_path, monkeypatch):
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "one").write_text("one")
    real = os.replace
    calls = []

    def fail_second(source, target):
        calls.append(source)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", fail_second)
    with pytest.raises(InputError, match="no space"), atomic.replacing_folder(folder) as temporary:
        (temporary / "two").write_text("two")
    assert names(folder) == ["one"]
    assert names(tmp_path) == ["bundle"]


def test_json(tmp_path):
    path = tmp_path / "card.json"
    atomic.write_json(path, {"model": "ü", "mean": [0.5, 1]})
    text = path.read_text(encoding="utf-8")
    assert json.loads(text) == {"model": "ü", "mean": [0.5, 1]}
    assert text.endswith("}\n") and "ü" in text


def test_json_refuses_nan_and_keeps_the_earlier_file(tmp_path):
    path = tmp_path / "card.json"
    atomic.write_json(path, 1)
    with pytest.raises(ValueError):
        atomic.write_json(path, {"kurtosis": float("nan")})
    assert path.read_text() == "1\n"


def test_csv(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"model": ["a", "b"], "value": [1 / 3, None], "images": [7, 8]})
    atomic.write_csv(tmp_path / "t.csv", frame)
    assert (tmp_path / "t.csv").read_bytes() == b"model,value,images\na,0.3333333333,7\nb,,8\n"

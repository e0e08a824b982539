"""The files of a folder, whatever it is put together of."""

from pathlib import Path

import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.job.folders import files_in


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_files_are_in_the_order_of_their_paths(tmp_path):
    names = ["b/2", "b.c/1", "a", "b/10"]
    for name in names:
        write(tmp_path / name)
    assert files_in(tmp_path) == sorted(tmp_path / name for name in names)


def test_links_to_folders_and_files_are_followed(tmp_path):
    write(tmp_path / "elsewhere" / "n1" / "a.jpg")
    write(tmp_path / "set" / "n2" / "b.jpg")
    (tmp_path / "set" / "n1").symlink_to(tmp_path / "elsewhere" / "n1")
    (tmp_path / "set" / "n3").symlink_to("n1")
    (tmp_path / "set" / "n2" / "c.jpg").symlink_to("b.jpg")
    found = [path.relative_to(tmp_path / "set").as_posix() for path in files_in(tmp_path / "set")]
    assert found == ["n1/a.jpg", "n2/b.jpg", "n2/c.jpg", "n3/a.jpg"]


def test_a_link_that_leads_nowhere(tmp_path):
    (tmp_path / "n1").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match="n1: found a link to .*gone, which is not there; mend"):
        files_in(tmp_path)


def test_a_link_to_a_folder_above(tmp_path):
    (tmp_path / "n1").mkdir()
    (tmp_path / "n1" / "again").symlink_to(tmp_path)
    with pytest.raises(InputError, match="n1/again: found a link to .*, which it lies in"):
        files_in(tmp_path)

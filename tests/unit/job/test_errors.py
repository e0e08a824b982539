"""Folders that must not be written to are named before the work begins."""

import os
from types import SimpleNamespace

import pytest

from workflow_scripts.job.errors import unwritable_message


def test_a_folder_that_can_be_written_to_is_no_problem(tmp_path):
    assert unwritable_message(tmp_path) is None
    assert unwritable_message(tmp_path / "not" / "yet") is None


@pytest.mark.parametrize(
    ("flag", "reason"), [(0, "no permission to use"), (os.ST_RDONLY, "on a read-only file system")]
)
def test_the_folder_in_which_it_would_be_made_is_named(tmp_path, monkeypatch, flag, reason):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=flag))
    message = unwritable_message(tmp_path / "results" / "tiny")
    assert str(tmp_path) in message and str(tmp_path / "results") not in message
    assert reason in message
    assert "snakemake --directory FOLDER" in message
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    assert "results" in unwritable_message((tmp_path / "results").relative_to(tmp_path))

"""What a person has to see to is said at once."""

from types import SimpleNamespace

import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer import preflight as module
from workflow_scripts.transfer.preflight import preflight


def row_of(name, urls="https://a.org/x https://b.org/x", size=2_000_000, obtain=None):
    return {"file": name, "urls": urls, "bytes": size, "digest": None, "obtain": obtain}


VAL = row_of("val.tar", None, 6_744_924_160, "Register at the museum and take the first file.")
DEVKIT = row_of("devkit.tar.gz", None, None, "Register at the museum, too")


def message(*arguments, **options):
    with pytest.raises(InputError) as error:
        preflight(*arguments, **options)
    return str(error.value)


def test_what_can_be_downloaded_or_is_there_is_not_asked_for(tmp_path):
    (tmp_path / "val.tar").mkdir()
    (tmp_path / "devkit.tar.gz").write_bytes(b"any size, since none is known")
    preflight([row_of("a.tar"), VAL, DEVKIT], tmp_path)
    preflight([VAL, DEVKIT], tmp_path, offline=True)
    preflight([row_of("a.tar"), row_of("b.tar", None)], tmp_path / "new" / "one", mirror="http://c")
    preflight([], tmp_path / "none", offline=True)


def test_all_that_a_person_has_to_obtain_is_in_one_message(tmp_path):
    text = message([VAL, row_of("a.tar"), DEVKIT], tmp_path)
    assert text.splitlines() == [
        "2 files are missing (to be obtained by hand); what is put in place is verified:",
        "- val.tar (6.745 GB): Register at the museum and take the first file. Put it at "
        f"{tmp_path}/val.tar.",
        "- devkit.tar.gz (size unknown): Register at the museum, too. Put it at "
        f"{tmp_path}/devkit.tar.gz.",
        "Then run the same command again.",
    ]


def test_offline_everything_that_is_missing_is_listed(tmp_path):
    text = message([VAL, row_of("a.tar")], tmp_path, offline=True, mirror="http://c")
    assert "2 files are missing (offline is true in config.yaml)" in text
    assert "- val.tar (6.745 GB): Register" in text
    assert (
        f"- a.tar (2 MB): Get it from https://a.org/x or https://b.org/x. Put it at {tmp_path}"
        in text
    )


def test_a_file_of_the_wrong_size_is_found_at_once(tmp_path):
    (tmp_path / "val.tar").write_bytes(b"part")
    text = message([VAL], tmp_path)
    assert f"{tmp_path}/val.tar: found 4 bytes, expected 6744924160. Register at" in text


def test_a_file_that_was_removed_after_it_was_verified_is_named(tmp_path):
    text = message([], tmp_path, gone=[VAL])
    assert f"{tmp_path}/val.tar: is needed again, but was removed" in text
    assert f"snakemake --cores 1 {tmp_path}/val.tar.sha256" in text


def test_all_downloads_together_have_to_fit_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=3_000_000))
    rows = [row_of("a.tar"), row_of("b.tar"), row_of("c.tar", size=None)]
    text = message([*rows, VAL], tmp_path / "new")
    assert "found 3 MB free on its disk, expected 4 MB for 3 downloads" in text
    assert "val.tar" in text  # all in one message
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "b.tar.part").write_bytes(bytes(1_000_000))
    preflight(rows, tmp_path / "new")


def test_a_folder_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "unwritable_message", lambda folder: f"{folder} is read-only")
    assert message([row_of("a.tar")], tmp_path) == f"{tmp_path} is read-only"

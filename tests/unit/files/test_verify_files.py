"""Every finished file is compared with what is recorded of it, and all that differ are named."""

import pytest

from workflow_scripts.files.digests import write_digest
from workflow_scripts.files.verify_files import main
from workflow_scripts.job import records
from workflow_scripts.job.errors import InputError


@pytest.fixture
def finished(tmp_path):
    """Three outputs of two jobs, and two downloads of which one has not arrived."""
    paths = [
        tmp_path / name for name in ("a.csv", "a.h5", "figure.pdf", "archive.tar", "later.tar")
    ]
    for path in paths[:4]:
        path.write_text(path.name)
    records.finish(tmp_path / "records" / "a.json", "stamp", [], paths[:2])
    records.finish(tmp_path / "records" / "figure.json", "stamp", paths[:2], paths[2:3])
    write_digest(paths[3])
    records.forget()
    return paths


def test_nothing_differs(finished, tmp_path, capsys):
    main(tmp_path / "records", finished[3:])
    assert capsys.readouterr().out == "All 4 files are what is recorded of them\n"


def test_all_that_differ_are_named_at_once(finished, tmp_path):
    for path in finished[1:4]:
        path.write_text("damaged")
    with pytest.raises(InputError) as error:
        main(tmp_path / "records", finished[3:])
    *lines, summary = str(error.value).splitlines()
    assert [line.split(": found")[0] for line in lines] == [str(path) for path in finished[1:4]]
    assert summary.startswith("Of 4 files, 3 are not what is recorded of them.")


def test_a_damaged_record_is_named(finished, tmp_path):
    record = tmp_path / "records" / "a.json"
    record.write_text("{")
    with pytest.raises(InputError, match=f"{record}: is no readable record"):
        main(tmp_path / "records", [])

"""A record tells whether what a job left is stale: by code, settings and content, never by time."""

import json
import os

import pytest

from workflow_scripts.job import records
from workflow_scripts.job.errors import InputError


@pytest.fixture
def files(tmp_path):
    """Inputs: a table, a large file and the digest beside it."""
    contents = {"table.csv": "a,b\n", "store.h5": "large", "store.h5.sha256": "0123  store.h5\n"}
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in contents]


@pytest.fixture
def record(tmp_path, files):
    path = tmp_path / "records" / "measures" / "kurtosis.json"
    records.begin(path)
    records.finish(path, "stamp", files)
    return path


@pytest.fixture(autouse=True)
def new_process():
    """Contents are read once in a process."""
    records.forget()


def test_nothing_changed(record, files):
    assert records.reason_to_rerun(record, "stamp", files) == ""


def test_times_do_not_matter(record, files):
    for number, path in enumerate([*files, record]):
        os.utime(path, (number, number))
    assert records.reason_to_rerun(record, "stamp", files) == ""


def test_code_or_settings(record, files):
    assert records.reason_to_rerun(record, "other", files) == "code_or_settings"


@pytest.mark.parametrize("name", ["table.csv", "store.h5.sha256"])
def test_content_of_a_small_input(record, files, tmp_path, name):
    (tmp_path / name).write_text("other")
    assert records.reason_to_rerun(record, "stamp", files) == f"content_of_{name}"


def test_large_files_are_not_read(record, files, tmp_path):
    (tmp_path / "store.h5").write_text("other")
    assert records.reason_to_rerun(record, "stamp", files) == ""


def test_a_large_file_without_a_digest_is_compared_itself(tmp_path, files):
    path = tmp_path / "own.json"
    records.finish(path, "stamp", files[:2])  # the table and the store
    (tmp_path / "store.h5").write_text("other")
    assert records.reason_to_rerun(path, "stamp", files[:2]) == "content_of_store.h5"


@pytest.mark.parametrize(
    ("path", "digest"),
    [
        ("a/b.h5", "a/b.h5.sha256"),
        ("a/b.tar.gz", "a/b.tar.gz.sha256"),
        ("models/m/epochs", "models/m/epochs.sha256"),
        ("models/m/encoder.safetensors", "models/m/card.json"),
        ("models/m/text.safetensors", "models/m/card.json"),
        ("models/m/head.safetensors", "models/m/head.json"),
        ("a/b.csv", None),
        ("a/b.tar.sha256", None),
    ],
)
def test_what_stands_for_a_file(path, digest):
    assert records.digest_of(path) == digest
    assert digest is None or records.digest_of(digest) is None


def test_another_set_of_inputs(record, files):
    assert records.reason_to_rerun(record, "stamp", files[1:]) == "other_inputs"


def test_an_input_that_is_gone_is_left_to_snakemake(record, files):
    files[0].unlink()
    assert records.reason_to_rerun(record, "stamp", files) == ""


def test_a_job_that_was_killed(record, files):
    records.begin(record)
    assert records.reason_to_rerun(record, "stamp", files) == "unfinished"


def test_a_job_that_never_ran_or_results_copied_without_records(tmp_path, files):
    assert records.reason_to_rerun(tmp_path / "none.json", "stamp", files) == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"finished": true}', "\x00"])
def test_a_damaged_record(record, files, text):
    record.write_text(text)
    assert records.reason_to_rerun(record, "stamp", files) == "unreadable_record"


def test_the_record_is_small_and_readable(record):
    found = json.loads(record.read_text())
    assert found["finished"] and found["stamp"] == "stamp"
    assert sorted(map(bool, found["inputs"].values())) == [False, True, True]


# Digests


def test_digests_that_a_script_has_not_written_are_those_of_the_bytes(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"abc")
    (tmp_path / "b.h5").write_bytes(b"abc")
    (tmp_path / "b.h5.sha256").write_text("of the content  b.h5\n")
    records.write_digests(sorted([*tmp_path.iterdir(), tmp_path / "a.h5.sha256"]))
    # The SHA-256 of "abc" in FIPS 180-2
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.h5\n"
    assert (tmp_path / "a.h5.sha256").read_text() == expected
    assert (tmp_path / "b.h5.sha256").read_text() == "of the content  b.h5\n"


def test_the_digest_of_a_folder_covers_names_and_contents(tmp_path):
    def digest(**contents):
        folder = tmp_path / str(len(list(tmp_path.iterdir()))) / "epochs"
        for name, text in contents.items():
            (folder / name).mkdir(parents=True)
            (folder / name / "card.json").write_text(text)
        records.write_digests([folder, f"{folder}.sha256"])
        return folder.with_name("epochs.sha256").read_text()

    first = digest(epoch_01="a", epoch_02="b")
    assert first.endswith("  epochs\n")
    assert first == digest(epoch_02="b", epoch_01="a")
    others = (
        digest(epoch_01="b", epoch_02="a"),
        digest(epoch_01="a"),
        digest(epoch_1="a", epoch_2="b"),
    )
    assert len({first, *others}) == 4


def test_a_folder_of_a_users_own_is_known_by_names_and_sizes(tmp_path):
    folder = tmp_path / "photographs"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "1.png").write_bytes(b"12")
    path = tmp_path / "record.json"
    records.finish(path, "stamp", [folder])
    assert records.reason_to_rerun(path, "stamp", [folder]) == ""
    for name, content in (("a/1.png", b"123"), ("2.png", b"")):
        records.finish(path, "stamp", [folder])
        (folder / name).write_bytes(content)
        records.forget()
        assert records.reason_to_rerun(path, "stamp", [folder]) == "content_of_photographs"


# Outputs


@pytest.fixture
def made(tmp_path):
    """A job's outputs, of each kind, and the folder of its record."""
    paths = [tmp_path / name for name in ("table.csv", "figure.png", "store.h5", "epochs")]
    for path in paths[:3]:
        path.write_bytes(path.name.encode())
    paths[3].mkdir()
    (paths[3] / "epoch_01.h5").write_text("weights")
    records.finish(tmp_path / "records" / "a.json", "stamp", [], paths)
    return paths


def test_what_a_job_left_is_known_and_what_no_job_left_passes(made, tmp_path):
    (made[3] / ".snakemake_timestamp").touch()  # Snakemake's own
    (tmp_path / "own.pt").write_text("of the user")
    records.check_inputs(tmp_path / "records", [*made, tmp_path / "own.pt"])
    found = records.outputs(tmp_path / "records")
    assert [*found] == [str(path) for path in made]
    assert not any(records.difference(path, *known) for path, known in found.items())


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: b"x" + content[1:]])
def test_an_input_that_is_not_what_its_job_left_is_refused(made, tmp_path, place, damage):
    path = made[place]
    file = path / "epoch_01.h5" if path.is_dir() else path
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InputError, match=f"{path.name}: found SHA-256 .* with which its job left"):
        records.check_inputs(tmp_path / "records", made)


def test_an_output_that_is_gone_differs_and_a_record_that_is_gone_forgets(made, tmp_path):
    made[1].unlink()
    found = records.outputs(tmp_path / "records")
    assert "found no such file" in records.difference(made[1], *found[str(made[1])])
    (tmp_path / "records" / "a.json").unlink()
    assert records.outputs(tmp_path / "records") == {}


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_a_damaged_record_is_named(made, tmp_path, text):
    record = tmp_path / "records" / "a.json"
    assert records.damaged(tmp_path / "records") == []
    record.write_text(text)
    records.forget()
    assert records.damaged(tmp_path / "records") == [record]
    records.check_inputs(tmp_path / "records", made)

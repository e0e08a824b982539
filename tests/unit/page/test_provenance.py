"""Where the numbers come from: commit, machine, costs of the jobs."""

import io
import subprocess
import zipfile

import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.page import provenance, tidy_tables

LOG = """\
2026-01-01 10:00:00,100 INFO rule kurtosis begins
2026-01-01 10:00:09,900 INFO rule kurtosis is done: {cpu} CPU-seconds, {memory} MiB
"""


def job(folder, name, cpu, memory, seconds):
    """Leave what a finished job leaves."""
    path = folder / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LOG.format(cpu=cpu, memory=memory))
    if seconds is not None:
        path.with_suffix(".benchmark.tsv").write_text(f"s\th:m:s\n{seconds}\t0:00:01\n")


def test_costs_are_added_by_stage(tmp_path):
    job(tmp_path, "models/pretrain/a", 10.5, 300, 8.25)
    job(tmp_path, "replicates/2/models/pretrain/a", 1.5, 500, None)
    job(tmp_path, "measures/indicators/kurtosis/a", 1.0, 100, 2.0)
    (tmp_path / "models" / "torn.log").write_text("2026-01-01 10:00:00,100 INFO begins\n")
    found = provenance.costs(str(tmp_path))
    assert len(found) == 3
    table = provenance.costs_table(found)
    lines = {line[0]: line[1:] for line in table.lines}
    when = ["2026-01-01 10:00:00", "2026-01-01 10:00:09"]
    assert lines["models"] == ["2", "8", "12", "500", *when]
    assert lines["measures/indicators"] == ["1", "2", "1", "100", *when]
    assert lines["All"] == ["3", "10", "13", "500", *when]
    assert provenance.costs_table(provenance.costs(str(tmp_path / "none"))).lines == []


def test_the_commit_is_that_of_the_checkout(tmp_path):
    assert provenance.commit(tmp_path) == "unknown"

    def git(*arguments):
        own = ("-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path))
        done = subprocess.run(["git", *own, *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-q", "-m", "first")
    head = git("rev-parse", "HEAD")
    assert provenance.commit(tmp_path) == head
    (tmp_path / "file").write_text("2")
    assert provenance.commit(tmp_path) == f"{head} with changes that are not committed"
    inside = tmp_path / "copy"
    inside.mkdir()
    assert provenance.commit(inside) == "unknown"


def test_without_git_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert provenance.commit(tmp_path) == "unknown"


def test_the_machine():
    assert [name for name, _ in provenance.machine()] == ["Processor", "GPU", "System"]


def test_the_archive_has_the_tables_byte_by_byte(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.csv").write_text("y\n")
    files = {"measures/b.csv": str(tmp_path / "b.csv"), "measures/a.csv": str(tmp_path / "a.csv")}
    content = tidy_tables.archive(files)
    assert content == tidy_tables.archive(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.namelist() == ["measures/a.csv", "measures/b.csv"]
        assert found.read("measures/a.csv") == b"x\n1\n"


def test_the_page_has_the_beginning_of_a_table(tmp_path):
    rows = "".join(f"{number}\n" for number in range(100))
    (tmp_path / "a.csv").write_text(f"x\n{rows}")
    (tmp_path / "b.csv").write_text("x\n1\n")
    long, short = tidy_tables.read(
        {"kind/a": str(tmp_path / "a.csv"), "kind/b": str(tmp_path / "b.csv")}
    )
    assert (long.id, long.rows, len(long.beginning.lines)) == ("measure-kind-a", 100, 40)
    assert long.beginning.caption == "measures/kind/a.csv; the first 40 of 100 rows"
    assert short.beginning == ("measures/kind/b.csv", ["x"], [["1"]])
    with pytest.raises(InputError, match="none.csv: cannot be read"):
        tidy_tables.read({"none": str(tmp_path / "none.csv")})

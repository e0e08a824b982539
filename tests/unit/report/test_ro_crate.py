"""The crate of a run tells of what is there: files, digests, times, and what the run was told."""

import json
from datetime import datetime

from workflow_scripts.job import records
from workflow_scripts.report import ro_crate

BEGINS = "2026-01-02 03:04:05,123 INFO rule x begins\n"
ENDS = "2026-01-02 03:05:06,987 INFO rule x is done: 1.0 CPU-seconds, 9 MiB\n"


def log(folder, name, text):
    path = folder / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_times_are_those_of_the_first_and_of_the_last_job(tmp_path):
    log(tmp_path, "models/a", BEGINS.replace(":04", ":03") + "2020-01-01 noise\n" + ENDS)
    log(tmp_path, "tables/b", BEGINS + ENDS.replace("03:05", "04:05"))
    own = log(tmp_path, "report/ro_crate", BEGINS.replace("2026", "2027"))
    begun, ended = ro_crate.times(tmp_path, own)
    assert begun == datetime(2026, 1, 2, 3, 3, 5).astimezone()
    assert ended == datetime(2026, 1, 2, 4, 5, 6).astimezone()
    assert ro_crate.times(tmp_path / "models" / "none", own) is None


def test_the_commit_is_that_of_the_checkout():
    assert ro_crate.commit() == "" or len(ro_crate.commit().removesuffix("-dirty")) == 40


def test_the_crate_of_a_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = tmp_path / "results" / "tiny" / "tables" / "table_1.csv"
    table.parent.mkdir(parents=True)
    table.write_text("model\n")
    path = "results/tiny/tables/table_1.csv"
    records.finish("results/tiny/records/tables/table_1.json", "stamp", [], [path])
    log(tmp_path, "logs/tiny/tables/table_1", BEGINS + ENDS)
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "a.tar.sha256").touch()
    report = tmp_path / "results" / "tiny" / "report"
    ro_crate.main(
        [path],
        "results/tiny/report/ro-crate-metadata.json",
        "results/tiny/report/workflow",
        "results/tiny/records",
        "logs/tiny/report/ro_crate.log",
        name="tiny",
        study="tests/studies/tiny",
        config={"study": "tiny", "device": "cpu", "downloads": "downloads"},
        pages={"table_1": "Accuracies"},
        downloads=[
            {"file": f"{name}.tar", "url": f"https://example.org/{name}.tar", "sha256": name}
            for name in "ab"
        ],
        logs="logs/tiny",
    )
    found = json.loads((report / "ro-crate-metadata.json").read_text())["@graph"]
    entities = {each["@id"]: each for each in found}
    (digest, _) = records.outputs("results/tiny/records")[path]
    assert entities["../tables/table_1.csv"]["sha256"] == digest
    assert entities["../tables/table_1.csv"]["name"] == "Accuracies"
    assert entities["https://example.org/a.tar"]["sha256"] == "a"
    assert "https://example.org/b.tar" not in entities
    software = {each["name"] for each in found if each["@type"] == "SoftwareApplication"}
    assert {"Python", "snakemake", "torch"} <= software
    assert "endTime" in entities["#run"]
    for id in ("workflow/Snakefile", "workflow/configuration.json", "../tables/table_1.csv"):
        assert (report / id).is_file(), id
    assert (report / "workflow" / "study" / "models.tsv").is_file()
    assert json.loads((report / "workflow" / "configuration.json").read_text())["device"] == "cpu"

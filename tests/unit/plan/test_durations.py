"""What jobs are expected to take follows from what they took."""

import json
from types import SimpleNamespace

import pytest

from workflow_scripts.plan import durations

KNOWN = {
    "models/pretrain/rn": 80.0,
    "models/pretrain/vit": 100.0,
    "models/finetune/rn": 10.0,
    "measures/claims/verdicts": 2.0,
    "measures/concepts/average_precision/rn": 4.0,
    "tables/table_1": 1.0,
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return SimpleNamespace(
        root=tmp_path, study=SimpleNamespace(name="tiny"), logs="logs/tiny/replicates/2",
        part="/replicates/2",
    )  # fmt: skip


def write(run, name, text):
    path = run.root / "logs" / "tiny" / f"{name}.benchmark.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_an_earlier_run_counts_for_more_than_the_record(run):
    record = run.root / durations.RECORD.format(study="tiny")
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"seconds": {"models/pretrain/rn": 3.0, "tables/claims": 2.0}}))
    write(run, "models/pretrain/rn", "s\th:m:s\n12.5\t0:00:12\n")
    write(run, "tables/empty", "")
    write(run, "tables/torn", "s\th:m:s\n")
    assert durations.known(run) == {"models/pretrain/rn": 12.5, "tables/claims": 2.0}


def test_without_any_run_nothing_is_known(run):
    assert durations.known(run) == {}


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("models/pretrain/rn", 80),
        ("models/pretrain/new", 90),  # as those of its rule
        ("replicates/3/models/pretrain/vit", 100),  # as in the first replicate
        ("replicates/3/models/pretrain/new", 90),
        ("tables/table_9", None),  # no rule of several jobs: as all others here
        ("measures/claims/others", None),
    ],
)
def test_a_job_takes_as_long_as_its_like(name, seconds):
    others = {1: ("models/pretrain/rn", 1), 2: ("models/pretrain/vit", 1)}
    others |= {3: ("measures/concepts/average_precision/rn", 1), 4: ("measures/claims/verdicts", 1)}
    others[5] = ("tables/table_1", 1)
    known = {3: 4.0, 4: 2.0, 5: 1.0}
    mean = (80 + 100 + 4 + 2 + 1) / 5
    found = durations.expected(KNOWN, {**others, 0: (name, 2)})
    assert {key: found[key] for key in known} == known
    assert found[0] == 2 * (mean if seconds is None else seconds)


def test_a_study_that_is_mostly_unknown_has_no_time():
    jobs = {1: ("models/pretrain/rn", 1), 2: ("tables/a", 1), 3: ("tables/b", 1)}
    assert durations.expected(KNOWN, jobs) == {}
    assert durations.expected(KNOWN, {}) == {}

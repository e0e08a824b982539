"""What jobs inherit from the process that plans, their GPUs, and what it does while they run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workflow_scripts.plan import machine

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("PYTHONPATH", *machine.ALLOCATION)


@pytest.fixture
def environment(monkeypatch):
    """The environment without what is set here; it is as before afterwards."""
    for name in NAMES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


def test_jobs_import_the_project_before_anything_else(environment):
    environment.setenv("PYTHONPATH", "/theirs")
    machine.set_environment(Path("/ours"))
    assert os.environ["PYTHONPATH"] == f"/ours{os.pathsep}/theirs"


def test_jobs_keep_their_memory(environment):
    machine.set_environment(Path("/ours"))
    assert {name: os.environ[name] for name in machine.ALLOCATION} == machine.ALLOCATION
    assert os.environ["PYTHONPATH"] == "/ours"


@pytest.mark.parametrize("name", machine.ALLOCATION)
def test_what_the_user_has_set_stays(environment, name):
    environment.setenv(name, "4096")
    machine.set_environment(Path("/ours"))
    found = {each: os.environ.get(each) for each in machine.ALLOCATION}
    assert found == dict.fromkeys(machine.ALLOCATION) | {name: "4096"}


@pytest.mark.parametrize(
    ("device", "present", "expected"),
    [("cpu", True, 0), ("cuda", False, 1), ("auto", True, 1), ("auto", False, 0)],
)
def test_gpus_of_a_job(monkeypatch, tmp_path, device, present, expected):
    if present:
        (tmp_path / "nvidia0").touch()
    monkeypatch.setattr(machine, "Path", lambda path: tmp_path)
    assert machine.gpus({"device": device}) == expected


WORKFLOW = """
import sys, threading
sys.path.insert(0, {root!r})
from workflow_scripts.plan.machine import without_polling

def timers():
    return sum(type(each) is threading.Timer for each in threading.enumerate())

onstart:
    print("limited:", workflow.scheduler.job_rate_limiter is not None)
    {call}
onsuccess:
    print("timers:", timers())
rule all:
    input: expand("{{number}}", number=range(4))
rule one:
    output: "{{number}}"
    run: open(output[0], "w").close()
"""


@pytest.mark.parametrize(("call", "sleeps"), [("without_polling(workflow)", True), ("pass", False)])
def test_the_scheduler_sleeps_while_jobs_run(tmp_path, call, sleeps):
    """If the second case fails, Snakemake does so by itself: remove `without_polling`."""
    (tmp_path / "Snakefile").write_text(WORKFLOW.format(root=str(ROOT), call=call))
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "all"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "limited: True" in done.stdout
    assert ("timers: 0" in done.stdout) == sleeps, done.stdout

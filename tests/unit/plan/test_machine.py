"""What jobs inherit from the process that plans, and the GPUs that they ask for."""

import os
from pathlib import Path

import pytest

from workflow_scripts.plan import machine

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

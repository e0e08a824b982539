"""What jobs inherit from the process that plans, their GPUs, and what it does while they run."""

import os
import re
import subprocess
import sysconfig
import venv
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake import benchmark

from tests import warm
from workflow_scripts.job.errors import InputError
from workflow_scripts.plan import machine

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("PYTHONPATH", "MPLBACKEND", *machine.ALLOCATION)


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


def test_jobs_draw_into_files_wherever_a_notebook_draws(environment):
    environment.setenv("MPLBACKEND", "inline")
    machine.set_environment(Path("/ours"))
    assert os.environ["MPLBACKEND"] == "agg"


@pytest.mark.parametrize("folder", ["/a{b}/c", "/a}", f"/a{os.pathsep}b"])
def test_a_checkout_whose_path_would_be_misread(environment, folder):
    with pytest.raises(InputError, match=f"{re.escape(folder)}: found '.' in the path"):
        machine.set_environment(Path(folder))


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


@pytest.mark.parametrize(
    ("device", "remote", "resources", "asks"),
    [
        ("auto", True, [{}, {"gpu": 0}], True),
        ("auto", True, [{"gpu": 1}], True),
        ("auto", True, [{}], False),
        ("auto", False, [{"gpu": 0}], False),
        ("cuda", True, [{"gpu": 1}], False),
        ("cpu", True, [{"gpu": 0}], False),
    ],
)
def test_gpus_of_other_machines_are_asked_for(device, remote, resources, asks):
    jobs = [SimpleNamespace(rule=SimpleNamespace(resources=each)) for each in resources]
    dag = SimpleNamespace(needrun_jobs=lambda: jobs)
    workflow = SimpleNamespace(dag=dag, non_local_exec=remote)
    with pytest.raises(InputError, match="device: found 'auto'") if asks else nullcontext():
        machine.check_device(workflow, {"device": device})


def test_jobs_are_looked_at_less_often(monkeypatch):
    monkeypatch.setattr(benchmark, "BENCHMARK_INTERVAL_SHORT", 0.5)
    machine.without_polling(SimpleNamespace(local_exec=True, scheduler=SimpleNamespace()))
    timer = benchmark.ScheduledPeriodicTimer(benchmark.BENCHMARK_INTERVAL)
    monkeypatch.setattr(timer, "work", lambda: None)
    timer.start()
    timer.cancel()
    assert timer._timer.interval == machine.LOOKS_APART


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
    shell: "touch {{output}}"
"""


@pytest.mark.parametrize(("call", "sleeps"), [("without_polling(workflow)", True), ("pass", False)])
def test_the_scheduler_sleeps_while_jobs_run(tmp_path, call, sleeps):
    """If the second case fails, Snakemake does so by itself: remove `without_polling`."""
    (tmp_path / "Snakefile").write_text(WORKFLOW.format(root=str(ROOT), call=call))
    done = subprocess.run(
        [warm.python(), "-m", "snakemake", "--cores", "2", "--quiet", "all"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "limited: True" in done.stdout
    assert ("timers: 0" in done.stdout) == sleeps, done.stdout


WITH_SCRIPT = """
import sys
sys.path.insert(0, {root!r})
from workflow_scripts.plan.machine import quote_interpreter
{call}
rule all:
    output: "made"
    script: "make.py"
"""


@pytest.mark.parametrize(("call", "runs"), [("quote_interpreter()", True), ("pass", False)])
def test_an_environment_whose_path_a_shell_would_misread(tmp_path, call, runs):
    """If the second case fails, Snakemake does so by itself: remove `quote_interpreter`."""
    own = tmp_path / "it's mine (& $HOME)"
    venv.create(own, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(own)}))
    packages.rmdir()
    packages.symlink_to(sysconfig.get_path("purelib"))
    (tmp_path / "Snakefile").write_text(WITH_SCRIPT.format(root=str(ROOT), call=call))
    (tmp_path / "make.py").write_text("open(snakemake.output[0], 'w').close()")
    done = subprocess.run(
        [own / "bin" / "python", "-m", "snakemake", "--cores", "1"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode == 0) == runs, done.stderr

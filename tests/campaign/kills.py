"""Kills at random moments, then the documented steps to go on: everything is as undisturbed.

Of a copy of the finished study some jobs' results are removed, each third time a training's. The
run that makes them again is killed; docs/questions.md says how to go on. All files are asked for by
name: Snakemake leaves out what nothing needs that is asked for, a store of finished models, say.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from functools import partial

from tests.campaign.common import (
    Case,
    Deviation,
    Place,
    check_same,
    kill_group,
    members,
    ran,
    started,
    wait_for,
)
from tests.workflow.runs import Project

KINDS = (
    "SIGKILL of all", "SIGKILL of Snakemake", "SIGKILL of a job", "SIGTERM of all",
    "SIGTERM of Snakemake", "SIGINT of all", "SIGKILL of all, twice", "SIGINT, then SIGKILL",
)  # fmt: skip


def cases(rounds: int) -> list[Case]:
    """One round after the other, each kind in turn."""
    kinds = [KINDS[number % len(KINDS)] for number in range(rounds)]
    return [
        Case(f"round {number}: {kind}", partial(_round, number, kind))
        for number, kind in enumerate(kinds, start=1)
    ]


def _round(number: int, kind: str, place: Place) -> str:
    project = place.project()
    everything = made(project)
    remove_results(project, place, 3, training=number % 3 == 0)
    said = []
    kinds = {"SIGKILL of all, twice": ("SIGKILL of all",) * 2,
             "SIGINT, then SIGKILL": ("SIGINT of all", "SIGKILL of all")}  # fmt: skip
    for each in kinds.get(kind, (kind,)):
        process = started(project, *everything, cores=2)
        said.append(_kill(project, process, each, place))
        _go_on(project, process, hard="SIGKILL" in each)
    run = ran(project, *everything, cores=2)
    if run.status:
        raise Deviation(f"it does not go on: {run.printed.strip().splitlines()[-1]}")
    check_same(project, place.finished)
    return f"as undisturbed: killed {' and '.join(said)}"


def made(project: Project) -> list[str]:
    """All files that jobs have made."""
    records = (project.results / "records").rglob("*.json")
    return sorted({path for each in records for path in json.loads(each.read_text())["outputs"]})


def remove_results(
    project: Project, place: Place, jobs: int = 1, training: bool = False
) -> list[str]:
    """Remove what some jobs have made, and a training; the paths, which are targets."""
    records = sorted((project.results / "records").rglob("*.json"))
    trained = [path for path in records if path.parent.name in ("pretrain", "finetune")]
    others = [path for path in records if "models" not in path.parts]
    chosen = place.chance.sample(others, jobs) + place.chance.sample(trained, int(training))
    removed = {path for record in chosen for path in json.loads(record.read_text())["outputs"]}
    for path in sorted(removed):
        there = project.work / path
        shutil.rmtree(there) if there.is_dir() else there.unlink(missing_ok=True)
    return sorted(removed)


def _kill(project: Project, process: subprocess.Popen, kind: str, place: Place) -> str:
    """Kill a run some time after its first job has begun; says when."""
    scripts = project.work / ".snakemake" / "scripts"
    known = set(scripts.glob("*"))
    try:
        wait_for(lambda: set(scripts.glob("*")) - known, process)
    except Deviation:
        if process.poll() == 0:  # it had outlived the first of two signals
            return "too late"
        raise
    seconds = place.chance.uniform(0, 8)
    try:
        process.wait(seconds)
        return "too late"
    except subprocess.TimeoutExpired:
        number = getattr(signal, kind.split()[0])
    if kind.endswith("of all"):
        kill_group(process, number)
    elif kind.endswith("of Snakemake"):
        os.kill(process.pid, number)
        process.wait()
    else:
        jobs = [each for each in members(process.pid) if each != process.pid]
        for each in jobs[:1]:
            os.kill(each, number)
        process.wait()
    return f"after {seconds:.1f} s of jobs"


def _go_on(project: Project, process: subprocess.Popen, hard: bool) -> None:
    """The steps of docs/questions.md but for the last, the same command again."""
    if not hard:
        return
    for job in members(process.pid):
        os.kill(job, signal.SIGTERM)
    end = time.monotonic() + 60
    while members(process.pid):
        if time.monotonic() > end:
            raise Deviation("a job that was left over does not end")
        time.sleep(0.05)
    if (run := ran(project, "--unlock")).status:
        raise Deviation(f"it cannot be unlocked: {run.printed[-200:]}")

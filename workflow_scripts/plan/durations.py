"""How long the jobs of a run are expected to take, by how long they took before."""

import csv
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from statistics import fmean
from typing import Any

from workflow_scripts.plan.run import Run

ENDING = ".benchmark.tsv"
RECORD = "benchmarks/results/whole_run_{study}.json"


def measured(logs: Path) -> dict[str, float]:
    """Seconds that jobs took, by their names, from what they left below a folder of logs."""
    found = {}
    for file in sorted(logs.rglob(f"*{ENDING}")):
        with suppress(OSError, ValueError, LookupError, StopIteration), file.open() as lines:
            seconds = float(next(csv.DictReader(lines, delimiter="\t"))["s"])
            found[file.relative_to(logs).as_posix().removesuffix(ENDING)] = seconds
    return found


def known(run: Run) -> dict[str, float]:
    """Seconds by job: those of an earlier run, else those of the run that is on record."""
    recorded: dict[str, float] = {}
    with suppress(OSError, ValueError, LookupError):
        record = run.root / RECORD.format(study=run.study.name)
        recorded = json.loads(record.read_text(encoding="utf-8"))["seconds"]
    return recorded | measured(Path(_logs(run)))


def expected(known: Mapping[str, float], jobs: Mapping[int, tuple[str, int]]) -> dict[int, float]:
    """Core-seconds of jobs, by their numbers; empty if most of them have never been seen.

    A job that has not run yet takes as long as its like on average: those of the same rule, or else
    all.

    Parameters
    ----------
    known: seconds by name of the job
    jobs: name and number of cores of each, by its number
    """
    seen = {number: _seconds(known, name) for number, (name, _) in jobs.items()}
    found = [seconds for seconds in seen.values() if seconds is not None]
    if 2 * len(found) < len(jobs) or not found:
        return {}
    other = fmean(found)
    return {
        number: (other if seconds is None else seconds) * jobs[number][1]
        for number, seconds in seen.items()
    }


def _seconds(known: Mapping[str, float], name: str) -> float | None:
    first = name.split("/", 2)[2] if name.startswith("replicates/") else name
    for each in (name, first):
        if each in known:
            return known[each]
    folder = f"{first.rpartition('/')[0]}/"
    # Beside it lie the others of its rule, unless the folder is that of a whole stage or subject.
    like = [seconds for other, seconds in known.items() if other.startswith(folder)]
    return fmean(like) if like and folder.count("/") > _depth(folder) else None


def _depth(folder: str) -> int:
    return 2 if folder.startswith("measures/") else 1


def tell(run: Run, workflow: Any) -> None:
    """Tell the loggers that want to know what is to be done; to be called when a run starts."""
    handlers = workflow.logger_manager.get_log_handlers()
    listeners = [each for each in handlers if hasattr(each, "expect")]
    if not listeners:
        return
    cores = workflow.cores or workflow.nodes or 1
    jobs = {workflow.dag.jobid(job): job for job in workflow.dag.needrun_jobs() if job.rule.message}
    named = {
        number: (_name(run, str(job.benchmark)), min(job.threads, cores))
        for number, job in jobs.items()
    }
    seconds = expected(known(run), named)
    for listener in listeners:
        listener.expect(len(jobs), seconds, cores, workflow.logger_manager.get_logfile())


def _logs(run: Run) -> str:
    """Folder of the logs of all replicates."""
    return run.logs.removesuffix(run.part)


def _name(run: Run, benchmark: str) -> str:
    return benchmark.removeprefix(f"{_logs(run)}/").removesuffix(ENDING)

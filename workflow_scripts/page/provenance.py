"""Where the numbers come from: code, packages, machine, and what the jobs have cost."""

import csv
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from workflow_scripts.cards.tables import Table
from workflow_scripts.job.machine import UNKNOWN, processor

WAIT = 10  # seconds for another program, at most
# The last line that a job leaves in its log, see job/lifecycle.py
DONE = re.compile(r"^(\S+ \S+) INFO rule \S+ is done: ([\d.]+) CPU-seconds, (\d+) MiB", re.M)
BEGUN = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")


class Cost(NamedTuple):
    """What one job has taken."""

    stage: str
    seconds: float  # of wall time; NaN where no benchmark says
    cpu_seconds: float
    mebibytes: float  # at its peak
    begun: str
    done: str


def commit(root: Path) -> str:
    """The commit of the checkout, and whether files differ from it; "unknown" outside of one."""
    top = _said("git", "-C", str(root), "rev-parse", "--show-toplevel")
    # A copy that lies inside of another repository has no commit of its own.
    if not top or Path(top).resolve() != root.resolve():
        return UNKNOWN
    found = _said("git", "-C", str(root), "rev-parse", "HEAD")
    changed = _said("git", "-C", str(root), "status", "--porcelain")
    return f"{found or UNKNOWN}{' with changes that are not committed' if changed else ''}"


def _said(*command: str) -> str:
    """What another program prints; empty if it fails or is not there."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT, check=True)
        return done.stdout.strip()
    return ""


def machine() -> list[tuple[str, str]]:
    """The machine that made the page, as pairs of what and which."""
    gpus = _said("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines()
    return [
        ("Processor", f"{processor()}, {os.cpu_count() or UNKNOWN} logical cores"),
        ("GPU", ", ".join(gpus) or "none found"),
        ("System", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
    ]


def costs(logs: str) -> list[Cost]:
    """What every job has cost whose log says that it is done.

    Parameters
    ----------
    logs: folder of the logs and benchmarks of a study
    """
    return [cost for log in sorted(Path(logs).rglob("*.log")) if (cost := _cost(log, Path(logs)))]


def _cost(log: Path, logs: Path) -> Cost | None:
    text = log.read_text(encoding="utf-8", errors="replace")
    done, begun = DONE.search(text), BEGUN.search(text)
    if not done or not begun:
        return None
    parts = log.relative_to(logs).parts
    parts = parts[2:] if parts[0] == "replicates" else parts  # those of the first have no folder
    stage = "/".join(parts[:2]) if parts[0] == "measures" else parts[0]
    seconds = _wall_time(log.with_suffix(".benchmark.tsv"))
    when = (begun[1], done[1].split(",")[0])
    return Cost(stage, seconds, float(done[2]), float(done[3]), *when)


def _wall_time(benchmark: Path) -> float:
    with suppress(OSError, LookupError, ValueError), benchmark.open(encoding="utf-8") as file:
        return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    return float("nan")


def costs_table(costs: Iterable[Cost]) -> Table:
    """What each stage has cost, in the order in which they began."""
    rows = sorted(costs, key=lambda cost: cost.begun)
    by_stage: dict[str, list[Cost]] = {}
    for cost in rows:
        by_stage.setdefault(cost.stage, []).append(cost)
    lines = [_line(stage, own) for stage, own in by_stage.items()]
    lines += [_line("All", rows)] if rows else []
    titles = ["Stage", "Jobs", "Wall time of the jobs [s]", "CPU time [s]", "Peak memory [MiB]",
              "First begun", "Last done"]  # fmt: skip
    return Table("What the jobs have cost, each when it ran last", titles, lines)


def _line(stage: str, costs: list[Cost]) -> list[str]:
    timed = [cost.seconds for cost in costs if cost.seconds == cost.seconds]
    return [
        stage,
        str(len(costs)),
        f"{sum(timed):.0f}" if timed else UNKNOWN,
        f"{sum(cost.cpu_seconds for cost in costs):.0f}",
        f"{max(cost.mebibytes for cost in costs):.0f}",
        min(cost.begun for cost in costs),
        max(cost.done for cost in costs),
    ]


def now() -> str:
    """The time, to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")

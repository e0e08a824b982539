"""What the parts share: cases and their outcomes, places to try them in, damage, comparisons."""

import hashlib
import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.authentic.server import Server, serving
from tests.unit.inputs.download_inputs import NAME
from tests.workflow.runs import PARTS, REPOSITORY, Project, copy, environment
from workflow_scripts.transfer import http

T = TypeVar("T")
RAN = Path("ran")  # what hostile code would write, in the folder of the case
LIMIT = 3600  # seconds that a run of the tiny study may take


class Deviation(Exception):
    """Something happened that must not happen."""


class LeftOut(Exception):
    """The case cannot be tried on this machine."""


class Ran(NamedTuple):
    """How a run of Snakemake ended."""

    status: int
    printed: str

    def refused(self, *names: str) -> str:
        """The message of a run that has to fail, which names one of these and has no traceback."""
        if self.status == 0:
            raise Deviation("it went on as if nothing were")
        return said(self.printed, *names)


@dataclass
class Place:
    """Where a case is tried: an empty folder, chance of its own, and the finished tiny study."""

    folder: Path
    chance: random.Random
    finished: Project

    def project(self) -> Project:
        """A copy of the finished study, with its own code."""
        return copied(self.finished, self.folder / "copy")


class Case(NamedTuple):
    """A named attempt; `attempt` says how it ended, or raises `Deviation`."""

    name: str
    attempt: Callable[[Place], str]


class Outcome(NamedTuple):
    """A line of the table."""

    case: str
    fine: bool
    text: str
    seconds: float


def finished_study(work: Path) -> Project:
    """The tiny study finished with the code as it is: minutes, but for what was made before."""
    project = Project.at(work / "finished")
    if not project.work.exists():
        project = Project.new(work / "finished")
    else:
        shutil.rmtree(project.root)
        for part in PARTS:
            copy(REPOSITORY / part, project.root / part)
    project.run("all_figures")
    return project


def try_cases(cases: Iterable[Case], work: Path, seed: int, finished: Project) -> list[Outcome]:
    """Try cases one after the other, each in a folder that is removed afterwards."""
    outcomes = []
    for case in cases:
        folder, start = work / "case", time.monotonic()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        place = Place(folder, random.Random(f"{seed} {case.name}"), finished)
        try:
            fine, text = True, case.attempt(place)
        except LeftOut as error:
            fine, text = True, f"left out: {error}"
        except (Deviation, AssertionError) as error:
            fine, text = False, str(error)
        text = re.sub(r"([0-9a-f]{8})[0-9a-f]{56}", r"\1...", text.replace(str(work), ""))
        text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text)
        text = re.sub(r"\x1b\[\d*m", "", text)
        text = " ".join(text.replace("|", "/").split())[:200]
        outcomes.append(Outcome(case.name, fine, text, time.monotonic() - start))
        print(f"{'ok ' if fine else 'NOT'} {case.name}: {text}", flush=True)
    shutil.rmtree(work / "case", ignore_errors=True)
    return outcomes


def table(outcomes: list[Outcome]) -> str:
    """Outcomes as Markdown: counts by what they begin with, then a line for each."""
    kinds: dict[str, int] = {}
    for outcome in outcomes:
        kind = outcome.text.partition(":")[0] if outcome.fine else "**deviates**"
        kinds[kind] = kinds.get(kind, 0) + 1
    counts = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    lines = [f"{len(outcomes)} cases: {counts}.", "", "| case | outcome |", "|---|---|"]
    marks = ("**deviates**: ", "")
    return "\n".join(
        [*lines, *(f"| {each.case} | {marks[each.fine]}{each.text} |" for each in outcomes)]
    )


# Runs


def copied(finished: Project, folder: Path) -> Project:
    """A copy of a study's results, to be run with a copy of its code."""
    project = Project.at(folder)
    copy(finished.root, project.root)
    copy(finished.work, project.work)
    return project


def ran(project: Project, *arguments: str, cores: int = 1, **changed: str | None) -> Ran:
    """Run Snakemake to its end; variables may be changed in its environment, or unset by None."""
    variables = {**environment(), **changed}
    done = subprocess.run(
        project.command(*arguments, cores=cores),
        env={key: value for key, value in variables.items() if value is not None},
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=LIMIT,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout + done.stderr)


def started(project: Project, *arguments: str, cores: int = 1) -> subprocess.Popen:
    """A run of Snakemake that goes on, in a process group of its own."""
    return subprocess.Popen(
        project.command(*arguments, cores=cores), env=environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for(condition: Callable[[], T], process: subprocess.Popen, seconds: float = 120) -> T:
    """Wait until a condition holds; what it gives. The process must not end before."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if process.poll() is not None:
            raise Deviation(f"the run ended with {process.returncode} before the moment came")
        if time.monotonic() > end:
            raise Deviation("the moment did not come")
        time.sleep(0.005)
    return found


def kill_group(process: subprocess.Popen, number: int) -> None:
    """Send a signal to all processes of a run, and wait until they have ended."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait(LIMIT)
    end = time.monotonic() + LIMIT
    while members(process.pid) and time.monotonic() < end:
        time.sleep(0.01)


def members(group: int) -> list[int]:
    """The processes of a group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, own = stat.read_text().rpartition(")")[2].split()[:3]
            if int(own) == group and state != "Z":
                found.append(int(stat.parent.name))
    return found


def said(printed: str, *names: str) -> str:
    """The line for the user that says something of a file, or has these words; no traceback."""
    if "Traceback" in printed:
        raise Deviation(f"a traceback: {printed.strip().splitlines()[-1]}")
    lines = [line.strip() for line in printed.splitlines() if not line.startswith(" " * 4)]
    for name in names:
        for line in lines:
            said_of = rf"{re.escape(name)}.*(found|expected|cannot|is |are |has |was )"
            if (name in line) if " " in name else re.search(said_of, line):
                return line
    raise Deviation(f"nothing names {names[0]}: {' / '.join(lines[-3:])}")


@contextmanager
def offered(folder: Path, content: bytes) -> Iterator[Server]:
    """A host with one file to download, which is asked without waiting in between."""
    os.environ["no_proxy"] = "127.0.0.1"
    http.BACKOFF = 0
    (folder / "host").mkdir()
    (folder / "host" / NAME).write_bytes(content)
    with serving(folder / "host") as server:
        yield server


# Contents


def digests(project: Project) -> dict[str, str]:
    """SHA-256 of every result by its path; but for records, which name paths outside, in whole.

    The report page and its record are left out: it says when it was made, and what the jobs cost.
    """
    return {
        path.relative_to(project.results).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(project.results.rglob("*"))
        if path.is_file()
        and path.name != ".snakemake_timestamp"
        and "report" not in path.relative_to(project.results).parts
    }


def check_same(project: Project, finished: Project) -> None:
    """Every result is there, byte by byte the undisturbed run's, and there is nothing else."""
    own, expected = digests(project), digests(finished)
    different = [
        name for name in own.keys() | expected.keys() if own.get(name) != expected.get(name)
    ]
    if different:
        states = {(True, False): "missing", (False, True): "not expected", (True, True): "other"}
        found = [f"{name} ({states[name in expected, name in own]})" for name in sorted(different)]
        raise Deviation(f"{len(found)} results differ: {', '.join(found[:3])}")
    left = [*project.unfinished(), *(path.name for path in flags(project))]
    if left:
        raise Deviation(f"left over: {', '.join(left)}")


def flags(project: Project) -> list[Path]:
    """What Snakemake keeps of a run that goes on: locks and unfinished jobs."""
    notes = project.work / ".snakemake"
    folders = ("locks", "incomplete")
    return [
        path for name in folders for path in sorted((notes / name).rglob("*")) if path.is_file()
    ]


# Damage


def emptied(content: bytes, chance: random.Random) -> bytes:
    """Nothing of it."""
    return b""


def truncated(content: bytes, chance: random.Random) -> bytes:
    """A beginning of it."""
    return content[: chance.randrange(1, max(2, len(content)))]


def flipped(content: bytes, chance: random.Random) -> bytes:
    """It, with one bit the other way."""
    place = chance.randrange(len(content))
    return (
        content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]
    )


DAMAGES = (emptied, truncated, flipped)


def damage(path: Path, how: Callable[[bytes, random.Random], bytes], chance: random.Random) -> None:
    """Damage a file as a disk does: its times stay."""
    state, content = path.stat(), path.read_bytes()
    path.write_bytes(how(content, chance))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


class Harmful:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return (open, (str(RAN.absolute()), "w"))

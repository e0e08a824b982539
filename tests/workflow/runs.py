"""Real Snakemake runs of the tiny study, each on a copy of the repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests import warm

REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config.yaml", "profiles", "rules", "schemas", "resources",
         "workflow_scripts", "envs", "studies", "tests/studies", "docs/rule_graph.svg")  # fmt: skip
# What tells of everything is made anew with anything.
OF_EVERYTHING = {"ro_crate", "report_page"}
CONFIGURATION = """\
study: tests/studies/tiny
device: cpu
bootstrap: {resamples: 50}
"""


class Planned(NamedTuple):
    """What Snakemake would do about an output file, and why."""

    rule: str
    status: str


class Plan(dict[str, Planned]):
    """What a run would make anew: file (below results/tiny) to rule and status.

    The report page is left out unless it is asked for: it is made of everything.

    `flags` are the names of what says that a job is stale, and why.
    """

    def __init__(self, planned: dict[str, Planned], flags: set[str]):
        super().__init__(planned)
        self.flags = flags


class Project:
    """A copy of the repository at `root`, and the folder `work` in which it is run."""

    def __init__(self, root: Path, work: Path):
        self.root, self.work = root, work
        self.results = work / "results" / "tiny"
        self.logs = work / "logs" / "tiny"
        self.study = root / "tests" / "studies" / "tiny"

    @classmethod
    def at(cls, folder: Path) -> "Project":
        """What is in a folder."""
        return cls(folder / "repository", folder / "work")

    @classmethod
    def new(cls, folder: Path) -> "Project":
        """A fresh copy without results."""
        project = cls.at(folder)
        project.work.mkdir(parents=True)
        (project.work / "tiny.yaml").write_text(CONFIGURATION)
        for part in PARTS:
            copy(REPOSITORY / part, project.root / part)
        return project

    def copy(self, folder: Path) -> "Project":
        """A copy with everything that was made; times stay."""
        project = Project.at(folder)
        copy(self.root, project.root)
        copy(self.work, project.work)
        return project

    def command(self, *arguments: str, cores: int = 2, python: str = sys.executable) -> list[str]:
        """The command line of a Snakemake run."""
        return [
            python, "-m", "snakemake", "--snakefile", str(self.root / "Snakefile"),
            "--directory", str(self.work), "--configfile", str(self.work / "tiny.yaml"),
            "--cores", str(cores), *arguments,
        ]  # fmt: skip

    def run(self, *arguments: str, cores: int = 2, fails: bool = False) -> str:
        """Run Snakemake; what it prints. It has to fail if and only if `fails`."""
        command = self.command(*arguments, cores=cores, python=warm.python())
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
        printed = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, printed
        return printed

    def plan(self, *arguments: str, page: bool = False) -> Plan:
        """What a run would make anew; what tells of everything only if alone or asked for."""
        flags = self.work / ".snakemake" / "changed"
        shutil.rmtree(flags, ignore_errors=True)
        command = self.command("--summary", *arguments, python=warm.python())
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        header, *lines = (line.split("\t") for line in done.stdout.splitlines())
        rows = [dict(zip(header, line, strict=True)) for line in lines]
        assert len(rows) > 100
        planned = {
            row["output_file"].removeprefix("results/tiny/"): Planned(row["rule"], row["status"])
            for row in rows
            if row["plan"] != "no update"
        }
        left_out = OF_EVERYTHING - ({"report_page"} if page else set())
        others = {file: each for file, each in planned.items() if each.rule not in left_out}
        return Plan(
            others or planned,
            {
                f"{path.parent.name.removeprefix('tiny.')}@{path.name}"
                for path in flags.glob("*/*")
                if page or "report_page" not in path.parent.name
            },
        )

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that occurs once in a file of the repository."""
        path = self.root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file}: {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))

    def cell(self, table: str, name: str, column: str, value: str) -> None:
        """Put a value into a table of the study."""
        path = self.study / table
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        row = next(row for row in rows if row[0] == name)
        row[rows[0].index(column)] = value
        path.write_text("".join("\t".join(row) + "\n" for row in rows))

    def forget(self, job: str) -> None:
        """Remove the record of a job, so that what it made may be changed by hand."""
        (self.results / "records" / f"{job}.json").unlink()

    def unfinished(self) -> list[str]:
        """Temporary files and folders among the results."""
        found = [*self.results.rglob(".part-*"), *self.results.rglob(".unfinished-*")]
        return [path.relative_to(self.results).as_posix() for path in found]


def environment() -> dict[str, str]:
    """The environment of a run, without what the user has set for their own."""
    return {key: value for key, value in os.environ.items() if not key.startswith("SNAKEMAKE_")}


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder with its times."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", source, target], check=True)


def restore(source: Path, target: Path, marks: dict[Path, tuple[int, ...]]) -> None:
    """Make a folder what another one is, with its times; only what was touched is copied again.

    A copy of two thousand files for each of a hundred tests takes as long as their runs.

    Parameters
    ----------
    marks: of each file that was copied before, what tells that it is as it was left
    """
    if not target.is_dir():
        _remove(target)
        target.mkdir()
    entries = {entry.name: entry for entry in os.scandir(source)}
    for name in {*os.listdir(target)} - entries.keys():
        _remove(target / name)
    for name, entry in entries.items():
        path = target / name
        if entry.is_dir():
            restore(source / name, path, marks)
        elif marks.get(path) != _marks(entry.path, path):
            _remove(path)
            shutil.copy2(entry.path, path)
            marks[path] = _marks(entry.path, path)
    shutil.copystat(source, target)


def _marks(*paths: str | Path) -> tuple[int, ...]:
    """What changes with anything that is done to files, but cannot be set; nothing without them."""
    try:
        found = [os.lstat(path) for path in paths]
    except OSError:
        return ()
    return tuple(number for each in found for number in (each.st_ino, each.st_ctime_ns))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

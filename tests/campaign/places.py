"""Odd places: two runs in one folder, folders that refuse or are full, names, users, locales.

Of a copy of the finished study some results are removed and made again there. Either everything is
as it was, or the run is refused with a message, and what was there is left alone. What takes
mounting or another user needs root, and is said to be left out elsewhere.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from tests.campaign.common import (
    Case,
    Deviation,
    LeftOut,
    Place,
    Ran,
    check_same,
    copied,
    digests,
    ran,
    started,
    wait_for,
)
from tests.campaign.kills import remove_results
from tests.workflow.runs import Project, environment

NOBODY = 65534
TABLE = "results/tiny/measures/indicators/kurtosis/rn_web.csv"


def cases(rounds: int) -> list[Case]:
    """Each kind of place."""
    plain = {
        "a folder with blanks and umlauts": {"name": "Über uns, zwei Wörter"},
        "a folder with quotes, dollars and hashes": {"name": "it's $HOME #1 & \"co\""},
        "no HOME": {"HOME": None},
        "a HOME that is not there": {"HOME": "/nonexistent"},
        "a locale without UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "LANG": None},
        "a locale without UTF-8, not mended by Python": {
            "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        "umlauts in a locale without UTF-8": {
            "name": "Über uns", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        "a PATH with little on it": {"PATH": "/usr/bin:/bin"},
        "a zone of time on the other side of the earth": {"TZ": "Pacific/Kiritimati"},
    }  # fmt: skip
    named = [(name, partial(_made_again, **how)) for name, how in plain.items()]
    others: dict[str, Callable[[Place], str]] = {
        "two runs at once in one folder": _two_runs,
        "a dry run beside a run": _dry_run,
        "results that are a link to a folder elsewhere": _linked,
        "a folder on a read-only file system": _read_only_folder,
        "a checkout on a read-only file system": _read_only_checkout,
        "a full disk": _full,
        "a user in a checkout of another": _other_user,
        "a user in a folder of another": _other_folder,
    }
    return [Case(name, attempt) for name, attempt in [*named, *others.items()]]


def _made_again(place: Place, name: str = "copy", **variables: str | None) -> str:
    project = copied(place.finished, place.folder / name)
    removed = remove_results(project, place)
    return _same(ran(project, *removed, cores=2, **variables), project, place)


def _same(run: Ran, project: Project, place: Place) -> str:
    if run.status:
        lines = [line for line in run.printed.splitlines() if "Error" in line]
        raise Deviation(f"it fails: {' / '.join(lines[-2:]) or run.printed[-200:]}")
    check_same(project, place.finished)
    return "as everywhere: the same results"


def _two_runs(place: Place) -> str:
    project = place.project()
    removed = remove_results(project, place, training=True)
    first = started(project, *removed, cores=2)
    wait_for(lambda: [*(project.work / ".snakemake" / "scripts").glob("*")], first)
    second = ran(project, *removed)
    message = second.refused("Directory cannot be locked")
    first.wait()
    return f"refused: {message}; the first: {_same(Ran(first.returncode, ''), project, place)}"


def _dry_run(place: Place) -> str:
    project = place.project()
    removed = remove_results(project, place, training=True)
    first = started(project, *removed, cores=2)
    wait_for(lambda: [*(project.work / ".snakemake" / "scripts").glob("*")], first)
    while first.poll() is None:
        if (run := ran(project, "-n", *removed)).status and "Traceback" in run.printed:
            raise Deviation(f"the dry run fails: {run.printed[-200:]}")
    return _same(Ran(first.returncode, ""), project, place)


def _linked(place: Place) -> str:
    project = place.project()
    elsewhere = place.folder / "elsewhere"
    project.results.rename(elsewhere)
    project.results.symlink_to(elsewhere)
    removed = remove_results(project, place)
    return _same(ran(project, *removed, cores=2), project, place)


# What takes root


@contextmanager
def _mounted(folder: Path, *options: str) -> Iterator[None]:
    """A folder with something mounted on it."""
    command = ["mount", *options, str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        raise LeftOut("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _read_only(folder: Path) -> AbstractContextManager[None]:
    return _mounted(folder, "--options", "bind,ro", str(folder))


def _read_only_folder(place: Place) -> str:
    project = place.project()
    remove_results(project, place)
    before = digests(project)
    with _read_only(project.work):
        message = ran(project, TABLE, "--forcerun", "kurtosis").refused("read-only file system")
    if digests(project) != before:
        raise Deviation("something has changed")
    return f"refused: {message}"


def _read_only_checkout(place: Place) -> str:
    project = place.project()
    removed = remove_results(project, place)
    with _read_only(project.root):
        run = ran(project, *removed, cores=2)
    return _same(run, project, place)


def _full(place: Place) -> str:
    """A disk that is full, and has room again later."""
    folder = place.folder / "small"
    folder.mkdir()
    with _mounted(folder, "--types", "tmpfs", "--options", "size=100m", "tmpfs"):
        project = copied(place.finished, folder / "copy")
        removed = remove_results(project, place, training=True)
        filler = folder / "filler"
        free = shutil.disk_usage(folder).free
        filler.write_bytes(bytes(free - 100_000))
        message = ran(project, *removed, cores=1).refused("no space left", "No space left")
        filler.unlink()
        outcome = _same(ran(project, *removed, cores=2), project, place)
    return f"refused: {message}; with room again: {outcome}"


def _as_nobody(project: Project, *arguments: str) -> Ran:
    """Run Snakemake as a user who may write nothing of others, but read their Python."""
    if os.geteuid():
        raise LeftOut("only root can run as another user")
    may_read = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    done = subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *may_read,
         *project.command(*arguments)],
        env=environment() | {"HOME": "/nonexistent"}, capture_output=True, text=True,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout + done.stderr)


def _other_user(place: Place) -> str:
    project = place.project()
    removed = remove_results(project, place)
    subprocess.run(["chown", "--recursive", f"{NOBODY}:{NOBODY}", str(project.work)], check=True)
    return _same(_as_nobody(project, *removed), project, place)


def _other_folder(place: Place) -> str:
    project = place.project()
    remove_results(project, place)
    before = digests(project)
    message = _as_nobody(project, TABLE).refused("no permission to use")
    if digests(project) != before:
        raise Deviation("something has changed")
    return f"refused: {message}"

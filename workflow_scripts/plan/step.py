"""A step of the chain: what every rule repeats, said once, and what decides whether it is stale.

A step's name is the path of its script, `<stage>/<rule>` or `measures/<subject>/<rule>`; its log,
its costs and its record have the same name.

Staleness is decided by records (job/records.py). Snakemake knows times only, so these are made to
say what the records say: a stale job gets one more input, newer than everything, whose name says
what has changed; the inputs of a job that is not stale are given one time, older than everything;
large inputs, for which their digests stand, are `ancient`.
"""

import os
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake.io import ancient

from workflow_scripts.job.errors import InputError
from workflow_scripts.job.records import digest_of, reason_to_rerun
from workflow_scripts.plan.run import Run
from workflow_scripts.plan.staleness.stamps import stamp

# Where Snakemake keeps its own notes, which must be writable even for a dry run
FLAGS = Path(".snakemake/changed")
FAR_FUTURE = 4102444800  # the year 2100
FAR_PAST = 86400  # 1970: older than what any archive or copy gives
# Of the run and a job's wildcards
OfJob = Callable[[Run, Any], Any]


@dataclass
class Step:
    """What a rule needs beside its inputs and outputs.

    Attributes
    ----------
    name: path of the script below workflow_scripts/, without its ending
    settings: what the script uses of configuration and study, or a function of run and wildcards
    each: wildcards of the rule: one log and one record for each
    label: what tells several rules of one script apart
    files: small files of the repository that the script reads
    contents: a function of run and wildcards that gives what else counts: versions of downloads
    main: whether this process plans the run, and not one that a cluster started for a job
    keeps_times: whether files are only looked at, so that their times are left alone
    """

    run: Run
    name: str
    settings: Mapping[str, Any] | OfJob = field(default_factory=dict)
    each: tuple[str, ...] = ()
    label: str = ""
    files: Iterable[str] = ()
    contents: OfJob | None = None
    main: bool = True
    keeps_times: bool = False
    _flags: dict[str, list[str]] = field(default_factory=dict)
    _stamps: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> str:
        """The log of a job."""
        return f"{self._in(self.run.logs)}.log"

    @property
    def benchmark(self) -> str:
        """Run time and peak memory of a job."""
        return f"{self._in(self.run.logs)}.benchmark.tsv"

    @property
    def params(self) -> dict[str, Any]:
        """The params of the rule: script, settings, their stamp, its record, all records."""
        return {
            "script": self.name,
            "settings": self._settings,
            "stamp": self._stamp,
            "record": self._record,
            "records": self.run.records,
        }

    def input(self, *many: OfJob, **named: Any) -> Callable[[Any], dict[str, Any]]:
        """An input function for `unpack`: the files, the digests of large ones, what has changed.

        Parameters
        ----------
        many: functions of run and wildcards that give named ones
        named: paths with or without wildcards, or lists of them. With a large result `x` comes its
            digest as `x_digest`.
        """

        def files(wildcards: Any) -> dict[str, Any]:
            found: dict[str, Any] = {}
            try:
                everything = [item for each in many for item in each(self.run, wildcards).items()]
            except InputError as error:
                # Of any other exception Snakemake would show where in our code it was raised.
                sys.exit(str(error))
            for key, value in [*everything, *named.items()]:
                paths = _paths(value, wildcards)
                found[key] = _map(self._timed, paths)
                if digests := _map(self._digest, paths):
                    found[f"{key}_digest"] = digests
            names = [str(path) for paths in found.values() for path in _listed(paths)]
            return found | {"changed": self._changed(wildcards, names)}

        return files

    def reason_to_rerun(self, wildcards: Any) -> str:
        """Why what a job left is stale, as far as its record tells; empty if it is not."""
        return reason_to_rerun(self._record(wildcards), self._stamp(wildcards))

    def _in(self, folder: str) -> str:
        wildcards = (f"{{{name}}}" for name in self.each)
        return "/".join([folder, self.name, *filter(None, [self.label]), *wildcards])

    def _settings(self, wildcards: Any) -> Mapping[str, Any]:
        return self.settings(self.run, wildcards) if callable(self.settings) else self.settings

    def _stamp(self, wildcards: Any) -> str:
        record = self._record(wildcards)
        if record not in self._stamps:
            covered = dict(self._settings(wildcards))
            if self.contents:
                covered["contents"] = self.contents(self.run, wildcards)
            found = stamp(self.run.root, f"{self.name}.py", covered, self.files)
            self._stamps[record] = found
        return self._stamps[record]

    def _record(self, wildcards: Any) -> str:
        path = f"{self._in(f'{self.run.records}{self.run.part}')}.json"
        return path.format(**dict(wildcards.items()))

    def _changed(self, wildcards: Any, inputs: list[str]) -> list[str]:
        """The input that makes a stale job run; nothing for one that is not."""
        record = self._record(wildcards)
        if record not in self._flags:
            self._flags[record] = self._flag(record, self._stamp(wildcards), inputs)
        return self._flags[record]

    def _flag(self, record: str, stamp: str, inputs: list[str]) -> list[str]:
        below = os.path.relpath(record, self.run.records).removesuffix(".json")
        # A folder of its own: Snakemake looks once at what a folder holds, would not see a flag
        # that is raised in it thereafter, and would pass over a stale job without a word.
        folder = FLAGS / f"{self.run.study.name}.{below.replace('/', '.')}"
        if not self.main:  # the process that plans has decided already
            return sorted(map(str, folder.glob("*")))[-1:]
        if reason := reason_to_rerun(record, stamp, inputs):
            return [str(_raised(folder / reason))]
        if Path(record).exists() and not self.keeps_times:
            _settle(path for path in inputs if self._is_small_result(path))
        return []

    def _is_result(self, path: str) -> bool:
        """Whether jobs make a file, and not somebody else: the time of the others is left alone."""
        return path.startswith((f"{self.run.results}/", f"{self.run.downloads}/"))

    def _digest(self, path: str) -> str | None:
        return digest_of(path) if self._is_result(path) else None

    def _is_small_result(self, path: str) -> bool:
        return self._is_result(path) and digest_of(path) is None

    def _timed(self, path: str) -> Any:
        """A path, marked where its time must not matter."""
        return path if self._is_small_result(path) else ancient(path)


def _settle(paths: Iterable[str]) -> None:
    """Give files whose content is known to be what it was a time older than all that use them."""
    for path in paths:
        # Results that may only be looked at keep their times, and Snakemake judges by them.
        with suppress(OSError):
            os.utime(path, (FAR_PAST, FAR_PAST))


def _raised(flag: Path) -> Path:
    """A file that Snakemake takes for newer than any output, and for another than before."""
    flag.parent.mkdir(parents=True, exist_ok=True)
    flag.write_text(uuid.uuid4().hex, encoding="utf-8")
    os.utime(flag, (FAR_FUTURE, FAR_FUTURE))
    return flag


def _paths(value: Any, wildcards: Any) -> Any:
    return _map(lambda path: path.format(**dict(wildcards.items())), value)


def _map(function: Callable[[str], Any], value: Any) -> Any:
    """The function's values of one path or of each in a list, without those that are None."""
    if isinstance(value, str | Path):
        return function(str(value))
    return [found for path in value if (found := function(str(path))) is not None]


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)

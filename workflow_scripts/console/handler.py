"""What is told of a run, event by event of Snakemake."""

import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import snakemake
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from workflow_scripts.console.terminal import Terminal
from workflow_scripts.console.time_left import TimeLeft, in_words

SNAKEMAKE = str(Path(snakemake.__file__).parent)
# Of what Snakemake says at level INFO
TOLD = ("Nothing to be done", "Complete log(s)", "Elapsed time")
# A script that ends so has said why.
ALREADY_SAID = "returned non-zero exit status 1."


class LogHandler(LogHandlerBase):
    """Tells of jobs as they begin, of warnings and of errors; a terminal also shows who is at work.

    Everything else is in the log that Snakemake keeps.
    """

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """Begin to write."""
        stream = sys.stdout if self.common_settings.stdout else sys.stderr
        self._running: dict[int, str] = {}
        self._begun = self._done = self._total = 0
        self._time = TimeLeft({}, 1, time.monotonic())
        self._state = threading.RLock()
        self._terminal = Terminal(stream, self._status, not self.common_settings.nocolor)
        if self._terminal.live:  # bars of several jobs would take turns on one line
            os.environ.setdefault("TQDM_DISABLE", "1")

    def expect(self, total: int, seconds: Mapping[int, float], cores: int, logs: list[str]) -> None:
        """Say how much is to be done.

        Parameters
        ----------
        total: number of jobs that have a message
        seconds: core-seconds of each, by its number; empty if not known
        cores: how many may be used
        logs: paths of the complete logs
        """
        with self._state:
            self._total = total
            self._time = TimeLeft(seconds, cores, time.monotonic())
        how_long = self._left(" and about {}")
        jobs = f"{total} jobs" if total > 1 else "1 job"
        self._terminal.line(f"{jobs}{how_long} to go. All details: {' '.join(logs)}")

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of an event, or pass over it."""
        try:
            self._tell(record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._terminal.close()
        super().close()

    def _tell(self, record: logging.LogRecord) -> None:
        event, job = getattr(record, "event", None), record.__dict__
        if event == LogEvent.JOB_INFO:
            self._begin(job["jobid"], job["rule_msg"])
        elif event == LogEvent.JOB_FINISHED:
            self._end(job["job_id"])
        elif event == LogEvent.JOB_ERROR:
            name = self._end(job["jobid"]) or job["rule_name"]
            logs = f"; its log: {' '.join(job['log'])}" if job["log"] else ""
            self._terminal.line(f"Failed: {name}{logs}", "error")
        elif record.levelno >= logging.WARNING:
            text = record.getMessage()
            if ALREADY_SAID not in text:
                kind = "warning" if record.levelno == logging.WARNING else "error"
                self._terminal.line(text, kind)
        elif event is None and record.levelno == logging.INFO:
            text = record.getMessage()
            if text.startswith(TOLD) or not record.pathname.startswith(SNAKEMAKE):
                self._terminal.line(text)

    def _begin(self, job: int, message: str | None) -> None:
        if not message:  # a target, which has nothing to do
            return
        with self._state:
            self._begun += 1
            self._running[job] = message
            self._time.start(job, time.monotonic())
        place = f"{self._begun:{len(str(self._total))}} of {self._total}"
        self._terminal.line(f"[{place}{self._left(', {} left')}] {message}")

    def _end(self, job: int) -> str | None:
        with self._state:
            self._time.finish(job)
            message = self._running.pop(job, None)
            self._done += message is not None
            return message

    def _left(self, phrase: str) -> str:
        with self._state:
            seconds = self._time.left(time.monotonic())
        return "" if seconds is None else phrase.format(in_words(seconds))

    def _status(self) -> str:
        with self._state:
            if not self._running:
                return ""
            share = f"{self._done} of {self._total} done{self._left(', {} left')}"
            return f"{share}: {'; '.join(self._running.values())}"

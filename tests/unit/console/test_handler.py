"""What is told of a run: jobs, warnings, errors, and nothing else."""

import io
import logging
import re
from types import SimpleNamespace

import pytest
from snakemake.logging import logger as of_snakemake
from snakemake_interface_logger_plugins.common import LogEvent

from workflow_scripts.console import handler
from workflow_scripts.console.plugin import snakemake_logger_plugin_console as plugin


class Screen(io.StringIO):
    """A stream that says whether it is a terminal, and what can be seen on it."""

    def __init__(self, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal

    def seen(self):
        """Lines as a terminal shows them."""
        lines, row, column = [""], 0, 0
        for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.|\n", self.getvalue()):
            if part == "\n":
                row, column = row + 1, 0
                lines += [""] * (row + 1 - len(lines))
            elif part == "\r":
                column = 0
            elif part == "\x1b[A":
                row -= 1
            elif part == "\x1b[J":
                lines = [*lines[:row], lines[row][:column]]
            elif not part.startswith("\x1b"):
                lines[row] = lines[row][:column].ljust(column) + part + lines[row][column + 1 :]
                column += 1
        return lines


@pytest.fixture(params=[False, True], ids=["stream", "terminal"])
def screen(request, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TQDM_DISABLE", "")  # so that what a test sets is taken back
    monkeypatch.delenv("TQDM_DISABLE")
    stream = Screen(request.param)
    monkeypatch.setattr(handler.sys, "stderr", stream)
    return stream


@pytest.fixture
def listener(screen, monkeypatch):
    monkeypatch.setattr(handler.time, "monotonic", lambda: 0.0)
    monkeypatch.setattr("workflow_scripts.console.terminal.EVERY", 3600)
    made = plugin.LogHandler(SimpleNamespace(stdout=False, nocolor=False), None)
    yield made
    made.close()


def say(listener, level, text, path, **extra):
    record = of_snakemake.makeRecord("snakemake", level, path, 1, text, (), None, extra=extra)
    listener.handle(record)


def event(listener, name, **extra):
    say(listener, logging.INFO, None, f"{handler.SNAKEMAKE}/jobs.py", event=name, **extra)


def begin(listener, job, message):
    event(listener, LogEvent.JOB_INFO, jobid=job, rule_msg=message)


def lines(screen):
    return [line for line in screen.seen() if line]


def test_jobs_are_told_as_they_begin(listener, screen):
    listener.expect(12, dict.fromkeys(range(12), 60), 2, ["all.log"])
    begin(listener, 0, "Drawing images")
    begin(listener, 1, "Training rn_web")
    event(listener, LogEvent.JOB_FINISHED, job_id=0)
    begin(listener, 2, "Accuracy of rn_web")
    begin(listener, 3, None)  # a target
    told = [
        "12 jobs and about 6 min to go. All details: all.log",
        "[ 1 of 12, 6 min left] Drawing images",
        "[ 2 of 12, 6 min left] Training rn_web",
        "[ 3 of 12, 5 min left] Accuracy of rn_web",
    ]
    status = ["1 of 12 done, 5 min left: Training rn_web; Accuracy of rn_web"]
    found = lines(screen)
    assert [line.replace("4 min", "5 min") for line in found] == told + status * screen.isatty()
    listener.close()
    assert len(lines(screen)) == 4


def test_without_records_there_is_no_time(listener, screen):
    listener.expect(1, {}, 2, ["all.log"])
    begin(listener, 0, "Drawing images")
    assert lines(screen)[:2] == [
        "1 job to go. All details: all.log",
        "[1 of 1] Drawing images",
    ]


def test_what_jobs_write_themselves_stays_whole(listener, screen):
    begin(listener, 0, "Drawing a very large number of images")
    screen.write("x.csv: found 1\n")
    begin(listener, 1, "Other")
    assert lines(screen)[:3] == [
        "[1 of 0] Drawing a very large number of images",
        "x.csv: found 1",
        "[2 of 0] Other",
    ]


def test_a_failed_job_is_named_with_its_log(listener, screen):
    begin(listener, 4, "Training rn_web")
    inside = f"{handler.SNAKEMAKE}/exceptions.py"
    text = "RuleException:\nCommand 'python' returned non-zero exit status 1."
    say(listener, logging.ERROR, text, inside)
    error = {"event": LogEvent.JOB_ERROR, "jobid": 4, "rule_name": "pretrain", "log": ["rn.log"]}
    say(listener, logging.ERROR, "Error in rule pretrain", inside, **error)
    assert lines(screen)[1:] == ["Failed: Training rn_web; its log: rn.log"]


def test_a_killed_job_s_end_is_told(listener, screen):
    text = "Command 'python' died with <Signals.SIGKILL: 9>."
    say(listener, logging.ERROR, text, f"{handler.SNAKEMAKE}/exceptions.py")
    assert lines(screen) == [text]


def test_of_what_snakemake_says_only_the_end_is_told(listener, screen):
    inside = f"{handler.SNAKEMAKE}/workflow.py"
    say(listener, logging.INFO, "Select jobs to execute...", inside)
    say(listener, logging.INFO, "Provided cores: 2", inside, event=LogEvent.RESOURCES_INFO)
    say(listener, logging.DEBUG, "details", inside)
    say(listener, logging.WARNING, "The disk is slow", inside)
    say(listener, logging.INFO, "A model of your own", "/checkout/rules/common.smk")
    say(listener, logging.INFO, "Complete log(s): all.log", inside)
    assert lines(screen) == ["The disk is slow", "A model of your own", "Complete log(s): all.log"]


def test_colours_and_bars_are_for_terminals(listener, screen, monkeypatch):
    say(listener, logging.WARNING, "The disk is slow", "rules/common.smk")
    assert ("\x1b" in screen.getvalue()) == screen.isatty()
    assert ("TQDM_DISABLE" in handler.os.environ) == screen.isatty()

"""The log, the exit code and the clean end of a job."""

import errno
import logging
import re
import signal
import subprocess
import sys
import time
import warnings
from types import SimpleNamespace

import pytest

from workflow_scripts.files.atomic import replacing
from workflow_scripts.job import records
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.lifecycle import costs, job


@pytest.fixture
def rule(tmp_path):
    return SimpleNamespace(log=[str(tmp_path / "logs" / "a.log")], rule="accuracy", threads=1)


def log_of(rule):
    with open(rule.log[0], encoding="utf-8") as stream:
        return stream.read()


def test_information_goes_to_the_log_and_warnings_to_both(rule, capsys):
    with job(rule):
        logging.getLogger("any").info("read 5 images")
        logging.getLogger("any").warning("one vector is constant")
        warnings.warn("a library complains", stacklevel=1)
    log, shown = log_of(rule), capsys.readouterr().err
    assert "INFO read 5 images" in log and "WARNING one vector is constant" in log
    assert "a library complains" in log
    assert re.search(r"rule accuracy is done: \d+\.\d CPU-seconds, \d+ MiB\n", log)
    assert "read 5 images" not in shown
    assert "one vector is constant" in shown


def test_costs_are_those_of_the_process_and_its_children():
    """Beside the clock of the process and a child that takes 100 MiB."""
    before, clock = costs(), time.process_time()
    sum(range(3_000_000))
    after = costs()
    assert after[0] - before[0] == pytest.approx(time.process_time() - clock, abs=0.05)
    subprocess.run([sys.executable, "-c", "bytearray(100 * 2**20)"], check=True)
    assert costs()[0] > after[0]
    assert 100 < costs()[1] < 10_000


def test_the_loggers_are_as_before_afterwards(rule):
    root = logging.getLogger()
    before = (root.level, list(root.handlers), signal.getsignal(signal.SIGTERM))
    with job(rule):
        pass
    assert (root.level, list(root.handlers), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("imagenet-r.tar: found no folder n01443537"), "found no folder n01443537"),
        (MemoryError("Unable to allocate 8 GiB"), "out of memory (Unable to allocate 8 GiB)"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "out of memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on the disk"),
        (OSError(errno.EROFS, "Read-only", "/data/x"), "/data/x is on a read-only file system"),
        (OSError(errno.EACCES, "Denied", "/data/x"), "no permission to use /data/x"),
    ],
)
def test_what_a_user_can_mend_is_said_once_without_traceback(rule, capsys, error, words):
    with pytest.raises(SystemExit) as end, job(rule):
        raise error
    shown = capsys.readouterr().err
    assert end.value.code == 1
    assert shown.count(words) == 1 and shown.count("\n") == 1
    assert words in log_of(rule)
    assert "Traceback" not in shown + log_of(rule)


def test_other_errors_leave_their_traceback_in_the_log(rule, capsys):
    with pytest.raises(ZeroDivisionError), job(rule):
        1 / 0  # noqa: B018
    assert "Traceback" in log_of(rule) and "ZeroDivisionError" in log_of(rule)
    assert "rule accuracy failed" in log_of(rule)
    assert "Traceback" not in capsys.readouterr().err  # the interpreter prints it


def test_termination_removes_half_written_files(rule, tmp_path):
    path = tmp_path / "out" / "h.h5"
    with pytest.raises(SystemExit) as end, job(rule), replacing(path) as temporary:
        temporary.write_text("half")
        signal.raise_signal(signal.SIGTERM)
    assert end.value.code == 143
    assert list(path.parent.iterdir()) == []
    assert "told to stop" in log_of(rule)


def test_interruption_ends_with_its_code(rule):
    with pytest.raises(SystemExit) as end, job(rule):
        raise KeyboardInterrupt
    assert end.value.code == 130
    assert "was interrupted" in log_of(rule)


def test_without_a_log_file_information_goes_to_the_terminal(capsys):
    with job(SimpleNamespace(log=[], rule="accuracy", threads=1)):
        logging.getLogger("any").info("read 5 images")
    assert "read 5 images" in capsys.readouterr().err


def test_a_log_that_cannot_be_written_is_explained(rule, capsys, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system", rule.log[0])

    monkeypatch.setattr(logging, "FileHandler", refuse)
    with pytest.raises(SystemExit) as end, job(rule):
        pass
    assert end.value.code == 1
    assert "read-only file system" in capsys.readouterr().err


def test_torch_gets_the_threads_of_the_rule_if_it_is_there(rule, monkeypatch):
    threads = []
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(set_num_threads=threads.append))
    rule.threads = 3
    with job(rule):
        pass
    assert threads == [3]


class Params(dict):
    """Params as Snakemake gives them, by key and by attribute."""

    __getattr__ = dict.__getitem__


def test_a_job_does_not_begin_with_an_input_that_is_not_what_its_job_left(rule, tmp_path, capsys):
    table = tmp_path / "table.csv"
    params = {
        "script": "measures/a",
        "stamp": "1",
        "record": f"{tmp_path}/records/measures/a/m.json",
        "records": f"{tmp_path}/records",
    }
    rule.params, rule.input, rule.output = Params(params), {}, [table]
    with job(rule):
        table.write_text("1")
    params |= {"script": "figures/b", "record": f"{tmp_path}/records/figures/b.json"}
    rule.params, rule.output = Params(params), []
    rule.input = {str(table): None}
    with job(rule):
        pass
    table.write_text("2")
    records.forget()
    with pytest.raises(SystemExit) as end, job(rule):
        raise AssertionError("it begins")
    assert end.value.code == 1
    assert f"{table}: found SHA-256" in capsys.readouterr().err

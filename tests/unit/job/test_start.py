"""A job's script runs as a program, and what fails at its import is told like any other error."""

import gc
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from workflow_scripts.job import start

SCRIPT = """\
{first}
if __name__ == "__main__":
    open(snakemake.output, "w").write(__file__)
"""


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    """A job, and a function that writes its script."""
    package = tmp_path / "scripts_of_jobs"
    (package / "figures").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(start, "PACKAGE", package)
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        monkeypatch.delitem(sys.modules, name)

    def of(first):
        (package / "figures" / "figure_02.py").write_text(SCRIPT.format(first=first))
        params = {"script": "figures/figure_02"}
        return SimpleNamespace(
            log=[str(tmp_path / "logs" / "figure_02.log")], rule="figure_02a", threads=1,
            params=type("Params", (dict,), {"script": params["script"]})(params),
            output=str(tmp_path / "made"),
        )  # fmt: skip

    return of


def log_of(job):
    return Path(job.log[0]).read_text(encoding="utf-8")


def test_a_script_runs_as_a_program(snakemake, tmp_path):
    start.start(job := snakemake("import json"))
    made = tmp_path / "scripts_of_jobs" / "figures" / "figure_02.py"
    assert Path(job.output).read_text() == str(made)


@pytest.mark.parametrize(
    ("first", "error"),
    [
        ("raise ValueError('inline is not a valid value for backend')", ValueError),
        ("from json import nothing", ImportError),
        ("import", SyntaxError),
    ],
)
def test_what_fails_at_import_is_in_the_log(snakemake, first, error):
    job = snakemake(first)
    with pytest.raises(error):
        start.start(job)
    assert "rule figure_02a failed" in log_of(job) and first in log_of(job)


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("import nowhere_to_be_found", "No module named 'nowhere_to_be_found'"),
        ("raise MemoryError('1 GiB')", "out of memory (1 GiB)"),
        ("import errno; raise OSError(errno.EACCES, 'Denied', '/x')", "no permission to use /x"),
    ],
)
def test_what_a_user_can_mend_is_said_once(snakemake, capsys, first, words):
    job = snakemake(first)
    with pytest.raises(SystemExit) as end:
        start.start(job)
    assert end.value.code == 1
    shown = capsys.readouterr().err
    assert words in shown and shown.count("\n") == 1
    assert words in log_of(job) and "Traceback" not in log_of(job)


def test_an_interruption_at_import(snakemake):
    job = snakemake("raise KeyboardInterrupt")
    with pytest.raises(SystemExit) as end:
        start.start(job)
    assert end.value.code == 130 and "was interrupted" in log_of(job)


def test_garbage_is_collected_again_after_the_import(snakemake):
    gc.unfreeze()
    start.start(snakemake("import gc; assert gc.isenabled() == (__name__ == '__main__')"))
    assert gc.isenabled() and gc.get_freeze_count() > 0
    gc.unfreeze()
    with pytest.raises(ValueError, match="unknown"):
        start.start(snakemake("raise ValueError('unknown')"))
    assert gc.isenabled()


END = """
import atexit, sys
from workflow_scripts.job.start import leave_at_once

class Held:
    def __del__(self):
        print("taken apart")

finished = []
atexit.register(leave_at_once, finished)
atexit.register(print, "registered later")
held = Held()
sys.stdout.write("written ")
{}
"""


@pytest.mark.parametrize(
    ("last", "code", "printed"),
    [
        ("finished.append('rule')", 0, "written registered later\n"),
        ("sys.exit(3)", 3, "written registered later\ntaken apart\n"),
    ],
)
def test_a_finished_job_ends_at_once_and_a_failed_one_as_usual(last, code, printed):
    command = [sys.executable, "-c", END.format(last)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (code, printed)

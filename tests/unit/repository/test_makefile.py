"""`make environment` installs into the environment, and records one that can be imported alone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_DRY_RUN")
# Stands for the Python outside and for that of the environment, and writes down what it is asked
PYTHON = f"""#!/bin/sh
echo "$0 $*" >> "$CALLS"
for name in PYTHONPATH PYTHONHOME {" ".join(WHERE)}; do
    eval "test -z \\"\\${{$name+x}}\\"" || echo "it has $name" >> "$CALLS"
done
case "$*" in
    *"-m venv"*) rm -r "$4" 2>/dev/null; mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
    *--found*) test -e "$INSTALLED" ;;
    *"pip install"*)
        echo "Collecting torch"; test -z "$BROKEN" || exit 1
        if test -z "$ELSEWHERE"; then touch "$INSTALLED"; fi ;;
    *packages*) test -e "$INSTALLED" || {{ echo "torch: not found" >&2; exit 1; }} ;;
esac
"""


@pytest.fixture
def make(tmp_path):
    """A function that runs `make environment` in a copy, in a folder whose name has a blank."""
    folder = tmp_path / "a checkout"
    (folder / "envs").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "envs" / "requirements.lock").write_text("torch==2.13.0\n")
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    calls = tmp_path / "calls"

    def run(*arguments, **variables):
        calls.write_text("")
        command = ["make", "environment", f"PYTHON={python}", "VENV=its own", *arguments]
        paths = {"CALLS": str(calls), "INSTALLED": str(tmp_path / "installed")}
        environment = {key: text for key, text in os.environ.items() if key[:4] != "MAKE"}
        done = subprocess.run(
            command, cwd=folder, env=environment | paths | variables, capture_output=True, text=True
        )
        recorded = (folder / "its own" / "requirements.lock").exists()
        return done, recorded, calls.read_text()

    return run


def test_once_made_it_is_not_made_again(make):
    done, recorded, calls = make()
    assert done.returncode == 0 and recorded, done.stderr
    assert "its own/bin/python -m workflow_scripts.job.packages\n" in calls
    done, recorded, calls = make()
    assert done.returncode == 0 and recorded
    assert "pip install" not in calls


@pytest.mark.parametrize("argument", [True, False])
def test_variables_that_lead_pip_elsewhere_do_not_count(make, argument):
    variables = dict.fromkeys([*WHERE, "PYTHONPATH", "PYTHONHOME"], "/elsewhere")
    if argument:
        done, recorded, calls = make(*(f"{name}={text}" for name, text in variables.items()))
    else:
        done, recorded, calls = make(**variables)
    assert done.returncode == 0 and recorded
    assert "pip install" in calls and "it has" not in calls


def test_an_environment_without_its_packages_is_not_recorded(make):
    done, recorded, calls = make(ELSEWHERE="as pip.conf says")
    assert done.returncode != 0 and not recorded
    assert "torch: not found" in done.stderr
    assert make()[1]  # it is begun anew


def test_an_environment_that_has_lost_its_packages_is_made_anew(make, tmp_path):
    make()
    (tmp_path / "installed").unlink()
    done, recorded, calls = make()
    assert recorded and "pip install" in calls


def test_pip_s_pages_are_shown_only_if_it_fails(make, tmp_path):
    done, recorded, _ = make()
    assert "Collecting" not in done.stdout + done.stderr
    assert "what pip says: its own/pip.log" in done.stdout
    log = tmp_path / "a checkout" / "its own" / "pip.log"
    assert log.read_text() == "Collecting torch\n"
    (tmp_path / "installed").unlink()
    done, recorded, _ = make(BROKEN="yes")
    assert done.returncode != 0 and not recorded
    assert "Collecting torch" in done.stderr

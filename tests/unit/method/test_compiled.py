"""Compiled functions, and where their machine code is kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MODULE = """\
import logging
logging.basicConfig()
from workflow_scripts.method.compiled import compiled

@compiled
def total(values):
    result = 0.0
    for value in values:
        result += value
    return result
"""
PROGRAM = """\
import sys
sys.dont_write_bytecode = True
import numpy as np
from compiled_here import total
print(total(np.arange(5.0)), "hits", sum(total.stats.cache_hits.values()))
"""


def run(folder, home, program=PROGRAM):
    """Import and call a compiled function of a module in `folder`; what the process printed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA")}
    paths = {"PYTHONPATH": f"{folder}{os.pathsep}{REPOSITORY}", "HOME": str(home)}
    environment |= paths | {"XDG_CACHE_HOME": str(home / "cache")}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )


@pytest.fixture(autouse=True)
def module(tmp_path):
    (tmp_path / "compiled_here.py").write_text(MODULE)


def test_the_code_is_kept_beside_the_module(tmp_path):
    for hits in (0, 1):
        done = run(tmp_path, tmp_path / "home")
        assert done.stdout == f"10.0 hits {hits}\n", done.stderr
    assert list((tmp_path / "__pycache__").glob("compiled_here.total-*.nbc"))


def test_a_folder_that_cannot_be_written_is_left_for_the_users(tmp_path):
    (tmp_path / "__pycache__").touch()  # a file in its place: so it is for the superuser, too
    done = run(tmp_path, tmp_path / "home")
    assert done.stdout == "10.0 hits 0\n", done.stderr
    assert list((tmp_path / "home").rglob("compiled_here.total-*.nbc"))


def test_nowhere_to_keep_the_code(tmp_path):
    (tmp_path / "__pycache__").touch()
    (tmp_path / "home").touch()
    done = run(tmp_path, tmp_path / "home")
    assert done.stdout == "10.0 hits 0\n", done.stderr
    assert "machine code of total is not kept" in done.stderr


def test_a_package_of_two_names_has_code_for_each(tmp_path):
    """As the method has, installed from a checkout in which the workflow runs, too."""
    folder, other = tmp_path / "packages" / "one", tmp_path / "packages" / "other"
    folder.mkdir(parents=True)
    (tmp_path / "compiled_here.py").rename(folder / "compiled_here.py")
    other.symlink_to(folder, target_is_directory=True)
    for name, hidden in (("one", "other"), ("other", "one"), ("one", "other")):
        program = PROGRAM.replace("compiled_here", f"{name}.compiled_here")
        hide = f"import sys; sys.modules[{hidden!r}] = None\n"
        done = run(tmp_path / "packages", tmp_path / "home", hide + program)
        assert done.stdout.startswith("10.0 hits "), done.stderr
    assert done.stdout == "10.0 hits 1\n"

"""open_clip can be imported whether torchvision's extension loads or not."""

import subprocess
import sys
from pathlib import Path

import torch

from workflow_scripts.networks import torchvision_operators

ROOT = Path(__file__).parents[3]


def python(code):
    """Run code in an interpreter of its own: operators and imports cannot be undone."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_open_clip_imports_and_a_second_call_does_nothing():
    said = python(
        "from workflow_scripts.networks.torchvision_operators import ensure\n"
        "ensure(); print(ensure())\n"
        "import open_clip, torchvision\n"
        "print(ensure(), open_clip.__name__)"
    )
    assert said == ["False", "False", "open_clip"]


def test_operators_are_declared_where_the_extension_is_missing():
    said = python(
        "import torch\n"
        "from workflow_scripts.networks import torchvision_operators as operators\n"
        "operators.load_extension = lambda: None\n"
        "print(operators.ensure(), hasattr(torch.ops.torchvision, 'nms'))"
    )
    assert said == ["True", "True"]


def test_nothing_is_declared_where_the_extension_loads():
    """The extension's part is played by a library that declares the same operators."""
    said = python(
        "import torch\n"
        "from workflow_scripts.networks import torchvision_operators as operators\n"
        "def load():\n"
        "    global extension\n"
        "    extension = torch.library.Library('torchvision', 'DEF')\n"
        "    for schema in operators.SCHEMAS.values(): extension.define(schema)\n"
        "operators.load_extension = load\n"
        "print(operators.ensure(), len(operators.libraries))"
    )
    assert said == ["False", "0"]


def test_an_extension_that_does_not_load_is_tolerated(monkeypatch):
    tried = []

    def fails(path):
        tried.append(Path(path).name)
        raise OSError("cannot open shared object file")

    monkeypatch.setattr(torch.ops, "load_library", fails)
    torchvision_operators.load_extension()
    assert len(tried) == 1
    assert tried[0].startswith("_C.")

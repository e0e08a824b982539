"""What the rules need to know of the machine and of the process."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def make_importable(root: Path) -> None:
    """Let the scripts of all jobs, which inherit the environment, import the project."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), before]))


def gpus(config: Mapping[str, Any]) -> int:
    """GPUs of a job that runs a network: one if the configuration or the machine says so."""
    if config["device"] == "auto":
        return int(any(Path("/dev").glob("nvidia[0-9]*")))
    return int(config["device"] == "cuda")

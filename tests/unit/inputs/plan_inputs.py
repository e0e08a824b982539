"""Runs of the studies, as the rules plan them."""

from pathlib import Path

import yaml

from workflow_scripts.plan.run import Run

ROOT = Path(__file__).resolve().parents[3]


def run_of(study, **config):
    """The run of a study with the shipped configuration, but for what is given."""
    defaults = yaml.safe_load((ROOT / "config.yaml").read_text())
    return Run.load(ROOT, defaults | {"study": study} | config)

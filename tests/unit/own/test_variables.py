"""The variables of make as a section of the configuration."""

import json
import subprocess
import sys

import pytest
import yaml

from workflow_scripts.own.variables import section


@pytest.mark.parametrize(("flag", "meant"), [("1", True), ("0", False), ("", False)])
def test_a_flag_is_true_or_false(flag, meant):
    assert section(["SKIP_BROKEN"], {"SKIP_BROKEN": flag}) == {"skip_broken": meant}


def test_only_what_was_given_is_taken_and_no_character_is_lost():
    path = '/data/it\'s "mine" : #1, \\é'
    environment = {"MODEL": path, "NAME": "a name of the machine"}
    done = subprocess.run(
        [sys.executable, "-m", "workflow_scripts.own.variables", "MODEL"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    key, _, value = done.stdout.strip().partition("=")
    assert key == "own"
    assert json.loads(value) == yaml.safe_load(value) == {"model": path}

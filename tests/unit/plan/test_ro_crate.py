"""What an RO-Crate is told does not depend on where the repository lies or what is downloaded."""

from pathlib import Path

import pytest

from tests.unit.inputs.plan_inputs import run_of
from workflow_scripts.plan.exhibits import ro_crate
from workflow_scripts.plan.exhibits.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[3]


def test_every_file_of_every_figure_and_table():
    run = run_of("miniature")
    made = ro_crate.made(run, catalogue(run))
    for file in ("figures/figure_01a.png", "tables/claims.csv"):
        assert f"results/miniature/{file}" in made
    assert len(made) == len(set(made)) > 80


@pytest.mark.parametrize("study", ["quick", "paper", "architectures"])
def test_downloads_are_told_with_their_addresses(study):
    run = run_of(study)
    told = ro_crate.settings(run, catalogue(run))
    assert told["downloads"]
    for each in told["downloads"]:
        assert each["url"].startswith("http") and " " not in each["url"]
        assert len(each["sha256"]) in (0, 64)


def test_the_folder_of_a_study(tmp_path):
    run = run_of("miniature")
    assert ro_crate.settings(run, catalogue(run))["study"] == "studies/miniature"
    own = tmp_path / "own"
    own.symlink_to(ROOT / "studies" / "miniature")
    assert ro_crate.study_folder(run_of(str(own))) == "studies/miniature"

"""Replicates: which models have other seeds, and where their files are."""

from pathlib import Path

import pytest
import yaml

from workflow_scripts.plan.replicates import APART
from workflow_scripts.plan.run import Run

ROOT = Path(__file__).resolve().parents[3]


def run(study="miniature", number=1, **changed):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    return Run.load(ROOT, config | {"study": study} | changed, number)


def test_the_first_replicate_is_the_study_itself():
    first, again = run(), run(number=1)
    assert first.study == again.study and again.part == "" and first.replicates == 1
    assert again.bundle("rn_web-large", "card.json") == (
        "results/miniature/models/rn_web-large/card.json"
    )


def test_all_that_is_trained_has_a_seed_of_its_own():
    first, third = run(), run(number=3)
    for name, row in first.study.models.items():
        apart = 0 if row["family"] == "adversary" else 2 * APART
        assert third.study.models[name] == row | {"seed": row["seed"] + apart}
    seeds = [
        row["seed"]
        for each in (first, third)
        for row in each.study.models.values()
        if row["family"] != "adversary"
    ]
    assert max(seeds[: len(seeds) // 2]) < APART


def test_files_of_a_replicate_lie_apart_but_for_what_no_seed_makes():
    second = run("quick", 2)
    below = "results/quick/replicates/2"
    assert second.bundle("vit-b-32_untrained", "card.json").startswith(f"{below}/models/")
    assert second.activations("vit-b-32_untrained", "broden").startswith(f"{below}/activations/")
    assert second.measure("indicators/kurtosis") == f"{below}/measures/indicators/kurtosis.csv"
    assert second.measure("indicators/kurtosis", "{model}").startswith(below)
    for path in (second.bundle("rn50_openai", "card.json"), second.store("imagenet-v2"),
                 second.activations("rn50_openai", "broden"), second.records,
                 second.measure("indicators/kurtosis", "rn50_openai")):  # fmt: skip
        assert "replicates" not in path


@pytest.mark.parametrize(("config", "expected"), [(None, 1), (5, 5)])
def test_how_many_there_are(config, expected):
    assert run(replicates=config).replicates == expected

"""What the card of each study shows, and what it says to be missing."""

import pytest

from tests.unit.inputs.plan_inputs import run_of
from workflow_scripts.cards.indicators import DETAILS, INDICATORS
from workflow_scripts.plan.exhibits import card

WITHOUT_HEAD = {"kurtosis", "components", "representation", "kurtosis_histogram",
                "kurtosis_quantiles"}  # fmt: skip


@pytest.fixture
def packaged():
    return run_of("packaged")


def reasons(run):
    return {each["part"]: each["reason"] for each in card.missing(run)}


def test_a_whole_study_lacks_nothing():
    run = run_of("miniature")
    assert card.missing(run) == []
    assert card.tables(run).keys() == {each.table for each in INDICATORS.values()} | DETAILS.keys()
    assert card.tables(run)["robustness"] == (
        "results/miniature/measures/robustness/effective_robustness/models.csv"
    )


def test_photographs_without_labels_allow_what_needs_none(packaged):
    tables = card.tables(packaged)
    assert tables.keys() == WITHOUT_HEAD | {"importance", "importance_ratio"}
    found = reasons(packaged)
    assert found.keys() == {"accuracy", "pruning", "unique concepts", "effective robustness"}
    assert found["accuracy"].startswith("the images of `photographs` have no labels; it takes")
    assert "CONCEPTS=" in found["unique concepts"]


def test_without_shifts_there_is_no_effective_robustness():
    found = reasons(run_of("quick"))
    assert found.keys() == {"effective robustness"}
    assert "SHIFTED=" in found["effective robustness"]


def headless(run, *models):
    for model in models:
        run.study.models[model]["head"] = "none"


def test_without_any_head_only_h_is_described(packaged):
    headless(packaged, *packaged.pool.shown)
    assert card.tables(packaged).keys() == WITHOUT_HEAD
    found = reasons(packaged)
    assert all(reason.startswith("no model has a head") for reason in found.values())
    assert found.keys() == {part.shows for part in card.parts(packaged)[1:]}


def test_a_model_without_a_head_is_named(packaged):
    headless(packaged, "efficientnet-lite1")
    assert "importance" in card.tables(packaged)
    assert card.settings(packaged)["headless"] == ["efficientnet-lite1"]
    assert reasons(packaged)["all that needs a head, of `efficientnet-lite1`"] == "it has none"


def test_checkpoints_of_a_run_have_their_steps(packaged):
    assert card.runs(packaged) == {}
    for model, step in (("efficientnet-lite2", 0), ("efficientnet-lite0", 40)):
        packaged.study.models[model] |= {"run": "mine", "step": step}
    assert card.runs(packaged) == {"mine": {"efficientnet-lite0": 40, "efficientnet-lite2": 0}}

"""Finished models are not trained anew without a word."""

from types import SimpleNamespace

import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.plan import models


def run(retrain="ask", is_drawn=False):
    return SimpleNamespace(config={"retrain": retrain}, study=SimpleNamespace(is_drawn=is_drawn))


class Plan:
    """What is asked of Snakemake's plan."""

    def __init__(self, jobs, needed):
        self.jobs, self.needed = jobs, needed

    def needrun(self, job):
        return job in self.needed


@pytest.fixture
def jobs(tmp_path):
    """Trainings of two finished models and of a new one, and another job of a finished one."""

    def job(rule, model, finished):
        card = tmp_path / model / "card.json"
        if finished:
            card.parent.mkdir(exist_ok=True)
            card.touch()
        return SimpleNamespace(
            rule=SimpleNamespace(name=rule),
            wildcards=SimpleNamespace(model=model),
            output=SimpleNamespace(card=card),
        )

    return [
        job("finetune", "vit", True),
        job("pretrain", "rn", True),
        job("supervise", "new", False),
        job("pretrained", "vit", True),
    ]


def test_only_finished_models_are_trained_anew(jobs):
    assert models.retrained(Plan(jobs, jobs)) == ["rn", "vit"]
    assert models.retrained(Plan(jobs, jobs[1:])) == ["rn"]


def test_a_study_of_real_data_asks_first(jobs):
    with pytest.raises(InputError, match="2 finished models .*: rn, vit.*retrain=always.*never"):
        models.check_retraining(run(), Plan(jobs, jobs))


@pytest.mark.parametrize("chosen", [run("always"), run("never"), run(is_drawn=True)])
def test_others_do_not(jobs, chosen):
    models.check_retraining(chosen, Plan(jobs, jobs))


def test_nothing_is_asked_if_nothing_is_lost(jobs):
    models.check_retraining(run(), Plan(jobs, jobs[2:]))

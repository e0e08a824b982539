"""Untrained controls share jobs where networks are small, and only there."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.unit.inputs.plan_inputs import run_of
from workflow_scripts.plan import controls, measures, models


@pytest.fixture(scope="module")
def miniature():
    return run_of("miniature")


@pytest.fixture(scope="module")
def paper():
    return run_of("paper")


def test_those_of_a_study_that_draws_its_images_share_a_job_of_each_kind(miniature):
    clips = controls.clips(miniature)
    assert clips == miniature.pool.controls and not controls.classifiers(miniature)
    assert controls.together(miniature, clips) == clips
    trained, heads = models.with_prompts(miniature), controls.with_prompts(miniature)
    (alone, none), (_, waiting) = heads[""], heads["interventions"]
    assert heads["controls"] == ([], clips) and none == []
    assert sorted([*alone, *waiting]) == sorted(trained)
    assert {*waiting} < {*miniature.pool.interventions}
    assert not {*waiting} & {row["parent"] for row in miniature.study.models.values()}
    jobs = {label: (each, sets) for label, each, sets in measures.encoded_by_one_job(miniature)}
    assert jobs["controls"] == (clips, measures.encoded(miniature))
    assert jobs[""] == (miniature.pool.baselines, miniature.pool.evaluated)


def test_those_of_real_data_have_jobs_of_their_own(paper):
    clips = controls.clips(paper)
    assert len(clips) == 7 and len(controls.classifiers(paper)) == 2
    assert controls.together(paper, clips) == []
    assert controls.with_prompts(paper) == {"": ([*models.with_prompts(paper), *clips], [])}
    assert "controls" not in {label for label, *_ in measures.encoded_by_one_job(paper)}


def test_one_that_sees_images_in_another_view_encodes_them_by_itself(miniature):
    rows = dict(miniature.study.models)
    rows["vit_untrained"] = rows["vit_untrained"] | {"view": "other"}
    run = replace(miniature, study=replace(miniature.study, models=rows))
    others = [each for each in controls.clips(miniature) if each != "vit_untrained"]
    assert controls.encoded_together(run) == others


def test_a_job_depends_on_its_own_controls(miniature):
    both = ["rn_untrained", "vit_untrained"]
    named = controls.settings_of(both)(miniature, SimpleNamespace())["controls"]
    alone = controls.settings_of([])(miniature, SimpleNamespace(model="vit_untrained"))["controls"]
    assert [each["model"] for each in named] == both and alone == named[1:]

"""Which models and data sets play which part."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from workflow_scripts.study.pool import Pool, label_of
from workflow_scripts.study.study import load

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def pool():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    return Pool(load(ROOT, {**config, "study": "tests/studies/tiny"}))


def test_models_by_their_part(pool):
    shown = ["rn_web", "rn_web_finetuned", "rn_captions-td", "rn_supervised"]
    assert pool.shown == shown
    assert len(pool.baselines) == 4
    assert pool.controls == ["rn_untrained"]
    assert pool.probed == shown + pool.controls
    # the adversary is not among them
    assert pool.measured == shown + pool.baselines
    assert pool.of_origin("finetune") == ["rn_web_finetuned"]
    assert "rn_adversary" in pool.of_origin("supervised")


def test_data_sets_by_their_role(pool):
    assert pool.test == "imagenet"
    assert pool.evaluated == ["imagenet", "imagenet-v2", "imagenet-a", "objectnet"]
    assert pool.shifts == pool.evaluated[1:]
    assert pool.with_role("captions") == ["web"]


def test_rows_for_figures(pool):
    assert pool.rows()[0] == {
        "model": "rn_web", "family": "robust_zero_shot", "backbone": "RN-tiny", "pretraining": "Web"
    }  # fmt: skip
    assert [row["model"] for row in pool.rows()] == pool.shown
    assert [row["model"] for row in pool.rows(baselines=True)] == pool.shown + pool.baselines
    assert [row["model"] for row in pool.probed_rows()] == pool.probed


def test_pairs_know_the_zero_shot_parent(pool):
    assert [(row["model"], row["zero_shot"]) for row in pool.pairs()] == [
        ("rn_web_finetuned", "rn_web")
    ]


COLUMNS = ("model", "family", "backbone", "pretraining", "origin", "parent", "missing")
ROWS = (
    ("rn_web", "robust_zero_shot", "RN", "Web", "pretrained", None, None),
    ("rn_web_ft", "finetuned", "RN", "Web", "finetune", "rn_web", None),
    ("rn_private", "non_robust_zero_shot", "RN", "Captions", "pretrained", None, "given privately"),
    ("rn_private_ft", "finetuned", "RN", "Captions", "finetune", "rn_private", None),
    ("rn_lost", "supervised", "RN", None, "supervised", None, "lost"),
    ("rn_supervised", "supervised", "RN", None, "supervised", None, None),
    ("baseline", "baseline", "RN", None, "supervised", None, None),
    ("adversary", "adversary", "RN", None, "supervised", None, None),
    ("rn_scale14", "intervention", "RN", "Web", "contrastive", None, None),
)


def made_up(only=()):
    models = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in ROWS}
    study = SimpleNamespace(models=models, datasets={"imagenet": {"role": "test"}}, settings={})
    return Pool(study, only)


def test_missing_models_and_those_finetuned_from_them_take_no_part():
    pool = made_up()
    assert pool.shown == ["rn_web", "rn_web_ft", "rn_supervised"]
    assert pool.measured == [*pool.shown, "baseline"]
    assert pool.of_origin("pretrained") == ["rn_web"]
    assert pool.of_origin("finetune") == ["rn_web_ft"]
    assert pool.of_origin("supervised") == ["rn_supervised", "baseline", "adversary"]
    assert [row["model"] for row in pool.pairs()] == ["rn_web_ft"]
    assert [triple["supervised"] for triple in pool.triples()] == ["rn_supervised"]
    assert pool.pretraining_pages() == (["Web"], [])
    assert pool.left_out == []


def test_interventions_are_made_and_no_figure_of_the_paper_shows_them():
    for pool in (made_up(), made_up(only=["rn_web"])):
        assert pool.interventions == ["rn_scale14"] == pool.of_origin("contrastive")
        assert not {"rn_scale14"} & {*pool.probed, *pool.measured, *pool.left_out}


def test_triples_have_the_first_supervised_model_of_their_backbone():
    pool = made_up()
    study = pool._study
    for name, backbone in (("rn_second", "RN"), ("vit_supervised", "ViT"), ("vit_second", "ViT")):
        study.models[name] = study.models["rn_supervised"] | {"model": name, "backbone": backbone}
    parent, child = (study.models[name] | {"backbone": "ViT"} for name in ("rn_web", "rn_web_ft"))
    study.models["vit_web"] = parent | {"model": "vit_web"}
    study.models["vit_web_ft"] = child | {"model": "vit_web_ft", "parent": "vit_web"}
    study.models["none_ft"] = child | {"model": "none_ft", "backbone": "None"}  # no such supervised
    assert Pool(study).triples() == [
        {"backbone": "RN", "pretraining": "Web", "zero_shot": "rn_web", "finetuned": "rn_web_ft",
         "supervised": "rn_supervised"},
        {"backbone": "ViT", "pretraining": "Web", "zero_shot": "vit_web", "finetuned": "vit_web_ft",
         "supervised": "vit_supervised"},
    ]  # fmt: skip


def test_missing_models_are_named_with_the_reason():
    private, child, lost = made_up().missing()
    assert private == {
        "model": "rn_private", "family": "non_robust_zero_shot", "backbone": "RN",
        "pretraining": "Captions", "reason": "given privately",
    }  # fmt: skip
    assert (child["model"], child["reason"]) == (
        "rn_private_ft", "its parent rn_private is missing"
    )  # fmt: skip
    assert (lost["model"], lost["reason"]) == ("rn_lost", "lost")


def test_a_study_without_missing_models(pool):
    assert pool.missing() == []


def test_chosen_models_bring_what_they_need():
    pool = made_up(only=["rn_web_ft", "rn_supervised", "rn_lost"])
    assert pool.shown == ["rn_web_ft", "rn_supervised"]
    assert pool.measured == ["rn_web_ft", "rn_supervised", "baseline"]
    assert pool.left_out == ["rn_web"]
    assert pool.baselines == ["baseline"]
    assert "rn_web" in pool.of_origin("pretrained")  # it has to be made for its child
    assert pool.pairs() == pool.triples() == []  # but it takes no part itself
    assert [row["model"] for row in pool.missing()] == ["rn_lost"]


def test_a_control_is_measured_only_if_it_is_chosen_and_never_shown():
    pool = made_up()
    study = pool._study
    control = {"model": "rn_untrained", "family": "control", "origin": "untrained"}
    study.models["rn_untrained"] = study.models["rn_supervised"] | control
    every, one, both = (Pool(study, only) for only in ([], ["rn_web"], ["rn_web", "rn_untrained"]))
    assert every.shown == pool.shown and every.probed == [*pool.shown, "rn_untrained"]
    assert (one.probed, one.controls) == (["rn_web"], [])
    assert (both.shown, both.probed) == (["rn_web"], ["rn_web", "rn_untrained"])
    assert both.measured == ["rn_web", "baseline"]
    # What figures leave out is no control.
    assert one.left_out == both.left_out == ["rn_web_ft", "rn_supervised"]


def test_what_others_finetuned_has_no_epochs_and_perhaps_no_path():
    pool = made_up()
    study = pool._study
    assert pool.followed() == ["rn_web_ft"]
    for head, paths in (("normalised", ["rn_web_ft"]), ("plain", [])):
        study.models["rn_web_ft"] |= {"origin": "pretrained", "head": head}
        changed = Pool(study)
        assert [row["model"] for row in changed.pairs()] == ["rn_web_ft"]
        assert [triple["finetuned"] for triple in changed.triples()] == ["rn_web_ft"]
        assert changed.followed() == []
        assert [row["model"] for row in changed.paths()] == paths


def test_what_tells_finetuned_models_of_one_parent_apart_is_displayed():
    pool = made_up()
    pool._study.models["rn_web_ft"]["finetuning"] = "lr 1e-5"
    (row,) = pool.pairs()
    assert (row["pretraining"], label_of(row)) == ("Web", "Web, lr 1e-5")
    assert pool.triples()[0]["pretraining"] == "Web, lr 1e-5"
    assert [label_of(each) for each in pool.rows()] == ["Web", "Web, lr 1e-5", ""]
    assert pool.pretraining_pages() == (["Web"], [])


def test_a_finetuned_model_of_another_family_has_a_page():
    rows = [dict(zip(COLUMNS, row, strict=True)) | {"missing": None} for row in ROWS[2:4]]
    models = {row["model"]: row for row in rows}
    datasets = {"imagenet": {"role": "test"}}
    pool = Pool(SimpleNamespace(models=models, datasets=datasets, settings={}))
    first, second = pool.by_page(pool.pairs())
    assert ([row["model"] for row in first], second) == (["rn_private_ft"], [])


@pytest.mark.parametrize(
    ("labels", "settings", "expected"),
    [
        ("ABCDE", {}, ["ABC", "DE"]),
        ("AB", {}, ["A", "B"]),
        ("A", {}, ["A", ""]),
        ("", {}, ["", ""]),
        ("ABC", {"second_page": ["A", "C"]}, ["B", "AC"]),
    ],
)
def test_pages_split_the_pretraining_sets(labels, settings, expected):
    columns = {"family": "robust_zero_shot", "backbone": "RN"}
    models = {
        f"zs_{each}": columns | {"model": f"zs_{each}", "pretraining": each} for each in labels
    }
    datasets = {"imagenet": {"role": "test"}}
    pool = Pool(SimpleNamespace(models=models, datasets=datasets, settings=settings))
    assert [list(each) for each in pool.pretraining_pages()] == [list(each) for each in expected]
    shown = [[row["pretraining"] for row in rows] for rows in pool.by_page(pool.rows())]
    assert shown == [list(each) for each in expected]

"""Which models and data sets play which part."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from workflow_scripts.lib.pool import Pool
from workflow_scripts.lib.study import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pool():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    return Pool(load(ROOT, {**config, "study": "tests/studies/tiny"}))


def test_models_by_their_part(pool):
    shown = ["rn_web", "rn_web_finetuned", "rn_captions-td", "vit_supervised"]
    assert pool.shown == shown
    assert len(pool.baselines) == 4
    assert pool.measured == shown + pool.baselines  # the adversary is not among them
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
    assert [row["model"] for row in pool.rows(baselines=True)] == pool.measured


def test_pairs_know_the_zero_shot_parent(pool):
    assert [(row["model"], row["zero_shot"]) for row in pool.pairs()] == [
        ("rn_web_finetuned", "rn_web")
    ]


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

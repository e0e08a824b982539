"""Indicators beside effective robustness: what is read, in which groups, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from tests.unit.inputs.figure_inputs import pool
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.indication import indication
from workflow_scripts.reporting.families import without_baselines
from workflow_scripts.reporting.indication import (
    AREA,
    COLUMNS,
    CORRELATION,
    GROUPS,
    INDICATORS,
    ROBUST,
)

MODELS = without_baselines(pool())
IDS = [row["model"] for row in MODELS]
LEVELS = {"robust_zero_shot": 0.5, "finetuned": 0.25}
BOOTSTRAP = {"resamples": 200, "confidence": 0.9, "seed": 1}


@pytest.fixture
def tables():
    """Tables of a study in which kurtosis tells, and the others are noise."""
    generator = np.random.default_rng(5)
    noise = generator.normal(size=(6, len(MODELS)))
    robustness = [LEVELS.get(row["family"], 0) for row in MODELS] + 0.01 * noise[0]
    ids = pd.DataFrame({"model": IDS})
    ends = {"low": 0.0, "high": 9.0}
    own = ids.assign(dataset="imagenet")
    others = own.assign(dataset="sketch", kurtosis=-robustness, **ends)
    counts = ids.assign(
        threshold=0.9, sign="convention", concepts=np.round(5 * noise[3]),
        draws_low=0, draws_high=1, above_chance=noise[4], above_chance_low=0, above_chance_high=1,
    )  # fmt: skip
    return {
        "robustness": ids.assign(effective_robustness=robustness, low=-1.0, high=1.0)[::-1],
        "kurtosis": pd.concat([others, own.assign(kurtosis=3 + robustness**3, **ends)]),
        "basis": pd.concat(
            own.assign(quantity=name, value=values, **ends)
            for name, values in (("kurtosis_centred", noise[1]), ("mean_share", noise[5]))
        ),
        "importance_ratio": own.assign(importance_ratio=noise[2], **ends),
        "counts": pd.concat(
            [counts.assign(threshold=0.8, concepts=0), counts.assign(sign="either"), counts]
        ),
    }


@pytest.fixture
def run(tmp_path, tables):
    def measured(**settings):
        for name, table in tables.items():
            write_csv(tmp_path / f"{name}.csv", table)
        inputs = {name: str(tmp_path / f"{name}.csv") for name in tables}
        defaults = {"models": pool(), "test": "imagenet", "threshold": 0.9, "absent": {}}
        outputs = [tmp_path / "points.csv", tmp_path / "associations.csv"]
        indication.main(inputs, *outputs, **defaults | {"bootstrap": BOOTSTRAP} | settings)
        return [pd.read_csv(path) for path in outputs]

    return measured


def found(associations, indicator, group, statistic):
    keys = associations.set_index(["indicator", "group", "statistic"])
    return keys.loc[(indicator, group, statistic)]


def test_every_statistic_is_that_of_the_references(run):
    points, associations = run()
    assert list(associations) == list(COLUMNS)
    assert set(associations["indicator"]) == set(INDICATORS) == set(indication.READ_FROM)
    for indicator in INDICATORS:
        own = points[points["indicator"] == indicator]
        assert sorted(own["model"]) == sorted(IDS)
        for group, rows in (
            (GROUPS[0], own),
            (GROUPS[1], own[~own["family"].isin(["supervised", "rectified"])]),
        ):
            row = found(associations, indicator, group, CORRELATION)
            expected = stats.spearmanr(rows["value"], rows["effective_robustness"]).statistic
            assert row["value"] == pytest.approx(expected)
            assert row["low"] <= row["value"] <= row["high"]
            area = found(associations, indicator, group, AREA)
            robust = rows["effective_robustness"] > ROBUST
            assert area["value"] == pytest.approx(roc_auc_score(robust, rows["value"]))
            assert (area["models"], area["robust"]) == (len(rows), robust.sum())
    assert found(associations, "kurtosis", GROUPS[0], CORRELATION)["value"] == pytest.approx(1)


def test_models_of_a_backbone_are_compared_with_their_own(run, tables):
    """A shift between the backbones changes nothing within them."""
    before = found(run()[1], "kurtosis", GROUPS[2], AREA)
    is_vit = tables["kurtosis"]["model"].str.startswith("vit")
    tables["kurtosis"].loc[is_vit, "kurtosis"] -= 100
    after = run()[1]
    assert found(after, "kurtosis", GROUPS[2], AREA).equals(before)
    assert (
        before["blocks"] == 2
        and before["value"] == 1 > found(after, "kurtosis", GROUPS[0], AREA)["value"]
    )


def test_intervals_are_over_models_and_cover_as_they_should():
    """Of pools drawn from one population, about nine in ten intervals have its correlation."""
    generator = np.random.default_rng(0)
    truth, bootstrap = 0.6, indication.Bootstrap(**BOOTSTRAP)
    population = 6 / np.pi * np.arcsin(truth / 2)  # Spearman's of a bivariate normal
    hits = 0
    for seed in range(100):
        x, y = generator.multivariate_normal([0, 0], [[1, truth], [truth, 1]], 40).T
        points = pd.DataFrame({"value": x, "effective_robustness": y, "robust": y > 0,
                               "family": "supervised", "backbone": "a", "model": seed})  # fmt: skip
        row = indication.associate(points, GROUPS[0], bootstrap)[0]
        hits += row["low"] <= population <= row["high"]
    assert 80 <= hits <= 97


def test_resamples_of_one_kind_are_left_out_and_counted(run, tables):
    """Two robust models of fourteen are often not drawn at all."""
    few = tables["robustness"].set_index("model")["effective_robustness"] * 0
    few[IDS[:2]] = 0.5
    tables["robustness"]["effective_robustness"] = few.to_numpy()
    row = found(run()[1], "kurtosis", GROUPS[0], AREA)
    assert 0.05 < row["undefined"] < 0.25 and row["low"] <= row["value"] <= row["high"]
    few[IDS[1]] = 0
    tables["robustness"]["effective_robustness"] = few.to_numpy()
    row = found(run()[1], "kurtosis", GROUPS[0], AREA)
    assert np.isnan(row["value"]) and row["reason"].startswith("1 robust models beside others and")


def test_what_a_study_lacks_has_its_reason(run, tables):
    del tables["counts"], tables["basis"]
    reasons = {"counts": "no concepts here", "basis": "not measured"}
    points, associations = run(threshold=None, absent=reasons)
    assert set(points["indicator"]) == {"kurtosis", "importance_ratio"}
    own = associations[associations["indicator"] == "concepts"]
    assert own["value"].isna().all() and set(own["reason"]) == {"no concepts here"}


def test_few_models_and_equal_values_have_a_reason(run, tables):
    table = tables["kurtosis"]
    tables["kurtosis"] = table[table["model"].isin(IDS[:4])]
    tables["importance_ratio"]["importance_ratio"] = 0.1
    _, associations = run()
    assert (
        found(associations, "kurtosis", GROUPS[0], CORRELATION)["reason"]
        == "4 models, fewer than 5"
    )
    reason = found(associations, "importance_ratio", GROUPS[1], AREA)["reason"]
    assert reason == "all models have the same value"


def test_published_robustness_takes_the_place_of_measured_one(run, tables):
    table = tables.pop("robustness").drop(columns=["low", "high"])
    shifts = np.where(table["model"].isin(IDS[:3]), 4, 5)
    tables["published"] = table.assign(shifts=shifts)
    points, _ = run()
    assert set(points["model"]) == {*IDS[3:]}


def test_a_study_without_anything_published(run, tables):
    table = tables.pop("robustness").drop(columns=["low", "high"])
    tables["published"] = table.assign(shifts=5)[:0]
    points, associations = run()
    assert points.empty and set(associations["reason"]) == {"0 models, fewer than 5"}


def test_undefined_values_are_left_out(run, tables):
    tables["kurtosis"].loc[tables["kurtosis"]["model"] == IDS[0], "kurtosis"] = np.nan
    assert found(run()[1], "kurtosis", GROUPS[0], CORRELATION)["models"] == len(IDS) - 1


def test_a_model_twice_is_refused(run, tables):
    tables["kurtosis"] = pd.concat([tables["kurtosis"]] * 2)
    with pytest.raises(
        InputError, match=r"kurtosis.csv: found several rows of model 'rn-web-large"
    ):
        run()

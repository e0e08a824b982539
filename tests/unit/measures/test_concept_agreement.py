"""What concept sets agree in: against loops over models, and against one another."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import pool
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.measures.concept_sets import agreement
from workflow_scripts.reporting.families import of_the_paper, without_baselines

MODELS = without_baselines(pool())
BOOTSTRAP = {"resamples": 200, "confidence": 0.95, "seed": 0}
TABLES = ("models", "families", "orders", "categories", "agreement", "robustness")
NUMBERS = ("probed", "directions", "concepts", "draws_low", "draws_high", "chance", "above_chance")


def counts(seed):
    """Counts at two thresholds and for two signs; no number twice."""
    rng = np.random.default_rng(seed)
    keys = pd.DataFrame(
        [
            (model["model"], threshold, sign)
            for model in MODELS
            for threshold in (0.8, 0.9)
            for sign in ("convention", "opposite")
        ],
        columns=["model", "threshold", "sign"],
    )
    size = (len(keys), len(NUMBERS) + 1)
    numbers = rng.permutation(size[0] * size[1]).reshape(size).astype(float)
    return keys.assign(**dict(zip((*NUMBERS, "polysemanticity"), numbers.T, strict=True)))


def encoded():
    """Which of five concepts of two categories each model encodes."""
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        [
            (model["model"], number, "part" if number < 3 else "style", bool(rng.integers(2)))
            for model in MODELS
            for number in range(5)
        ],
        columns=["model", "number", "category", "encoded"],
    )


@pytest.fixture
def robustness():
    rng = np.random.default_rng(9)
    return pd.DataFrame(
        {
            "model": [model["model"] for model in MODELS],
            "effective_robustness": rng.normal(size=len(MODELS)),
        }
    )


@pytest.fixture
def run(tmp_path, robustness):
    write_csv(tmp_path / "robustness.csv", robustness)

    def measure(sets, robust=True):
        for name, table in sets.items():
            write_csv(tmp_path / f"{name}.csv", table)
        files = [tmp_path / f"{name}.csv" for name in sets]
        write_csv(tmp_path / "encoded.csv", encoded())
        every = [tmp_path / "encoded.csv"] * len(sets)
        outputs = {name: tmp_path / "out" / f"{name}.csv" for name in TABLES}
        agreement.main(
            files, files, every, tmp_path / "robustness.csv" if robust else None, outputs,
            sets=list(sets), models=MODELS, threshold=0.9, bootstrap=BOOTSTRAP,
        )  # fmt: skip
        return {name: pd.read_csv(path) for name, path in outputs.items()}

    return measure


def own(table, model):
    rows = table[(table["model"] == model) & (table["threshold"] == 0.9)]
    (row,) = rows[rows["sign"] == "convention"].to_dict("records")
    return row


def of_set(table, name, quantity="concepts"):
    return table[(table["concept_set"] == name) & (table["quantity"] == quantity)]


def test_each_model_has_the_numbers_of_the_threshold_and_sign(run, robustness):
    sets = {"broden": counts(0), "other": counts(1)}
    found = run(sets)["models"].set_index(["concept_set", "model"])
    assert len(found) == 2 * len(MODELS)
    robust = robustness.set_index("model")["effective_robustness"]
    for (name, model), row in found.iterrows():
        expected = own(sets[name], model)
        assert all(row[key] == expected[key] for key in (*NUMBERS, "polysemanticity"))
        assert np.isclose(row["effective_robustness"], robust[model])


def test_means_of_the_papers_families_and_their_order(run):
    sets = {"broden": counts(0), "other": counts(1)}
    found = run(sets)
    for name, table in sets.items():
        values = {}
        for model in of_the_paper(MODELS):
            values.setdefault(model["family"], []).append(own(table, model["model"])["concepts"])
        rows = of_set(found["families"], name).set_index("family")
        assert rows.index.tolist() == list(values)
        for family, numbers in values.items():
            assert np.isclose(rows.loc[family, "value"], np.mean(numbers))
            assert rows.loc[family, "models"] == len(numbers)
            assert min(numbers) <= rows.loc[family, "low"] <= rows.loc[family, "high"]
            assert rows.loc[family, "high"] <= max(numbers)
        ranked = sorted(values, key=lambda family: -np.mean(values[family]))
        (order,) = of_set(found["orders"], name)["order"]
        assert [part.split()[0] for part in order.split(" > ")] == ranked


def test_means_of_each_category_are_over_the_models_of_a_family(run):
    found = run({"broden": counts(0)})["categories"].set_index(["category", "family"])
    table, paper = encoded(), of_the_paper(MODELS)
    for category, probed in (("part", 3), ("style", 2)):
        for family in {model["family"] for model in paper}:
            ids = [model["model"] for model in paper if model["family"] == family]
            own = table[(table["category"] == category) & table["model"].isin(ids)]
            row = found.loc[(category, family)]
            assert (row["probed"], row["models"]) == (probed, len(ids))
            assert np.isclose(row["value"], own["encoded"].sum() / len(ids))
            assert row["low"] <= row["value"] <= row["high"]


def test_a_set_agrees_with_itself_in_every_resample(run):
    found = run({"broden": counts(0), "same": counts(0)})
    assert found["orders"]["as_first"].all()
    assert (found["orders"]["share_as_first"] == 1).all()
    assert np.allclose(found["agreement"][["value", "low", "high"]], 1)


def test_a_reversed_set_agrees_in_none(run):
    table = counts(0)
    reverse = table.assign(**{name: -table[name] for name in (*NUMBERS, "polysemanticity")})
    found = run({"broden": table, "reversed": reverse})
    orders = found["orders"].set_index("concept_set")
    assert not orders.loc["reversed", "as_first"].any()
    assert (orders.loc["reversed", "share_as_first"] == 0).all()
    assert np.allclose(found["agreement"]["value"], -1)


def test_correlations_with_robustness_are_over_all_and_over_clips(run, robustness):
    table = counts(0)
    table["polysemanticity"] = table["model"].map(
        robustness.set_index("model")["effective_robustness"]
    )
    found = run({"broden": table, "other": counts(1)})["robustness"]
    mine = of_set(found, "broden", "polysemanticity")
    assert np.allclose(mine[["value", "low", "high"]], 1)
    clips = sum("supervised" not in each["model"] for each in MODELS) - 1  # the rectified one
    assert mine.set_index("group")["models"].to_dict() == {"all": len(MODELS), "clips": clips}


def test_without_a_line_there_is_no_correlation_with_robustness(run):
    found = run({"broden": counts(0), "other": counts(1)}, robust=False)
    assert found["models"]["effective_robustness"].isna().all()
    assert found["robustness"][["value", "low", "high"]].isna().all(axis=None)
    assert found["agreement"]["value"].notna().all()


def test_a_single_set_agrees_with_no_other(run):
    found = run({"broden": counts(0)})
    assert found["agreement"].empty
    assert len(found["robustness"]) == 6


def test_intervals_of_a_family_resample_its_models():
    values = np.array([1.0, 2.0, 6.0, 10.0])
    table = pd.DataFrame({"family": ["a", "b", "a", "a"], "concepts": values})
    resampling = Bootstrap(**BOOTSTRAP)
    means, _ = agreement.family_means({"broden": table}, "concepts", resampling)
    rng = np.random.default_rng(0)
    drawn = values[[0, 2, 3]][rng.integers(3, size=(200, 3))].mean(axis=1)
    low, high = means.set_index("family").loc["a", ["low", "high"]]
    assert np.allclose([low, high], np.quantile(drawn, [0.025, 0.975]))
    assert means.set_index("family").loc["b", ["low", "high"]].tolist() == [2, 2]

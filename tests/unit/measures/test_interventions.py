"""Each intervention has the indicators of the single measures; an arm has their means."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.unit.inputs.measure_inputs import BOOTSTRAP, singletons, write_activations, write_bundle
from workflow_scripts.analysis.baselines import Robustness
from workflow_scripts.measures.interventions.interventions import QUANTITIES, arms_table, main
from workflow_scripts.method import (
    activation_kurtosis,
    importance_ratio,
    importances,
)

ARMS = [
    ("as it is", 1, "as it is"), ("as it is", 2, "as it is"), ("as it is", 3, "as it is"),
    ("low", 2, "as it is"), ("low", 3, "as it is"), ("alone", 9, "as it is"),
    ("lowest", 2, "low"), ("lowest", 3, "low"),
]  # fmt: skip


@pytest.fixture
def models():
    """Values with intervals for each model of the arms."""
    rng = np.random.default_rng(4)
    table = pd.DataFrame(ARMS, columns=["arm", "seed", "reference"]).assign(penalised=False)
    for name in QUANTITIES:
        table[name] = rng.normal(size=len(table))
        table[f"{name}_low"], table[f"{name}_high"] = table[name] - 0.1, table[name] + 0.2
    return table


@pytest.mark.parametrize("name", QUANTITIES)
def test_an_arm_is_the_mean_over_its_seeds_and_differs_pair_by_pair(models, name):
    table = arms_table(models, 0.9).set_index(["arm", "quantity"])
    first, low = (models[models["arm"] == arm][name].to_numpy() for arm in ("as it is", "low"))
    row = table.loc[("as it is", name)]
    half = stats.t.ppf(0.95, 2) * stats.sem(first)
    assert row["seeds"] == 3
    np.testing.assert_allclose(
        row[["value", "low", "high"]].astype(float),
        [first.mean(), first.mean() - np.hypot(half, 0.1), first.mean() + np.hypot(half, 0.2)],
    )
    row, change = table.loc[("low", name)], low - first[1:]
    expected = stats.t.interval(0.9, 1, change.mean(), stats.sem(change))
    assert row["pairs"] == 2
    np.testing.assert_allclose(row["difference"], change.mean())
    np.testing.assert_allclose([row["difference_low"], row["difference_high"]], expected)


def test_an_arm_is_compared_with_its_own_reference(models):
    table = arms_table(models, 0.9).set_index(["arm", "quantity"])
    lowest, low = (models[models["arm"] == arm]["kurtosis"].mean() for arm in ("lowest", "low"))
    row = table.loc[("lowest", "kurtosis")]
    assert row["reference"] == "low"
    np.testing.assert_allclose(row["difference"], lowest - low)


def test_a_reference_differs_by_nothing_and_what_has_no_pair_from_nothing(models):
    table = arms_table(models, 0.9).set_index(["arm", "quantity"])
    ends = ["difference", "difference_low", "difference_high"]
    assert (table.loc["as it is", ends] == 0).all(axis=None)
    assert table.loc["alone", ends].isna().all(axis=None)
    assert (table.loc["alone", "seeds"] == 1).all()


def test_models_have_the_indicators_of_the_single_measures(tmp_path):
    rng = np.random.default_rng(0)
    paths, heads, cards, raw = [], [], [], {}
    names = ["one", "two"]
    for name in names:
        (tmp_path / name).mkdir()
        weight, h = rng.normal(size=(5, 6)), rng.normal(size=(40, 6)) + [3, 0, 0, 0, 0, 0]
        labels = rng.integers(0, 5, 40)
        raw[name] = weight.astype("f4"), h.astype("f4")
        for dataset in ("imagenet", "imagenet-a"):
            paths.append(
                write_activations(
                    tmp_path / name, h, labels, singletons(5), dataset=dataset, model=name
                )
            )
        head, card = write_bundle(tmp_path / name, weight)
        heads.append(head)
        cards.append(card)
    choice = Robustness(None, [], "imagenet", ["imagenet-a"], BOOTSTRAP, [])
    models = [
        {"model": name, "arm": name, "seed": 0, "reference": name, "penalised": False}
        for name in names
    ]
    outputs = tmp_path / "models.csv", tmp_path / "arms.csv"
    main(paths, heads, cards, *outputs, models=models, robustness=choice)
    table = pd.read_csv(outputs[0]).set_index("model")
    for name, (weight, h) in raw.items():
        np.testing.assert_allclose(table.loc[name, "kurtosis"], activation_kurtosis(h).mean())
        ratio = importance_ratio(importances(weight, h))
        np.testing.assert_allclose(table.loc[name, "importance_ratio"], ratio, rtol=1e-6)
        assert table.loc[name, "accuracy"] == table.loc[name, "shift_accuracy"]
    assert table["effective_robustness"].isna().all()
    assert list(pd.read_csv(outputs[1])["arm"].unique()) == names

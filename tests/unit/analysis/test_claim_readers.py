"""Readers of the tables that claims are judged on: values, and intervals for all that has one."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.unit.inputs.claim_inputs import RESAMPLED, write
from workflow_scripts.analysis import claim_readers
from workflow_scripts.analysis.claim_measures import measures
from workflow_scripts.job.errors import InputError


def cka_table(**drops):
    """CKA over three layers of models `a`, ..., in data sets by name."""
    rows = [
        (model, dataset, number, value)
        for model, by_set in drops.items()
        for dataset, layers in by_set.items()
        for number, value in enumerate(layers, 1)
    ]
    table = pd.DataFrame(rows, columns=["model", "dataset", "number", "cka"])
    return table.assign(other_number=table["number"])


def test_output_drop(tmp_path):
    a = {"i": [0.99, 0.95, 0.7], "r": [0.9, 0.8, 0.5], "s": [0.9, 0.8, 0.75], "shifts": [9, 9, 9]}
    table = cka_table(a=a, b={"i": [0.6, 0.55, 0.5]})
    found = claim_readers.output_drop(write(tmp_path, "cka", table)["cka"], "i")
    assert found.loc["a"].tolist() == pytest.approx([0.25 - 0.04, 0.05 - 0.1, 0.25 - 0.04])
    assert found.loc["b", "value"] == pytest.approx(0.05 - 0.4)
    assert found.loc["b", ["low", "high"]].isna().all()  # one data set has no range
    empty = write(tmp_path, "cka", pd.DataFrame({"model": []}))
    assert claim_readers.output_drop(empty["cka"], "i").empty


def test_the_peak_lies_within_what_the_intervals_allow(tmp_path):
    rng = np.random.default_rng(0)
    importance = rng.exponential(size=40)
    table = pd.DataFrame({"model": "a", "importance": importance})
    table = table.assign(low=importance * 0.9, high=importance * 1.2)
    found = claim_readers.importance_peak(*write(tmp_path, "importance", table).values()).loc["a"]
    peak = importance.max() / np.median(importance)
    assert found.tolist() == pytest.approx([peak, peak * 0.9 / 1.2, peak * 1.2 / 0.9])
    for _ in range(50):
        other = rng.uniform(table["low"], table["high"])
        assert found["low"] <= other.max() / np.median(other) <= found["high"]


def test_the_gain_is_that_of_the_best_point_between_the_ends(tmp_path):
    table = pd.DataFrame(
        {"alpha": [0, 0.3, 0.6, 1], "value": [0.5, 0.1, 0.2, 0], "low": [0, 0, 0.15, 0],
         "high": [0, 1, 0.3, 0], "model": "a", "quantity": "shift_gain"}
    )  # fmt: skip
    found = claim_readers.wise_ft_gain(*write(tmp_path, "wise_ft", table).values())
    assert found.loc["a"].tolist() == [0.2, 0.15, 0.3]
    assert claim_readers.wise_ft_gain(*write(tmp_path, "wise_ft", table[:0]).values()).empty


def test_pruning_is_read_at_eighty_per_cent(tmp_path):
    shares = np.linspace(0, 1, 6)
    table = pd.DataFrame({"pruned": shares, "value": 1 - shares**4, "model": "a"})
    table = table.assign(low=0, high=1, change=-(shares**4), change_low=-1, change_high=0,
                         order="least_first", quantity="accuracy", dataset="i")  # fmt: skip
    control = table.assign(order="most_first", value=0.1)
    path = write(tmp_path, "pruning", pd.concat([table, control]))["pruning"]
    known = measures("i", None, RESAMPLED)
    assert known["pruning_accuracy"].values(path).loc["a", "value"] == pytest.approx(-(0.8**4))
    control = known["pruning_control"].values(path).loc["a", "value"]
    assert control == pytest.approx(1 - 0.8**4 - 0.1)
    kept = pd.DataFrame({"pruned": [0, 0.8, 0.85, 0.9, 1], "value": [1, 0.9, 0.6, 0.4, 0]})
    kept = kept.assign(low=kept["value"] - 0.1, high=kept["value"] + 0.2, model="a",
                       order="least_first", quantity="accuracy_kept", dataset="i")  # fmt: skip
    found = known["pruning_kept"].values(write(tmp_path, "pruning", kept)["pruning"]).loc["a"]
    assert found.tolist() == pytest.approx([0.5, 0.4, 0.7])


def path_of(folder, **columns):
    """Path of a table."""
    return write(folder, "table", pd.DataFrame(columns))["table"]


def accuracies(folder, **low_and_high):
    """A table of accuracies on 40 classes: chance is 0.025."""
    low, high = zip(*low_and_high.values(), strict=True)
    table = pd.DataFrame({"model": [*low_and_high], "low": low, "high": high, "classes": 40})
    shift = table.assign(dataset="r", low=0.9)
    return write(folder, "accuracy", pd.concat([table.assign(dataset="i"), shift]))["accuracy"]


def test_an_accuracy_is_above_chance_if_its_interval_is(tmp_path):
    path = accuracies(tmp_path, good=(0.8, 0.9), weak=(0.026, 0.05), random=(0.02, 0.055),
                      worse=(0.0, 0.01), unlabelled=(np.nan, np.nan))  # fmt: skip
    assert claim_readers.above_chance(path, "i") == {"good", "weak"}
    # ... and above what an untrained network reaches
    (tmp_path / "controls").mkdir()
    for name, ends, above in (
        ("random", (0.02, 0.055), {"good"}),
        ("worse", (0.0, 0.01), {"good", "weak"}),
        ("unlabelled", (np.nan, np.nan), {"good", "weak"}),
    ):
        controls = accuracies(tmp_path / "controls", **{name: ends})
        assert claim_readers.above_chance(path, "i", controls) == above
    unlabelled = accuracies(tmp_path, unlabelled=(np.nan, np.nan))
    assert claim_readers.above_chance(unlabelled, "i") == set()


def test_a_single_draw_of_the_concept_sets_has_no_range(tmp_path):
    path = path_of(tmp_path, model=["a", "b", "c"], threshold=[0.9, 0.9, 0.8], draws=[5, 1, 5],
                   sign="convention", concepts=[7, 8, 9], draws_low=[6, 8, 1],
                   draws_high=[9, 8, 2])  # fmt: skip
    found = claim_readers.concept_count(path, 0.9)
    assert found.loc["a"].tolist() == [7, 6, 9]
    assert found.loc["b", "value"] == 8 and found.loc["b", ["low", "high"]].isna().all()
    assert found.index.tolist() == ["a", "b"]


def test_concepts_per_direction_vary_over_the_directions(tmp_path):
    counts = np.array([0, 3, 1, 0, 8, 2])
    path = path_of(tmp_path, model=["a"] * 6 + ["b"] * 2, concepts=[*counts, 2, 2])
    found = claim_readers.polysemanticity(path, RESAMPLED)
    drawn = RESAMPLED.counts(6, "directions") @ counts / 6
    assert found.loc["a"].tolist() == pytest.approx(
        [counts.mean(), *np.quantile(drawn, [0.025, 0.975])]
    )
    assert found.loc["b"].tolist() == [2, 2, 2]


def test_the_rank_correlation_of_few_directions_is_uncertain(tmp_path):
    path = path_of(tmp_path, model=[*"abc"], directions=[40, 10_000, 3], spearman=[0.91, 0.91, 1])
    found = claim_readers.importance_rank(path, 0.95)
    spread = 1.959964 * np.sqrt((1 + 0.91**2 / 2) / 37)
    ends = [np.tanh(np.arctanh(0.91) + side * spread) for side in (-1, 1)]
    assert found.loc["a"].tolist() == pytest.approx([0.91, *ends])
    assert found.loc["a", "low"] < 0.9 < found.loc["b", "low"] < 0.91 < found.loc["b", "high"]
    assert found.loc["c", "value"] == 1 and found.loc["c", ["low", "high"]].isna().all()


def test_a_share_of_three_concepts_is_uncertain(tmp_path):
    rows = [("a", "texture")] * 3 + [("a", "object")] + [("b", "object")] * 2 + [("b", "texture")]
    model, category = zip(*rows, strict=True)
    path = path_of(tmp_path, model=model, category=category, sign="convention",
                   place=[1, 2, 3, 4, 1, 2, 3])  # fmt: skip
    found = claim_readers.texture_share(path, 0.95)
    z = stats.norm.ppf(0.975) ** 2
    assert found.loc["a"].tolist() == pytest.approx([1, 3 / (3 + z), 1])
    assert found.loc["b", "value"] == pytest.approx(1 / 3)
    assert found.loc["b", "low"] < 1 / 3 < found.loc["b", "high"] < 1


def test_published_accuracies_have_binomial_intervals(tmp_path):
    columns = {"accuracy": [0.8, 0.8], "shift_accuracy": [0.5, 0.6], "shifts": [5, 4]}
    path = path_of(tmp_path, model=["a", "b"], effective_robustness=[0.1, 0.2], **columns)
    found = claim_readers.published_robustness(path, 0.95)
    # Drawn at random with five shifts of the same accuracy, above a line of slope 1
    rng, odds = np.random.default_rng(0), np.log(0.4 / 0.6) - np.log(0.8 / 0.2)
    drawn = np.mean([rng.binomial(n, 0.5, 4000) / n for n in claim_readers.SHIFTED[5]], axis=0)
    test = rng.binomial(50_000, 0.8, 4000) / 50_000
    drawn -= 1 / (1 + np.exp(-np.log(test / (1 - test)) - odds))
    ends = np.quantile(drawn, [0.025, 0.975])
    assert found.loc["a"].tolist() == pytest.approx([0.1, *ends], abs=3e-4)
    assert claim_readers.published_robustness(path, 0.95, 4).index.tolist() == ["b"]


def test_columns_are_read_with_their_interval(tmp_path):
    path = path_of(tmp_path, model=["a", "a"], dataset=["i", "r"], kurtosis=[3.0, 9.0],
                   low=[2.0, 8.0], high=[4.0, 10.0])  # fmt: skip
    reader = claim_readers.column_of("kurtosis", dataset="i")
    assert reader(path).loc["a"].tolist() == [3, 2, 4]
    with pytest.raises(InputError, match="expected also spearman"):
        claim_readers.column_of("spearman")(path)


def test_no_measure_is_without_an_interval():
    assert all(measure.interval for measure in measures("i", 0.9, RESAMPLED).values())

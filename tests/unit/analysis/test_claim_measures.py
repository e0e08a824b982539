"""Each measure of the claims is read from its own columns, in its own rows."""

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.claim_inputs import RESAMPLED
from tests.unit.inputs.figure_inputs import estimates
from workflow_scripts.analysis import claim_cases, claim_measures
from workflow_scripts.job.errors import InputError

MODELS = ["b", "a"]
SPEARMAN = ("spearman", "low", "high")
CHANGE = ("change", "change_low", "change_high")
IMAGES = "bootstrap over the images"


class Read(NamedTuple):
    """What a measure reads: its columns, and of other columns what its rows have and others not."""

    table: str
    columns: tuple[str, ...]  # of the value and, if it has any, of the ends of its interval
    rows: dict = {}
    interval: str = IMAGES
    robustness: bool = False
    above_chance: bool = False


READ = {
    "effective_robustness": Read(
        "robustness", ("effective_robustness", "low", "high"), robustness=True, above_chance=True
    ),
    "percent_acc": Read(
        "robustness", ("percent_acc", "percent_acc_low", "percent_acc_high"),
        robustness=True, above_chance=True,
    ),
    "kurtosis": Read("kurtosis", ("kurtosis", "low", "high"), {"dataset": ("i", "shifts")}),
    "importance_ratio": Read(
        "importance_ratio", ("importance_ratio", "low", "high"), above_chance=True
    ),
    "pruning_accuracy": Read(
        "pruning", CHANGE,
        {"quantity": ("accuracy", "accuracy_kept"), "dataset": ("i", "shifts"),
         "order": ("least_first", "random"), "pruned": (0.8, 0.9, 0.7)},
        above_chance=True,
    ),
    "pruning_robustness": Read(
        "pruning", CHANGE,
        {"quantity": ("effective_robustness", "accuracy"), "dataset": ("shifts", "i"),
         "order": ("least_first", "most_first"), "pruned": (0.75, 0.85, 0.5)},
        robustness=True, above_chance=True,
    ),
    "tracking_kurtosis": Read(
        "tracks", SPEARMAN, {"quantity": ("kurtosis", "concepts"), "dataset": ("i", "shifts")},
        robustness=True, above_chance=True,
    ),
    "tracking_concepts": Read(
        "tracks", SPEARMAN, {"quantity": ("concepts", "kurtosis"), "dataset": ("i", "shifts")},
        "bootstrap over the images, of the robustness alone", robustness=True, above_chance=True,
    ),
    "published_learning_rate": Read(
        "published_groups", ("spearman", "spearman_low", "spearman_high"), {"shifts": (5, 4)},
        "bootstrap over the models",
    ),
}  # fmt: skip


def measure(name, threshold=0.85):
    return claim_measures.measures("i", threshold, RESAMPLED)[name]


@pytest.mark.parametrize(("name", "read"), READ.items())
def test_what_each_measure_is_of(name, read):
    found = measure(name)
    assert (found.table, found.interval) == (read.table, read.interval)
    assert (found.robustness, found.above_chance) == (read.robustness, read.above_chance)


@pytest.fixture
def table_of(tmp_path):
    """Writes a table in which no number is twice; the rows that are meant, and its path."""

    def write(read, without=()):
        keys = itertools.product(MODELS, *(values[::-1] for values in read.rows.values()))
        frame = pd.DataFrame(list(keys), columns=["model", *read.rows])
        columns = (*read.columns, "low", "high")[:3]
        frame = estimates(frame, columns, ("other", "other_low", "other_high"), low=1, high=90)
        frame.drop(columns=list(without)).to_csv(tmp_path / "table.csv", index=False)
        meant = np.all([frame[key] == own for key, (own, *_) in read.rows.items()], axis=0)
        meant = frame[meant] if read.rows else frame
        return meant.set_index("model").loc[MODELS], str(tmp_path / "table.csv")

    return write


@pytest.mark.parametrize(("name", "read"), READ.items())
def test_value_and_interval_are_those_of_the_columns(table_of, name, read):
    meant, path = table_of(read)
    found = measure(name).values(path).loc[MODELS]
    assert list(found) == ["value", "low", "high"]
    for end, column in zip(found, read.columns, strict=False):
        np.testing.assert_array_equal(found[end], meant[column])
    assert found.iloc[:, len(read.columns) :].isna().all(axis=None)


@pytest.mark.parametrize(("name", "read"), READ.items())
def test_a_column_that_is_missing_is_named(table_of, name, read):
    for column in ("model", *read.columns, *read.rows):
        _, path = table_of(read, without=[column])
        with pytest.raises(InputError, match=rf"table.csv: .*expected also .*{column}"):
            measure(name).values(path)


def test_pruning_control_is_a_difference_with_the_intervals_of_both(tmp_path):
    rows = [("a", order, 0.8, "accuracy", dataset, *ends) for order, dataset, *ends in (
        ("least_first", "i", 0.9, 0.86, 0.93), ("most_first", "i", 0.2, 0.16, 0.24),
        ("least_first", "shifts", 0.5, 0.4, 0.6), ("random", "i", 0.6, 0.5, 0.7))]  # fmt: skip
    columns = ["model", "order", "pruned", "quantity", "dataset", "value", "low", "high"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "pruning.csv", index=False)
    found = measure("pruning_control").values(str(tmp_path / "pruning.csv")).loc["a"]
    ends = [0.7 - np.hypot(0.04, 0.04), 0.7 + np.hypot(0.03, 0.04)]
    assert found[["value", "low", "high"]].tolist() == pytest.approx([0.7, *ends])


def test_the_output_s_drop_is_that_of_matching_layers_in_their_order(tmp_path):
    layers = [(3, 0.7), (1, 0.95), (2, 0.9)]
    rows = [("a", "i", number, other, value if number == other else 0.1)
            for number, value in layers for other in (1, 2, 3)]  # fmt: skip
    columns = ["model", "dataset", "number", "other_number", "cka"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "cka.csv", index=False)
    found = measure("cka").values(str(tmp_path / "cka.csv")).loc["a"]
    assert found["value"] == pytest.approx(0.2 - 0.05)


def one(value, low=np.nan, high=np.nan):
    return pd.DataFrame({"value": [value], "low": [low], "high": [high]})


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (one(5, 2, 6), one(1, 0, 5), (4, 4 - 5, 4 + 2**0.5)),
        (one(5, 2, 6), one(1), (4, np.nan, np.nan)),
        (one(5), one(1, 0, 5), (4, np.nan, np.nan)),
        (one(5, 6, 4), one(1, 1, 1), (4, 4, 4)),  # ends beyond the value have no width
        (one(5), one(1), (4, np.nan, np.nan)),
    ],
)
def test_half_widths_of_a_difference_add_in_quadrature(first, second, expected):
    found = claim_cases.difference(first, second)
    np.testing.assert_allclose(found[["value", "low", "high"]].to_numpy()[0], expected)

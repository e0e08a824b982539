"""What a card reads of the tables: each number of each model, and nothing of another row."""

import numpy as np
import pytest

from tests.unit.inputs.card_inputs import HEADLESS, MODELS, TEST, THRESHOLD, frames, write_tables
from workflow_scripts.cards.indicators import (
    COUNT,
    INDICATORS,
    NUMBER,
    SHARE,
    WITHOUT_HEAD,
    read,
    with_interval,
    written,
)
from workflow_scripts.job.errors import InputError


def expected(name, model):
    """Value and ends of an indicator as its table has them."""
    indicator = INDICATORS[name]
    table = frames()[indicator.table]
    rows = table[table["model"] == model]
    for column, wanted in (("dataset", TEST), ("threshold", THRESHOLD), ("sign", "convention")):
        rows = rows[rows[column] == wanted] if column in rows else rows
    assert len(rows) <= 1
    if rows.empty:
        return [np.nan] * 3
    numbers = rows.iloc[0][list(indicator.columns)].tolist()
    return numbers + [np.nan] * (3 - len(numbers))


@pytest.mark.parametrize("name", INDICATORS)
def test_every_number_is_the_table_s(name, tmp_path):
    values = read(write_tables(tmp_path), MODELS, TEST, THRESHOLD, HEADLESS).values[name]
    assert values.index.tolist() == ["zs", "ft", "bare"]
    for model, row in values.iterrows():
        assert row.tolist() == pytest.approx(expected(name, model), nan_ok=True), model
    assert values["value"].isna().sum() == (INDICATORS[name].table not in WITHOUT_HEAD)


def test_details_are_of_the_models_the_threshold_and_the_test_set(tmp_path):
    details = read(write_tables(tmp_path), MODELS[:1], TEST, THRESHOLD).details
    assert {name: set(table["model"]) for name, table in details.items()} == {
        name: {"zs"} for name in frames()
        if name != "importance_ratio"
    }  # fmt: skip
    assert details["concepts"]["chance"].tolist() == [frames()["concepts"]["chance"].iloc[2]]
    curve = details["pruning"]
    assert curve["pruned"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve["value"].tolist() == pytest.approx(
        frames()["pruning"]["value"].iloc[[0, 2, 4, 6, 8]].tolist()
    )
    assert details["accuracy"]["dataset"].tolist() == ["photos", "sketches"]


def test_without_tables_there_are_no_indicators(tmp_path):
    found = read(write_tables(tmp_path, WITHOUT_HEAD), MODELS, TEST, None)
    assert list(found.values) == [
        "kurtosis", "outliers", "mean_share", "leading_share", "participation_ratio"
    ]  # fmt: skip
    assert list(found.details) == [
        "kurtosis", "representation", "components", "kurtosis_histogram", "kurtosis_quantiles"
    ]  # fmt: skip


def test_a_model_without_its_row_is_refused(tmp_path):
    with pytest.raises(InputError, match="importance_ratio.csv: found 0 rows of model 'bare'"):
        read(write_tables(tmp_path), MODELS, TEST, THRESHOLD)


@pytest.mark.parametrize(
    ("row", "kind", "text"),
    [
        ((0.5364, 0.504, 0.5641), SHARE, "53.6 % (50.4 to 56.4 %)"),
        ((-0.002, -0.016, 0.011), SHARE, "−0.2 % (−1.6 to 1.1 %)"),
        ((7.8526, 7.795, 7.914), NUMBER, "7.85 (7.79 to 7.91)"),
        ((16, 15, 19), COUNT, "16 (15 to 19)"),
        ((16, np.nan, np.nan), COUNT, "16"),
        ((np.nan, np.nan, np.nan), SHARE, "n/a"),
    ],
)
def test_numbers_are_written_for_people(row, kind, text):
    assert with_interval(dict(zip(("value", "low", "high"), row, strict=True)), kind) == text


def test_what_is_undefined_is_written_so():
    assert written(float("nan"), COUNT) == "n/a"

"""What claims beyond the paper are judged on: distances from where something was, and rows."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.analysis.beyond import claim_readers as readers


def written(tmp_path, rows):
    path = tmp_path / "table.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return str(path)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((2.0, 1.0, 4.0), (2.0, 1.0, 4.0)),
        ((-2.0, -4.0, -1.0), (2.0, 1.0, 4.0)),
        ((-0.5, -3.0, 1.0), (0.5, 0.0, 3.0)),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ((1.0, np.nan, np.nan), (1.0, np.nan, np.nan)),
    ],
)
def test_a_distance_is_to_either_side(ends, expected):
    found = readers.distance(pd.DataFrame([ends], columns=readers.ENDS))
    np.testing.assert_equal(found.to_numpy()[0], expected)


@pytest.fixture
def arms(tmp_path):
    values = {
        ("plain", "plain", False): [(0, 0, 0), (0, 0, 0)],
        ("cold", "plain", False): [(-5, -6, -4), (0.02, -0.01, 0.05)],
        ("held", "plain", True): [(-4, -5, -3), (-0.03, -0.08, 0.02)],
        ("noisy", "plain", False): [(2, -1, 5), (0.4, 0.3, 0.5)],
    }
    rows = [
        dict(zip(("arm", "reference", "penalised"), arm, strict=True))
        | {"quantity": quantity}
        | dict(zip(readers.DIFFERENCE, ends, strict=True))
        for arm, both in values.items()
        for quantity, ends in zip(("kurtosis", "effective_robustness"), both, strict=True)
    ]
    return written(tmp_path, rows)


def test_arms_are_compared_with_what_they_changed(arms):
    found = readers.moved(arms, "kurtosis")
    assert found.index.tolist() == ["cold", "held", "noisy"]
    assert found.loc["cold"].tolist() == [5, 4, 6] and found.loc["noisy"].tolist() == [2, 0, 5]


def test_robustness_is_asked_of_arms_that_are_known_to_have_moved_kurtosis(arms):
    found = readers.robustness_of_moved(arms)
    assert found.index.tolist() == ["cold", "held"]
    assert found.loc["held"].tolist() == [0.03, 0.0, 0.08]
    assert readers.robustness_of_moved(arms, penalised=True).index.tolist() == ["held"]


def test_components_are_held_by_kurtosis_at_their_mean_all_ten(tmp_path):
    rows = [
        {"model": model, "chosen_by": by, "replaced_by": value, "components": count,
         "quantity": quantity, "change": count if by == "kurtosis" else 99,
         "change_low": -1, "change_high": 2 * count}
        for model in ("a", "b")
        for by in ("kurtosis", "mean")
        for value in ("mean", "zero")
        for count in (1, 10)
        for quantity in ("effective_robustness", "accuracy")
    ]  # fmt: skip
    found = readers.robustness_of_held(written(tmp_path, rows))
    assert found.index.tolist() == ["a", "b"]
    assert found.to_numpy().tolist() == [[10, 0, 20]] * 2


def test_predictions_are_counted_where_a_bias_was_added(tmp_path):
    rows = [
        {"model": "a", "change": change, "images": 200, "predictions_changed": changed}
        for change, changed in (("bias", 1), ("rotation", 100))
    ]
    found = readers.changed_predictions(written(tmp_path, rows))
    assert found.loc["a"].tolist() == [0.005] * 3


def test_correlations_are_those_of_an_indicator_in_a_group(tmp_path):
    rows = [
        {"indicator": indicator, "group": group, "statistic": statistic, "value": value,
         "low": value - 1, "high": value + 1}
        for value, (indicator, group, statistic) in enumerate(
            (indicator, group, statistic)
            for indicator in ("kurtosis", "concepts")
            for group in ("all models", "CLIPs only")
            for statistic in ("rank correlation", "area under the ROC curve")
        )
    ]  # fmt: skip
    found = readers.association(written(tmp_path, rows), "concepts", "all models")
    assert found.loc["concepts"].tolist() == [4, 3, 5] and len(found) == 1


def test_concept_sets_are_compared_by_their_concepts_above_chance(tmp_path):
    rows = [
        {"first": "broden", "second": "scenes", "quantity": quantity, "value": 0.5, "low": low,
         "high": 1}
        for quantity, low in (("concepts", 0), ("above_chance", 0.25))
    ]  # fmt: skip
    found = readers.agreement(written(tmp_path, rows))
    assert found.loc["broden and scenes"].tolist() == [0.5, 0.25, 1]

"""The cases of a claim, what each says for it, and what they say together."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.claim_inputs import MODELS, claim, values
from workflow_scripts.analysis.claim_cases import (
    Resamples,
    beyond,
    cases,
    controls_of,
    ends_of_draws,
    supports,
    verdict,
)
from workflow_scripts.analysis.claims import FAILS, HOLDS, OPEN
from workflow_scripts.analysis.estimates import Bootstrap

ENDS = Bootstrap(resamples=1, confidence=0.95, seed=0).interval


@pytest.mark.parametrize(
    ("support", "quantifier", "expected"),
    [
        ([], "all", OPEN),
        ([1, 1], "all", HOLDS),
        ([1, 0], "all", OPEN),
        ([1, 0, -1], "all", FAILS),
        ([1, 1, -1], "most", HOLDS),
        ([1, -1], "most", FAILS),
        ([1, 0], "most", OPEN),
        ([1, -1, -1], "some", HOLDS),
        ([0, -1], "some", OPEN),
        ([-1, -1], "some", FAILS),
    ],
)
def test_verdicts(support, quantifier, expected):
    assert verdict(np.array(support), quantifier) == expected


def test_against_a_threshold():
    found = cases(claim(threshold=4), MODELS, values(zs=7, coca=9, sup=3))
    assert found["subject"].tolist() == ["zs"]  # a CoCa is of its own group
    assert found[["value", "low", "high"]].to_numpy().tolist() == [[3, 2, 4]]
    found = cases(
        claim(comparison="below", group="supervised", threshold=4), MODELS, values(sup=3.5)
    )
    assert found[["value", "low", "high"]].to_numpy().tolist() == [[0.5, -0.5, 1.5]]
    assert supports(found).tolist() == [0]
    found = cases(claim(group="coca robust_zero_shot"), MODELS, values(zs=7, coca=9))
    assert found["subject"].tolist() == ["coca"]


def test_beyond_a_threshold_is_on_the_side_that_the_claim_says():
    numbers = values(a=5, b=3)
    assert beyond(claim(threshold=4), numbers)["value"].tolist() == [1, -1]
    below = beyond(claim(threshold=4, comparison="below"), numbers)
    assert below[["value", "low", "high"]].to_numpy().tolist() == [[-1, -2, 0], [1, 0, 2]]


def test_against_parents_and_other_models():
    found = cases(claim(comparison="parent_above", group="finetuned"), MODELS, values(zs=7, ft=4))
    assert found[["subject", "reference"]].to_numpy().tolist() == [["zs", "ft"]]
    np.testing.assert_allclose(found[["value", "low", "high"]], [[3, 3 - 2**0.5, 3 + 2**0.5]])
    own = claim(comparison="above_backbone", reference="supervised|finetuned")
    found = cases(own, MODELS, values(zs=1, ft=2, sup=0, vit=9))
    assert found["reference"].tolist() == ["ft", "sup"]  # of the same backbone only
    assert found["value"].tolist() == [-1, 1]


def test_against_the_best_of_a_group():
    best = claim(comparison="above_best", group="finetuned", reference="supervised")
    found = cases(best, MODELS, values(ft=5, sup=0, vit=3, zs=9))
    assert found[["subject", "reference", "value"]].to_numpy().tolist() == [["ft", "vit", 2]]
    assert cases(best, MODELS, values(ft=5, zs=9)).empty


def test_without_an_interval_a_case_is_open():
    found = cases(claim(), MODELS, values(zs=5).assign(low=np.nan, high=np.nan))
    assert found["value"].tolist() == [5] and supports(found).tolist() == [0]
    assert supports(found.assign(low=4.0)).tolist() == [0]  # nor with one end alone
    assert supports(found.assign(value=-5.0)).tolist() == [0]
    assert supports(found.assign(low=4.0, high=6.0)).tolist() == [1]


@pytest.mark.parametrize("without", ["zs", "ft"])
def test_a_difference_has_no_interval_unless_both_have(without):
    one = values(zs=9, ft=0)
    one.loc[without, ["low", "high"]] = np.nan
    found = cases(claim(comparison="parent_above", group="finetuned"), MODELS, one)
    assert found["value"].tolist() == [9] and found[["low", "high"]].isna().all(axis=None)
    assert supports(found).tolist() == [0]


def test_models_are_compared_on_the_same_resamples():
    """Two models that rise and fall together differ by what they always differ by."""
    generator = np.random.default_rng(0)
    common, own = generator.normal(size=(2, 400, 1))
    drawn = np.hstack([common + 0.1 * own, common - 1, common])
    resamples = Resamples(pd.DataFrame(drawn, columns=["zs", "ft", "sup"]), ENDS)
    own = claim(comparison="parent_above", group="finetuned", threshold=0.25)
    found = cases(own, MODELS, values(zs=1, ft=0, sup=1), resamples)
    expected = np.quantile(drawn[:, 0] - drawn[:, 1], [0.025, 0.975]) - 0.25
    assert found[["low", "high"]].iloc[0].tolist() == pytest.approx(expected.tolist())
    assert found["value"].tolist() == [0.75]
    apart = cases(own, MODELS, values(zs=1, ft=0, sup=1))
    assert apart["low"].item() < 0 < found["low"].item()
    # Models alone have their own intervals.
    alone = claim(threshold=0.25)
    expected = cases(alone, MODELS, values(zs=1, sup=1))
    pd.testing.assert_frame_equal(cases(alone, MODELS, values(zs=1, sup=1), resamples), expected)


def test_the_range_of_draws():
    low, high = ends_of_draws(np.array([[3, 5], [2, 9], [4, 7]]))
    assert (low.tolist(), high.tolist()) == ([2, 5], [4, 9])
    assert np.isnan(ends_of_draws(np.array([[3.0, 5.0]]))).all()


def test_a_case_of_exactly_0_is_not_above_0():
    found = cases(claim(), MODELS, values(zs=0))
    assert supports(found.assign(low=0.0, high=0.0)).tolist() == [-1]
    assert supports(found.assign(low=0.0, high=1.0)).tolist() == [0]


def test_a_case_with_an_undecided_model_is_open():
    found = cases(claim(comparison="parent_above", group="finetuned"), MODELS, values(zs=9, ft=0))
    assert supports(found).tolist() == supports(found, {"sup"}).tolist() == [1]
    assert supports(found, {"zs"}).tolist() == supports(found, {"ft"}).tolist() == [0]
    assert supports(found.assign(low=-3.0, high=-2.0), {"ft"}).tolist() == [0]


def test_controls_are_built_as_the_models_of_the_group():
    assert controls_of(MODELS, "robust_zero_shot") == ["rn-untrained"]
    assert controls_of(MODELS, "supervised") == ["rn-untrained", "vit-untrained"]
    assert controls_of(MODELS, "coca robust_zero_shot") == []
    other = [row | {"architecture": "RN-average"} for row in MODELS if row["model"] == "zs"]
    assert controls_of([*other, *MODELS[1:]], "robust_zero_shot") == []

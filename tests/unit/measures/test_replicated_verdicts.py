"""Claims over replicates: cases with intervals by seeds and images, flips are open."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.analysis.claims import FAILS, HOLDS, NOT_INFORMATIVE, OPEN
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.replicates.verdicts import BEST, main

ENDS = {"low": -0.1, "high": 0.1}


def written(folder, replicates, comparison="above", quantifier="all", evidence="study"):
    """Tables of a claim: of each replicate verdict and cases (subject, reference, value)."""
    summaries, every = [], []
    for number, (verdict, cases) in enumerate(replicates):
        row = {"id": "claim", "source": "S", "statement": "It is.", "verdict": verdict,
               "reason": "why", "quantifier": quantifier, "comparison": comparison, "cases": 9,
               "lowest": number, "highest": number + 1, "reference_lowest": np.nan,
               "reference_highest": np.nan, "control_lowest": 2 - number, "control_highest": 3,
               "weakest_case": "w", "evidence": evidence}  # fmt: skip
        table = pd.DataFrame(cases, columns=["subject", "reference", "value"])
        table = table.assign(**{end: table["value"] + by for end, by in ENDS.items()}, id="claim")
        table["support"] = np.where(table["low"] > 0, 1, np.where(table["high"] < 0, -1, 0))
        for paths, content, name in (
            (summaries, pd.DataFrame([row]), "summary"), (every, table, "cases"),
        ):  # fmt: skip
            paths.append(str(folder / f"{name}_{number}.csv"))
            content.to_csv(paths[-1], index=False)
    return summaries, every


def run(folder, *tables):
    outputs = [str(folder / name) for name in ("summary.csv", "cases.csv")]
    main(*tables, *outputs, confidence=0.9)
    summary, cases = (pd.read_csv(path) for path in outputs)
    return summary.iloc[0], cases


def test_a_claim_that_all_meet_holds(tmp_path):
    replicates = [(HOLDS, [("a", "", value), ("b", "", 5)]) for value in (1.0, 1.1, 1.2)]
    row, cases = run(tmp_path, *written(tmp_path, replicates))
    assert row["verdict"] == HOLDS and row["verdicts"] == "; ".join([HOLDS] * 3)
    assert (row["cases"], row["for"], row["against"], row["open"]) == (2, 2, 0, 0)
    assert (row["weakest_case"], row["weakest_value"]) == ("a", pytest.approx(1.1))
    half = np.hypot(2.919986 * 0.1 / 3**0.5, 0.1)  # Student's with 2 degrees of freedom, at 90 %
    ends = [1.1 - half, 1.1 + half]
    np.testing.assert_allclose([row["weakest_low"], row["weakest_high"]], ends, rtol=1e-6)
    np.testing.assert_allclose(cases["low"], [1.1 - half, 4.9])
    assert (row["lowest"], row["highest"], row["control_lowest"]) == (0, 3, 0)


def test_seeds_that_scatter_leave_a_claim_open(tmp_path):
    replicates = [(HOLDS, [("a", "", value)]) for value in (0.2, 3.0, 9.0)]
    row, cases = run(tmp_path, *written(tmp_path, replicates))
    assert row["verdict"] == OPEN and "seeds and images" in row["reason"]
    assert cases["support"].tolist() == [0]


@pytest.mark.parametrize("other", [FAILS, NOT_INFORMATIVE])
def test_a_claim_that_flips_is_open(tmp_path, other):
    replicates = [(verdict, [("a", "", 5.0)]) for verdict in (HOLDS, other, HOLDS, OPEN)]
    row, _ = run(tmp_path, *written(tmp_path, replicates))
    assert row["verdict"] == OPEN
    assert row["reason"] == f"replicates differ: {HOLDS} in 2, {other} in 1, {OPEN} in 1"


def test_what_is_open_in_some_does_not_flip(tmp_path):
    for verdict, value, each in ((HOLDS, 5.0, HOLDS), (FAILS, -5.0, FAILS)):
        replicates = [(one, [("a", "", value)]) for one in (each, OPEN, each)]
        row, _ = run(tmp_path, *written(tmp_path, replicates))
        assert row["verdict"] == verdict and np.isnan(row["reason"])


def test_what_fails_in_every_replicate_fails_though_for_another_model_in_each(tmp_path):
    each = [[("a", "", -1.0), ("b", "", 1.0)], [("a", "", 1.0), ("b", "", -1.0)]]
    row, _ = run(tmp_path, *written(tmp_path, [(FAILS, cases) for cases in each]))
    assert (row["verdict"], row["open"]) == (FAILS, 2)


def test_what_untrained_controls_always_meet_is_not_informative(tmp_path):
    replicates = [(NOT_INFORMATIVE, [("a", "", 5.0)])] * 2
    row, _ = run(tmp_path, *written(tmp_path, replicates))
    assert (row["verdict"], row["reason"]) == (NOT_INFORMATIVE, "why")


def test_a_case_that_a_replicate_lacks_or_does_not_judge_is_open(tmp_path):
    replicates = [(OPEN, [("a", "", 5.0), ("b", "", 5.0)]), (OPEN, [("a", "", 5.0)])]
    row, cases = run(tmp_path, *written(tmp_path, replicates))
    assert (row["verdict"], row["weakest_case"]) == (OPEN, "b")
    assert cases["support"].tolist() == [1, 0]
    summaries, every = written(tmp_path, [(OPEN, [("a", "", 5.0)])] * 2)
    pd.read_csv(every[1]).assign(support=0).to_csv(every[1], index=False)  # not above chance, say
    assert run(tmp_path, summaries, every)[0]["verdict"] == OPEN


def test_the_best_model_may_be_another_in_each(tmp_path):
    replicates = [(HOLDS, [("a", best, 5.0)]) for best in ("x", "y")]
    row, cases = run(tmp_path, *written(tmp_path, replicates, comparison="above_best"))
    assert row["verdict"] == HOLDS and cases["reference"].tolist() == [BEST]
    row, _ = run(tmp_path, *written(tmp_path, replicates, comparison="above_backbone"))
    assert row["verdict"] == OPEN


def test_claims_without_cases_and_on_published_accuracies_stay_as_they_are(tmp_path):
    row, cases = run(tmp_path, *written(tmp_path, [(OPEN, [])] * 2))
    assert (row["verdict"], row["reason"], len(cases)) == (OPEN, "why", 0)
    published = written(tmp_path, [(HOLDS, [("a", "", 5.0)])] * 2, evidence="published")
    row, cases = run(tmp_path, *published)
    assert (row["verdict"], row["cases"]) == (HOLDS, 9) and len(cases) == 1


def test_other_claims_are_refused(tmp_path):
    summaries, cases = written(tmp_path, [(HOLDS, [])] * 2)
    pd.read_csv(summaries[1]).assign(id="other").to_csv(summaries[1], index=False)
    with pytest.raises(InputError, match="summary_1.csv: found other claims than in .*summary_0"):
        run(tmp_path, summaries, cases)

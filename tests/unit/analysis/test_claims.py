"""Claims are data: those that are shipped are sound, and mistakes in them are named."""

from pathlib import Path

import pytest

from tests.unit.inputs.claim_inputs import RESAMPLED, values
from workflow_scripts.analysis.claim_cases import cases, chosen
from workflow_scripts.analysis.claim_measures import KINDS, measures
from workflow_scripts.analysis.claims import CHANCE, COMPARED, UNTRAINED, read_claims
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.families import FAMILIES

CLAIMS = Path(__file__).resolve().parents[3] / "resources" / "claims.tsv"
KNOWN = measures("i", 0.9, RESAMPLED)


@pytest.fixture(scope="module")
def shipped():
    return read_claims(CLAIMS, KNOWN, [*FAMILIES, *KINDS])


@pytest.fixture(scope="module")
def of_all_figures(shipped):
    """Those that do not wait for the target beyond."""
    return shipped[[not KNOWN[measure].beyond for measure in shipped["measure"]]]


def test_the_shipped_claims_are_sound(shipped):
    assert len(shipped) == 56 and shipped["statement"].str.endswith(".").all()


def test_what_the_target_beyond_makes_decides_no_claim_of_the_paper(shipped, of_all_figures):
    others = shipped.drop(index=of_all_figures.index)
    assert set(others["source"]) == {"Beyond the paper"} and set(others["null"]) == {COMPARED}
    assert others["id"].str.startswith("beyond-").all()
    for _, claim in others.iterrows():
        kind = KNOWN[claim["measure"]].beyond
        assert (claim["group"] == kind) if kind in KINDS else (claim["group"] in FAMILIES)


def test_every_shipped_claim_has_a_null(of_all_figures):
    """A value beside a threshold has to beat a control; a comparison is with its own null."""
    threshold = of_all_figures["comparison"].isin(["above", "below"])
    assert of_all_figures.loc[~threshold, "null"].eq(COMPARED).all()
    nulls = of_all_figures[threshold].groupby("null")["measure"].agg(set)
    assert nulls[UNTRAINED] == {"kurtosis", "importance_ratio", "importance_peak",
                                "importance_rank", "polysemanticity"}  # fmt: skip
    # At chance accuracy these say nothing, so that a control is no null, and no model at chance is
    # judged by those that are measured here.
    assert nulls[CHANCE] == {"effective_robustness", "pruning_accuracy", "pruning_robustness",
                             "weights_robustness", "published_robustness"}  # fmt: skip
    measured = nulls[CHANCE] - {"weights_robustness", "published_robustness"}
    assert all(KNOWN[each].above_chance for each in measured)
    # Each of them compares the points of a path, the orders of pruning, or models.
    assert nulls[COMPARED] == {"pruning_control", "wise_ft_gain", "tracking_kurtosis",
                               "tracking_concepts", "published_learning_rate"}  # fmt: skip


def test_finetuned_models_without_outlier_features_are_a_claim_of_its_own(shipped):
    own = shipped.set_index("id").loc[["finetuned-kurtosis", "finetuning-lowers-kurtosis"]]
    assert own["comparison"].tolist() == ["below", "parent_above"]
    assert own["threshold"].tolist() == [4, 0] and set(own["group"]) == {"finetuned"}


def test_no_claim_of_the_paper_is_judged_on_rectified_features(shipped):
    """A family of its own: heavy-tailed features without robustness refute no claim about CLIPs."""
    rectified = {"model": "r", "family": "rectified", "backbone": "RN", "parent": None}
    found = {
        row["id"]
        for _, row in shipped.iterrows()
        if chosen([rectified], row["group"]) or chosen([rectified], row["reference"])
    }
    assert found == {"rectified-kurtosis", "rectified-er", "rectified-weights-er"}
    assert set(shipped.loc[shipped["id"].isin(found), "source"]) == {"Beyond the paper"}
    by_id = shipped.set_index("id")
    for name, value in (("rectified-kurtosis", 5.5), ("rectified-er", -1.0)):  # with 1 either way
        assert (cases(by_id.loc[name], [rectified], values(r=value))["low"] > 0).all()


def test_the_shipped_claims_are_the_study_s_but_for_the_published_ones(of_all_figures):
    published = [KNOWN[measure].published for measure in of_all_figures["measure"]]
    assert published == of_all_figures["id"].str.startswith("published-").tolist()
    assert published == sorted(published)  # a section of their own
    assert published.count(False) == 40


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\tkurtosis\t", "\tkurtossis\t", "column measure: found 'kurtossis'"),
        ("\tparent_above\t", "\tparents\t", "column comparison: found 'parents'"),
        ("\tmost\t", "\tmany\t", "column quantifier: found 'many'"),
        ("\tall\tuntrained\n", "\tall\trandom\n", "column null: found 'random'"),
        (
            "\tall\tcompared\n",
            "\tall\tuntrained\n",
            "finetuning-lowers-er, column null: found 'unt",
        ),
        ("\tsupervised\t", "\tsupervized\t", "column group: found 'supervized'"),
        (
            "\trobust_zero_shot\tsupervised|",
            "\trobust_zero_shot\tsuper|",
            "column reference: found 'super'",
        ),
        ("id\tsource", "id\torigin", "found columns id, origin"),
        ("supervised-er", "captions-er", "found the id 'captions-er' twice"),
    ],
)
def test_mistakes_in_the_claims_are_named(tmp_path, old, new, message):
    path = tmp_path / "claims.tsv"
    path.write_text(CLAIMS.read_text().replace(old, new))
    with pytest.raises(InputError, match=message):
        read_claims(path, KNOWN, [*FAMILIES, *KINDS])

"""Claims are data; their verdicts follow from the cases and their intervals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.analysis import claim_measures
from workflow_scripts.analysis.claim_measures import FAILS, HOLDS, OPEN, Measure
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.claims import verdicts as claims
from workflow_scripts.measures.claims.verdicts import cases, main, verdict

CLAIMS = Path(__file__).resolve().parents[3] / "resources" / "claims.tsv"
MODELS = [
    {"model": model, "family": family, "backbone": backbone, "pretraining": "W", "parent": parent}
    for model, family, backbone, parent in (
        ("zs", "robust_zero_shot", "RN", None),
        ("ft", "finetuned", "RN", "zs"),
        ("sup", "supervised", "RN", None),
        ("vit", "supervised", "ViT", None),
        ("coca", "robust_zero_shot", "CoCa-ViT", None),
    )
]
BASIS = {
    "id": "x",
    "source": "s",
    "statement": "t",
    "measure": "kurtosis",
    "comparison": "above",
    "group": "robust_zero_shot",
    "reference": "",
    "threshold": 0.0,
    "quantifier": "all",
}


def claim(**columns):
    return pd.Series(BASIS | columns)


def values(**each):
    """A measure's values, with an interval of 1 to either side."""
    table = pd.DataFrame({"value": pd.Series(each, dtype=float)})
    return table.assign(low=table["value"] - 1, high=table["value"] + 1)


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
    assert claims.supports(found).tolist() == [0]
    found = cases(claim(group="coca robust_zero_shot"), MODELS, values(zs=7, coca=9))
    assert found["subject"].tolist() == ["coca"]


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


def test_without_intervals_the_value_decides():
    found = cases(claim(), MODELS, values(zs=0.5).assign(low=np.nan, high=np.nan))
    assert claims.supports(found).tolist() == [1]
    one = values(zs=1, ft=0)
    one.loc["ft", ["low", "high"]] = np.nan
    found = cases(claim(comparison="parent_above", group="finetuned"), MODELS, one)
    assert found[["low", "high"]].to_numpy().tolist() == [[0, 2]]


def evaluate(values, models=MODELS, no_line="", **settings):
    """What a claim about a measure with these values gives."""
    measure = Measure("kurtosis", lambda path: values, **settings)
    return claims.evaluate(claim(), models, measure, "kurtosis.csv", no_line)


def test_a_row_has_the_counts_and_the_weakest_case():
    measure = Measure("kurtosis", lambda path: values(zs=7, ft=2, sup=-3, vit=1), "by hand")
    own = claim(group="robust_zero_shot|finetuned|supervised", quantifier="most", threshold=1.5)
    row, found = claims.evaluate(own, MODELS, measure, "kurtosis.csv", "")
    assert row == {
        "id": "x", "source": "s", "statement": "t", "verdict": OPEN,
        "reason": "the intervals leave it open", "quantifier": "most", "threshold": 1.5,
        "cases": 4, "for": 1, "against": 1, "open": 2, "weakest_case": "sup",
        "weakest_value": -4.5, "weakest_low": -5.5, "weakest_high": -3.5, "interval": "by hand",
        "evidence": "study",
    }  # fmt: skip
    assert list(found) == claims.CASES and (found["id"] == "x").all()
    assert dict(zip(found["subject"], found["support"], strict=True)) == {
        "zs": 1, "ft": 0, "sup": -1, "vit": 0
    }  # fmt: skip
    pair = claim(comparison="parent_above", group="finetuned", threshold=1)
    row, _ = claims.evaluate(pair, MODELS, measure, "kurtosis.csv", "")
    assert (row["weakest_case"], row["weakest_value"], row["reason"]) == ("zs - ft", 4, "")


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (1, 0, 2, 0), (1, 0.1, 2, 1), (-1, -2, 0, 0), (-1, -2, -0.1, -1),
        (0, np.nan, np.nan, -1), (0.1, np.nan, np.nan, 1), (0, 0, 0, -1), (-1, np.nan, np.nan, -1),
    ],
)  # fmt: skip
def test_a_case_is_for_or_against_if_its_interval_is(value, low, high, expected):
    found = pd.DataFrame({"value": [value], "low": [low], "high": [high]}, dtype=float)
    assert claims.supports(found).tolist() == [expected]


def test_missing_models_and_measures():
    row, found = evaluate(values(sup=3))
    assert (row["verdict"], row["reason"], len(found)) == (OPEN, "the study lacks the models", 0)
    unread = Measure("kurtosis", lambda path: pytest.fail("there is no table to read"))
    row, found = claims.evaluate(claim(), MODELS, unread, None, "")
    assert (row["verdict"], row["reason"]) == (OPEN, "the study does not measure it")
    assert found.empty and list(found) == claims.CASES


def test_a_column_that_is_missing_is_an_error_and_no_verdict(tmp_path):
    table = values(zs=7).rename_axis("model").reset_index()  # the column is not called kurtosis
    with pytest.raises(InputError, match="kurtosis.csv: .*expected also kurtosis"):
        summary(tmp_path, [CLAIM], write(tmp_path, "kurtosis", table.assign(dataset="i")))

    def renamed(path):
        return pd.DataFrame({"value": [1.0]}).set_index("model")

    with pytest.raises(KeyError):
        claims.evaluate(claim(), MODELS, Measure("kurtosis", renamed), "kurtosis.csv", "")


def test_a_study_without_effective_robustness_says_so():
    words = "this study has no distribution shifts"
    for nothing in (values(zs=np.nan), values()):
        row, found = evaluate(nothing, no_line=words, robustness=True)
        assert (row["verdict"], row["reason"], len(found)) == (OPEN, words, 0)
    row, _ = evaluate(values(), MODELS[1:2], words, robustness=True)
    assert row["reason"] == "the study lacks the models"
    # %acc, say, needs no line
    row, _ = evaluate(values(zs=2), no_line=words, robustness=True)
    assert (row["verdict"], row["reason"]) == (HOLDS, "")
    row, _ = evaluate(values(sup=2), no_line=words, robustness=True)
    assert row["reason"] == "the study lacks the models"


def write(folder, name, table):
    table.to_csv(folder / f"{name}.csv", index=False)
    return {name: str(folder / f"{name}.csv")}


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
    found = claim_measures.output_drop(write(tmp_path, "cka", table)["cka"], "i")
    assert found.loc["a"].tolist() == pytest.approx([0.25 - 0.04, 0.05 - 0.1, 0.25 - 0.04])
    assert found.loc["b", "value"] == pytest.approx(0.05 - 0.4)
    assert found.loc["b", ["low", "high"]].isna().all()  # one data set has no range
    empty = write(tmp_path, "cka", pd.DataFrame({"model": []}))
    assert claim_measures.output_drop(empty["cka"], "i").empty


def test_the_peak_lies_within_what_the_intervals_allow(tmp_path):
    rng = np.random.default_rng(0)
    importance = rng.exponential(size=40)
    table = pd.DataFrame({"model": "a", "importance": importance})
    table = table.assign(low=importance * 0.9, high=importance * 1.2)
    found = claim_measures.importance_peak(*write(tmp_path, "importance", table).values()).loc["a"]
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
    found = claim_measures.wise_ft_gain(*write(tmp_path, "wise_ft", table).values())
    assert found.loc["a"].tolist() == [0.2, 0.15, 0.3]
    assert claim_measures.wise_ft_gain(*write(tmp_path, "wise_ft", table[:0]).values()).empty


def test_pruning_is_read_at_eighty_per_cent(tmp_path):
    shares = np.linspace(0, 1, 6)
    table = pd.DataFrame({"pruned": shares, "value": 1 - shares**4, "model": "a"})
    table = table.assign(low=0, high=1, change=-(shares**4), change_low=-1, change_high=0,
                         order="least_first", quantity="accuracy", dataset="i")  # fmt: skip
    control = table.assign(order="most_first", value=0.1)
    path = write(tmp_path, "pruning", pd.concat([table, control]))["pruning"]
    known = claim_measures.measures("i", None)
    assert known["pruning_accuracy"].values(path).loc["a", "value"] == pytest.approx(-(0.8**4))
    control = known["pruning_control"].values(path).loc["a", "value"]
    assert control == pytest.approx(1 - 0.8**4 - 0.1)
    kept = pd.DataFrame({"pruned": [0, 0.8, 0.85, 0.9, 1], "value": [1, 0.9, 0.6, 0.4, 0]})
    kept = kept.assign(low=kept["value"] - 0.1, high=kept["value"] + 0.2, model="a",
                       order="least_first", quantity="accuracy_kept", dataset="i")  # fmt: skip
    found = known["pruning_kept"].values(write(tmp_path, "pruning", kept)["pruning"]).loc["a"]
    assert found.tolist() == pytest.approx([0.5, 0.4, 0.7])


def test_no_claim_of_the_paper_is_judged_on_rectified_features():
    """A family of its own: heavy-tailed features without robustness refute no claim about CLIPs."""
    shipped = claims.read_claims(CLAIMS, claim_measures.measures("i", 0.9))
    rectified = {"model": "r", "family": "rectified", "backbone": "RN", "parent": None}
    found = {
        row["id"]
        for _, row in shipped.iterrows()
        if claims.chosen([rectified], row["group"]) or claims.chosen([rectified], row["reference"])
    }
    assert found == {"rectified-kurtosis", "rectified-er", "rectified-weights-er"}
    assert set(shipped.loc[shipped["id"].isin(found), "source"]) == {"Beyond the paper"}
    by_id = shipped.set_index("id")
    for name, value in (("rectified-kurtosis", 5.5), ("rectified-er", -1.0)):  # with 1 either way
        assert (cases(by_id.loc[name], [rectified], values(r=value))["low"] > 0).all()


def test_the_shipped_claims_are_sound():
    found = claims.read_claims(CLAIMS, claim_measures.measures("i", 0.9))
    assert len(found) > 30 and found["statement"].str.endswith(".").all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\tkurtosis\t", "\tkurtossis\t", "column measure: found 'kurtossis'"),
        ("\tparent_above\t", "\tparents\t", "column comparison: found 'parents'"),
        ("\tmost\n", "\tmany\n", "column quantifier: found 'many'"),
        ("\tsupervised\t", "\tsupervized\t", "column group: found 'supervized'"),
        (
            "\trobust_zero_shot\tsupervised|",
            "\trobust_zero_shot\tsuper|",
            "column reference: found 'super'",
        ),
        ("\trobust_zero_shot\tsupervised|", "\t\tsupervised|", "column group: found ''"),
        ("id\tsource", "id\torigin", "found columns id, origin"),
        ("supervised-er", "captions-er", "found the id 'captions-er' twice"),
    ],
)
def test_mistakes_in_the_claims_are_named(tmp_path, old, new, message):
    path = tmp_path / "claims.tsv"
    path.write_text(CLAIMS.read_text().replace(old, new))
    with pytest.raises(InputError, match=message):
        claims.read_claims(path, claim_measures.measures("i", 0.9))


def summary(folder, lines, tables, **settings):
    """Evaluate claims; the summary and the cases."""
    (folder / "claims.tsv").write_text("\n".join(["\t".join(claims.COLUMNS), *lines]) + "\n")
    outputs = [folder / name for name in ("summary.csv", "cases.csv")]
    defaults = {"models": MODELS, "test": "i", "threshold": None, "no_line": ""}
    main(folder / "claims.tsv", tables, *outputs, **defaults | settings)
    return pd.read_csv(outputs[0]).set_index("id"), pd.read_csv(outputs[1])


CLAIM = "a\tS\tKurtosis is high.\tkurtosis\tabove\trobust_zero_shot\t\t4\tall"


def test_summary(tmp_path):
    lines = [
        CLAIM,
        "b\tS\tConcepts are many.\tconcepts\tabove\trobust_zero_shot\t\t0\tall",
        "c\tS\tOrders agree.\timportance_rank\tabove\trobust_zero_shot\t\t0\tall",
    ]
    kurtosis = values(zs=7).rename_axis("model").reset_index().rename(columns={"value": "kurtosis"})
    ranks = pd.DataFrame({"model": ["zs"], "spearman": [0.9]})
    tables = write(tmp_path, "kurtosis", kurtosis.assign(dataset="i"))
    tables |= write(tmp_path, "importance_rank", ranks) | {"robustness": tmp_path / "none.csv"}
    table, every = summary(tmp_path, lines, tables)
    assert table.loc["a", "verdict"] == HOLDS and table.loc["a", "weakest_value"] == 3
    assert table.loc["b", "verdict"] == OPEN
    assert table.loc[["a", "c"], "interval"].tolist() == ["bootstrap over the images", "none"]
    assert table.loc["c", ["weakest_case", "weakest_value"]].tolist() == ["zs", 0.9]
    assert table.loc["c", ["weakest_low", "weakest_high"]].isna().all()
    assert table.loc["b", "reason"] == "the study does not measure it"
    assert every["id"].tolist() == ["a", "c"]


def test_a_study_with_nothing_to_judge(tmp_path):
    empty = write(tmp_path, "kurtosis", pd.DataFrame({"model": []}))
    table, every = summary(tmp_path, [CLAIM], empty, models=[], no_line="this study has no shifts")
    assert table.loc["a", "verdict"] == OPEN and every.empty and list(every) == claims.CASES


def test_all_shipped_claims_go_through_empty_tables(tmp_path):
    """As in a study with no shifts, pairs or concepts: nothing fails."""
    names = ("robustness", "kurtosis", "importance", "importance_ratio", "importance_rank",
             "pruning", "wise_ft", "tracks", "cka")  # fmt: skip
    tables = {}
    for name in names:
        tables |= write(tmp_path, name, pd.DataFrame({"model": []}))
    lines = CLAIMS.read_text().splitlines()[1:]
    table, every = summary(tmp_path, lines, tables, no_line="there is no line")
    assert (table["verdict"] == OPEN).all() and every.empty
    reasons = {"the study lacks the models", "the study does not measure it", "there is no line"}
    assert set(table["reason"]) == reasons


def published_tables(folder, robustness=0.1):
    """The tables of published models: a parent, its two children, and models over four shifts."""
    rows = [
        ("parent", "robust_zero_shot", "", 5, 0.25),
        ("one", "finetuned", "parent", 5, robustness),
        ("two", "finetuned", "parent", 5, 0.05),
        ("clip", "finetuned", "", 4, 0.9),
        ("net", "supervised", "", 4, 0.02),
        ("other", "supervised", "", 4, 0.01),
    ]
    columns = ["model", "family", "parent", "shifts", "effective_robustness"]
    tables = write(folder, "published", pd.DataFrame(rows, columns=columns).assign(backbone=""))
    row = {"model": "group", "family": "finetuned", "backbone": "", "parent": "parent", "shifts": 5,
           "spearman": -0.7, "spearman_low": -0.8, "spearman_high": -0.5}  # fmt: skip
    return tables | write(folder, "published_groups", pd.DataFrame([row]))


def test_claims_on_published_accuracies(tmp_path):
    lines = [line for line in CLAIMS.read_text().splitlines() if line.startswith("published-")]
    table, every = summary(tmp_path, lines, published_tables(tmp_path), models=[])
    assert (table["evidence"] == "published").all() and (table["verdict"] == HOLDS).all()
    assert table["cases"].tolist() == [2, 2, 1, 1]
    # Models over five shifts are never compared with those over four.
    assert every["subject"].tolist() == ["parent", "parent", "one", "two", "clip", "group"]
    assert every["reference"].fillna("").tolist() == ["one", "two", "", "", "net", ""]
    assert table["weakest_value"].tolist() == pytest.approx([0.15, 0.05, 0.88, 0.7])
    assert table["interval"].tolist() == ["none"] * 3 + ["bootstrap over the models"]
    assert every["low"].iloc[-1] == 0.5 and every["high"].iloc[-1] == 0.8
    table, _ = summary(tmp_path, lines, published_tables(tmp_path, 0.3), models=[])
    assert table["verdict"].tolist() == [FAILS, HOLDS, HOLDS, HOLDS]


def test_the_shipped_claims_are_the_study_s_but_for_the_published_ones():
    found = claims.read_claims(CLAIMS, known := claim_measures.measures("i", 0.9))
    published = [known[measure].published for measure in found["measure"]]
    assert published == found["id"].str.startswith("published-").tolist()
    assert published == sorted(published)  # a section of their own
    assert published.count(False) == 39

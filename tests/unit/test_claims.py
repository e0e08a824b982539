"""Claims are data; their verdicts follow from the cases and their intervals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.lib.errors import InputError
from workflow_scripts.measures import claims
from workflow_scripts.measures.claims import FAILS, HOLDS, OPEN, cases, main, verdict

CLAIMS = Path(__file__).resolve().parents[2] / "resources" / "claims.tsv"
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


def test_without_intervals_the_value_decides():
    found = cases(claim(), MODELS, values(zs=0.5).assign(low=np.nan, high=np.nan))
    assert claims.supports(found).tolist() == [1]
    one = values(zs=1, ft=0)
    one.loc["ft", ["low", "high"]] = np.nan
    found = cases(claim(comparison="parent_above", group="finetuned"), MODELS, one)
    assert found[["low", "high"]].to_numpy().tolist() == [[0, 2]]


def test_missing_models_and_measures():
    row, found = claims.evaluate(claim(), MODELS, {"kurtosis": lambda: values(sup=3)})
    assert (row["verdict"], row["reason"], len(found)) == (OPEN, "the study lacks the models", 0)

    def absent():
        raise KeyError("concepts")

    row, _ = claims.evaluate(claim(), MODELS, {"kurtosis": absent})
    assert (row["verdict"], row["reason"]) == (OPEN, "the study does not measure it")


def test_output_drop(tmp_path):
    rows = [("a", n, c) for n, c in enumerate([0.99, 0.95, 0.7], 1)]
    rows += [("b", n, c) for n, c in enumerate([0.6, 0.55, 0.5], 1)]
    table = pd.DataFrame(rows, columns=["model", "number", "cka"])
    table.assign(dataset="i", other_number=table["number"]).to_csv(
        tmp_path / "cka.csv", index=False
    )
    found = claims.output_drop({"cka": tmp_path / "cka.csv"}, "i")["value"]
    assert found["a"] == pytest.approx(0.25 - 0.04)
    assert found["b"] == pytest.approx(0.05 - 0.4)


def test_pruning_is_read_at_eighty_per_cent(tmp_path):
    shares = np.linspace(0, 1, 6)
    table = pd.DataFrame({"pruned": shares, "value": 1 - shares**4, "model": "a"})
    table = table.assign(low=0, high=1, change=-(shares**4), change_low=-1, change_high=0,
                         order="least_first", quantity="accuracy", dataset="i")  # fmt: skip
    control = table.assign(order="most_first", value=0.1)
    pd.concat([table, control]).to_csv(tmp_path / "pruning.csv", index=False)
    tables = {"pruning": tmp_path / "pruning.csv"}
    known = claims.measures(tables, "i", None)
    assert known["pruning_accuracy"]().loc["a", "value"] == pytest.approx(-(0.8**4))
    assert known["pruning_control"]().loc["a", "value"] == pytest.approx(1 - 0.8**4 - 0.1)
    ten = pd.DataFrame({"pruned": [0, 0.8, 0.9, 1], "value": [0.8, 0.7, 0.4, 0], "model": "a"})
    ten.assign(order="least_first", quantity="accuracy", dataset="i").to_csv(
        tmp_path / "pruning.csv", index=False
    )
    assert known["pruning_kept"]().loc["a", "value"] == pytest.approx(0.5)


def test_the_shipped_claims_are_sound():
    found = claims.read_claims(CLAIMS, claims.measures({"robustness": ""}, "i", 0.9))
    assert len(found) > 30 and found["statement"].str.endswith(".").all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\tkurtosis\t", "\tkurtossis\t", "column measure: found 'kurtossis'"),
        ("\tparent_above\t", "\tparents\t", "column comparison: found 'parents'"),
        ("\tmost\n", "\tmany\n", "column quantifier: found 'many'"),
        ("\tsupervised\t", "\tsupervized\t", "found family 'supervized'"),
        ("id\tsource", "id\torigin", "found columns id, origin"),
        ("supervised-er", "captions-er", "found 'captions-er' twice"),
    ],
)
def test_mistakes_in_the_claims_are_named(tmp_path, old, new, message):
    path = tmp_path / "claims.tsv"
    path.write_text(CLAIMS.read_text().replace(old, new))
    with pytest.raises(InputError, match=message):
        claims.read_claims(path, claims.measures({"robustness": ""}, "i", 0.9))


def test_summary(tmp_path):
    header = "\t".join(claims.COLUMNS)
    lines = [
        "a\tS\tKurtosis is high.\tkurtosis\tabove\trobust_zero_shot\t\t4\tall",
        "b\tS\tConcepts are many.\tconcepts\tabove\trobust_zero_shot\t\t0\tall",
    ]
    (tmp_path / "claims.tsv").write_text("\n".join([header, *lines]) + "\n")
    values(zs=7).rename_axis("model").reset_index().rename(columns={"value": "kurtosis"}).assign(
        dataset="i"
    ).to_csv(tmp_path / "kurtosis.csv", index=False)
    outputs = [tmp_path / name for name in ("claims.csv", "claims.md", "cases.csv")]
    tables = {"kurtosis": tmp_path / "kurtosis.csv", "robustness": tmp_path / "none.csv"}
    main(
        tmp_path / "claims.tsv",
        tables,
        *outputs,
        study="tiny",
        models=MODELS,
        test="i",
        threshold=None,
    )
    table = pd.read_csv(outputs[0]).set_index("id")
    assert table.loc["a", "verdict"] == HOLDS and table.loc["a", "weakest_value"] == 3
    assert table.loc["b", "verdict"] == OPEN
    text = outputs[1].read_text()
    assert "1 hold, 0 do not hold, 1 cannot be judged here" in text
    assert "| **holds** | 1 / 1 | `zs` | 3 (2 to 4) |" in text
    assert pd.read_csv(outputs[2])["id"].tolist() == ["a"]

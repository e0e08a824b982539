"""Verdicts follow from the cases, their intervals, the controls and what is above chance."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.claim_inputs import BOOTSTRAP, MODELS, RESAMPLED, claim, values, write
from workflow_scripts.analysis.claim_measures import Measure
from workflow_scripts.analysis.claims import COLUMNS, FAILS, HOLDS, NOT_INFORMATIVE, OPEN
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.claims import verdicts
from workflow_scripts.measures.claims.verdicts import Judged, main

CLAIMS = Path(__file__).resolve().parents[3] / "resources" / "claims.tsv"


def evaluate(values, models=MODELS, no_line="", at_chance=(), own=None, **settings):
    """What a claim about a measure with these values gives."""
    untrained = values.index.astype(str).str.endswith("-untrained")
    tables = {"models": values[~untrained], "controls": values[untrained]}
    measure = Measure("kurtosis", tables.__getitem__, "units", **settings)
    paths = {"kurtosis": "models"}, {"kurtosis": "controls"}
    study = Judged(models, set(at_chance), no_line, RESAMPLED, *paths)
    return verdicts.evaluate(own if own is not None else claim(), measure, study)


# What a study lacks


def test_missing_models_and_measures():
    row, found = evaluate(values(sup=3))
    assert (row["verdict"], row["reason"], len(found)) == (OPEN, "the study lacks the models", 0)
    unread = Measure("kurtosis", lambda path: pytest.fail("there is no table to read"), "units")
    row, found = verdicts.evaluate(claim(), unread, Judged(MODELS, set(), "", RESAMPLED, {}, {}))
    assert (row["verdict"], row["reason"]) == (OPEN, "the study does not measure it")
    assert found.empty and list(found) == verdicts.CASES


def test_a_column_that_is_missing_is_an_error_and_no_verdict(tmp_path):
    table = values(zs=7).rename_axis("model").reset_index()  # the column is not called kurtosis
    with pytest.raises(InputError, match="kurtosis.csv: .*expected also kurtosis"):
        summary(tmp_path, [CLAIM], write(tmp_path, "kurtosis", table.assign(dataset="i")))

    with pytest.raises(KeyError):
        evaluate(pd.DataFrame({"value": [1.0]}, index=["zs"]))


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


# Claims that could fail

ABOVE = claim(threshold=4, null="untrained")
BELOW = claim(threshold=4, null="untrained", comparison="below")


@pytest.mark.parametrize(
    ("own", "model", "control", "expected"),
    [
        (ABOVE, 7, 2.9, HOLDS),
        (ABOVE, 7, 4.1, NOT_INFORMATIVE),  # though its interval leaves that open
        (ABOVE, 7, 4.0, HOLDS),
        (ABOVE, 2, 4.1, FAILS),
        (ABOVE, 4.5, 4.1, OPEN),
        (BELOW, 2, 7, HOLDS),
        (BELOW, 2, 2.9, NOT_INFORMATIVE),
        (BELOW, 7, 2.9, FAILS),
    ],
)
def test_what_an_untrained_control_meets_as_well_is_not_informative(own, model, control, expected):
    row, _ = evaluate(values(zs=model, **{"rn-untrained": control}), own=own)
    assert row["verdict"] == expected
    assert (row["control_lowest"], row["control_highest"]) == (control, control)
    assert (row["reason"] == "untrained, too: rn-untrained") == (expected == NOT_INFORMATIVE)


def test_one_control_of_several_is_enough():
    own = claim(threshold=4, null="untrained", group="supervised")
    each = {"sup": 7, "vit": 8, "rn-untrained": 2.9, "vit-untrained": 6}
    row, _ = evaluate(values(**each), own=own)
    assert (row["verdict"], row["reason"]) == (NOT_INFORMATIVE, "untrained, too: vit-untrained")
    assert (row["control_lowest"], row["control_highest"]) == (2.9, 6)
    # A control of another architecture than the claim's models have is none of theirs.
    row, _ = evaluate(values(zs=7, **{"rn-untrained": 2.9, "vit-untrained": 6}), own=ABOVE)
    assert (row["verdict"], row["control_highest"]) == (HOLDS, 2.9)


@pytest.mark.parametrize("control", [{}, {"rn-untrained": np.nan}, {"vit-untrained": 2.9}])
def test_without_its_control_a_claim_is_open(control):
    row, found = evaluate(values(zs=7, **control), own=ABOVE)
    assert row["verdict"] == OPEN and found["support"].tolist() == [1]
    assert row["reason"] == "no untrained control is built as its models are"
    assert evaluate(values(zs=2, **control), own=ABOVE)[0]["verdict"] == FAILS


@pytest.mark.parametrize("null", ["chance", "compared"])
def test_other_nulls_are_no_control(null):
    own = claim(threshold=4, null=null)
    row, _ = evaluate(values(zs=7, **{"rn-untrained": 9}), own=own)
    assert (row["verdict"], row["null"]) == (HOLDS, null)
    assert np.isnan(row["control_lowest"])
    assert evaluate(values(zs=7), own=own)[0]["verdict"] == HOLDS


def test_a_model_at_chance_gives_no_verdict():
    two = [*MODELS, MODELS[0] | {"model": "other"}]
    reason = "accuracy not known to be above chance: zs"
    for value in (9, -9):
        row, found = evaluate(values(zs=value), at_chance=["zs"], above_chance=True)
        assert (row["verdict"], row["reason"]) == (OPEN, reason)
        assert (found["support"].tolist(), row["open"]) == ([0], 1)
    row, _ = evaluate(values(zs=9, other=9), two, at_chance=["zs"], above_chance=True)
    assert (row["verdict"], row["reason"], row["for"]) == (OPEN, reason, 1)
    row, _ = evaluate(values(zs=9, other=-9), two, at_chance=["zs"], above_chance=True)
    assert row["verdict"] == FAILS  # by the other alone
    # Kurtosis, say, needs no accuracy.
    assert evaluate(values(zs=9), at_chance=["zs"])[0]["verdict"] == HOLDS
    assert evaluate(values(zs=9), at_chance=["sup"], above_chance=True)[0]["verdict"] == HOLDS


def test_a_comparison_with_a_model_at_chance_gives_no_verdict():
    own = claim(comparison="above_backbone", reference="supervised")
    for weak in ("zs", "sup"):
        row, _ = evaluate(values(zs=9, sup=0), at_chance=[weak], above_chance=True, own=own)
        assert row["reason"] == f"accuracy not known to be above chance: {weak}"


def test_a_missing_interval_is_never_easier_to_pass():
    for value in (9, -9):
        row, _ = evaluate(values(zs=value).assign(low=np.nan, high=np.nan))
        assert (row["verdict"], row["reason"]) == (OPEN, "no interval: zs")
        assert row["weakest_value"] == value and np.isnan(row["weakest_low"])
    assert evaluate(values(zs=0.5))[0]["reason"] == "the intervals leave it open"


def random_network(folder):
    """The tables of a ViT with random weights at 3.7 % accuracy, and of its control."""
    models = [MODELS[0] | {"backbone": "ViT", "architecture": "ViT"}, MODELS[-1]]
    ids = [model["model"] for model in models]
    accuracy = pd.DataFrame(
        {"model": ids, "dataset": "i", "classes": 27, "low": 0.02, "high": 0.06}
    )
    ratio = pd.DataFrame({"model": ids, "importance_ratio": 18.4, "low": 18, "high": 19})
    peak = [(model, value) for model in ids for value in (30.0, 1.0, 1.0)]
    importance = pd.DataFrame(peak, columns=["model", "importance"])
    importance = importance.assign(low=importance["importance"], high=importance["importance"])
    pruning = pd.DataFrame({"model": ids, "order": "least_first", "pruned": 0.8})
    pruning = pruning.assign(change=-0.001, change_low=-0.002, change_high=0.0)
    robust = pd.DataFrame({"model": ids, "effective_robustness": 0.02, "low": 0.01, "high": 0.03})
    robust = robust.assign(percent_acc=1.0, percent_acc_low=0.5, percent_acc_high=4.0)
    quantities = {"accuracy": "i", "effective_robustness": "shifts", "accuracy_kept": "i"}
    curves = [pruning.assign(quantity=name, dataset=i, value=0.03, low=0.03, high=0.03)
              for name, i in quantities.items()]  # fmt: skip
    tables = {"importance_ratio": ratio, "importance": importance, "pruning": pd.concat(curves),
              "robustness": robust}  # fmt: skip
    paths = {}
    for name, table in tables.items():
        paths |= write(folder, name, table)
    return models, accuracy, paths


def test_a_network_with_random_weights_is_told_nothing(tmp_path):
    models, accuracy, tables = random_network(tmp_path)
    lines = CLAIMS.read_text().splitlines()[1:]
    settings = {"models": models, "accuracy": accuracy}
    table, _ = summary(tmp_path, lines, tables, **settings)
    own = table[table["cases"] > 0]
    assert own.index.tolist() == [
        "robust-zero-shot-er", "zero-shot-privileged", "one-privileged", "low-rank-accuracy",
        "low-rank-er",
    ]  # fmt: skip
    assert (own["verdict"] == OPEN).all()
    assert (own["reason"] == "accuracy not known to be above chance: zs").all()
    # The same numbers at a good accuracy are what claims are about, but for what its control has.
    trained = accuracy.assign(low=[0.8, 0.02], high=[0.9, 0.06])
    own = summary(tmp_path, lines, tables, **settings | {"accuracy": trained})[0].loc[own.index]
    assert own["verdict"].tolist() == [HOLDS, NOT_INFORMATIVE, NOT_INFORMATIVE, HOLDS, HOLDS]
    # Above chance, but no better than its control
    weak = accuracy.assign(low=[0.04, 0.02], high=[0.08, 0.06])
    own = summary(tmp_path, lines, tables, **settings | {"accuracy": weak})[0].loc[own.index]
    assert (own["verdict"] == OPEN).all()


# The summary


def summary(folder, lines, tables, accuracy=None, **settings):
    """Evaluate claims; the summary and the cases. All models are accurate, unless it is said."""
    (folder / "claims.tsv").write_text("\n".join(["\t".join(COLUMNS), *lines]) + "\n")
    outputs = [folder / name for name in ("summary.csv", "cases.csv")]
    defaults = {"models": MODELS, "test": "i", "threshold": None, "no_line": "", "beyond": False}
    settings = defaults | {"bootstrap": BOOTSTRAP} | settings
    if accuracy is None:
        accuracy = pd.DataFrame(settings["models"], columns=["model", "family"])
        low = np.where(accuracy["family"] == "control", 0.0, 0.9)
        accuracy = accuracy.assign(dataset="i", classes=10, low=low, high=low + 0.1)
    tables = tables | write(folder, "accuracy", accuracy)
    main(folder / "claims.tsv", *apart(folder, tables), *outputs, **settings)
    return pd.read_csv(outputs[0]).set_index("id"), pd.read_csv(outputs[1])


def apart(folder, tables):
    """Tables of the models, and those of the controls, which are named *-untrained."""
    for name in ("models", "controls"):
        (folder / name).mkdir(exist_ok=True)
    controls = {}
    for name, path in tables.items():
        table = pd.read_csv(path) if Path(path).exists() else pd.DataFrame({"model": []})
        untrained = table["model"].astype(str).str.endswith("-untrained")
        if untrained.any():
            tables = tables | write(folder / "models", name, table[~untrained])
            controls |= write(folder / "controls", name, table[untrained])
    return tables, controls


CLAIM = "a\tS\tKurtosis is high.\tkurtosis\tabove\trobust_zero_shot\t\t4\tall\tuntrained"


def test_summary(tmp_path):
    lines = [
        CLAIM,
        "b\tS\tConcepts are many.\tconcepts\tabove\trobust_zero_shot\t\t0\tall\tchance",
        "c\tS\tIt falls.\tkurtosis\tparent_above\tfinetuned\t\t0\tall\tcompared",
    ]
    kurtosis = values(zs=7, ft=3, sup=2, **{"rn-untrained": 3}).rename_axis("model").reset_index()
    kurtosis = kurtosis.rename(columns={"value": "kurtosis"}).assign(dataset="i")
    tables = write(tmp_path, "kurtosis", kurtosis) | {"robustness": tmp_path / "none.csv"}
    table, every = summary(tmp_path, lines, tables)
    row = table.loc["a"]
    assert row["verdict"] == HOLDS and row["weakest_value"] == 3 and row["weakest_case"] == "zs"
    assert row[["lowest", "highest", "control_lowest"]].tolist() == [7, 7, 3]
    assert row[["threshold", "unit", "comparison", "null"]].tolist() == [
        4, "kurtosis", "above", "untrained"
    ]  # fmt: skip
    assert row["interval"] == "bootstrap over the images" and np.isnan(row["reference_lowest"])
    assert table.loc["b", ["verdict", "reason"]].tolist() == [OPEN, "the study does not measure it"]
    row = table.loc["c"]
    assert row[["lowest", "highest", "reference_lowest", "reference_highest"]].tolist() == [
        7, 7, 3, 3
    ]  # fmt: skip
    assert row["verdict"] == HOLDS and row["weakest_case"] == "zs - ft"
    assert np.isnan(row["control_lowest"])
    assert every["id"].tolist() == ["a", "c"]


@pytest.mark.parametrize(
    ("measure", "quantile"), [("kurtosis", (0.025, 0.975)), ("concepts", (0, 1))]
)
def test_models_are_compared_on_the_same_resamples(tmp_path, measure, quantile):
    """By percentiles of the differences; of the draws of concepts, by their range."""
    drawn = {"zs": [7.0, 9, 8, 7], "ft": [3.0, 5, 4, 5]}
    parts = [pd.DataFrame({"model": model, "resample": range(1, 5), measure: column})
             for model, column in drawn.items()]  # fmt: skip
    table = values(zs=7, ft=3).rename_axis("model").reset_index()
    table = table.rename(columns={"value": measure}).assign(dataset="i", threshold=0.9, draws=4)
    table = table.assign(sign="convention", draws_low=table["low"], draws_high=table["high"])
    tables = write(tmp_path, measure, table)
    tables |= write(tmp_path, f"{measure}_resamples", pd.concat(parts))
    line = f"a\tS\tIt falls.\t{measure}\tparent_above\tfinetuned\t\t0\tall\tcompared"
    row = summary(tmp_path, [line], tables, threshold=0.9)[0].loc["a"]
    ends = np.quantile(np.subtract(*drawn.values()), quantile)
    assert row[["weakest_value", "weakest_low", "weakest_high"]].tolist() == [4, *ends]


def test_a_study_with_nothing_to_judge(tmp_path):
    empty = write(tmp_path, "kurtosis", pd.DataFrame({"model": []}))
    table, every = summary(tmp_path, [CLAIM], empty, models=[], no_line="this study has no shifts")
    assert table.loc["a", "verdict"] == OPEN and every.empty and list(every) == verdicts.CASES


def test_all_shipped_claims_go_through_empty_tables(tmp_path):
    """As in a study with no shifts, pairs or concepts: nothing fails."""
    names = ("robustness", "kurtosis", "importance", "importance_ratio", "importance_rank",
             "pruning", "wise_ft", "tracks", "cka", "published_weights")  # fmt: skip
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
    table = pd.DataFrame(rows, columns=columns).assign(backbone="", accuracy=0.7)
    table["shift_accuracy"] = table["effective_robustness"] + 0.05
    tables = write(folder, "published", table)
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
    assert every["low"].between(every["value"] - 0.02, every["value"] - 0.002)[:-1].all()
    assert table["interval"].str.startswith("binomial").tolist() == [True] * 3 + [False]
    assert every["low"].iloc[-1] == 0.5 and every["high"].iloc[-1] == 0.8
    table, _ = summary(tmp_path, lines, published_tables(tmp_path, 0.3), models=[])
    assert table["verdict"].tolist() == [FAILS, HOLDS, HOLDS, HOLDS]

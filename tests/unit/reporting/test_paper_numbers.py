"""The paper's numbers: complete, consistent with one another, read with care, and kept apart."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.paper_numbers import (
    COLUMNS,
    may_cover,
    read_numbers,
    within_rounding,
)
from workflow_scripts.reporting.reproduced_numbers import MEASURES

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "resources" / "paper"
ZERO_SHOT = ["robust_zero_shot", "non_robust_zero_shot"]


@pytest.fixture(scope="module")
def tables():
    return read_numbers([FOLDER / "tables.tsv"], MEASURES)


@pytest.fixture(scope="module")
def text():
    return read_numbers([FOLDER / "text.tsv"], MEASURES)


def of(table, place, *families):
    own = table[table["place"] == place]
    return own[own["family"].isin(families)] if families else own


# The transcription


def test_counts_of_rows_and_columns(tables, text):
    assert tables.groupby("place").size().to_dict() == {
        "Table 1": 39,
        "Table 2": 39,
        "Table 3": 8,
        "Table 4": 4,
        "Table 5": 4,
        "Table 6": 93,
        "Table 7": 15,
    }
    assert len(text) == 56 and (text["measure"] != "").sum() == 16
    for file in ("tables.tsv", "text.tsv"):
        lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
        assert {line.count("\t") + 1 for line in lines} == {len(COLUMNS)}


@pytest.mark.parametrize(
    ("place", "zero_shot", "finetuned", "supervised"),
    [("Table 1", (19, 1062), (16, 1252), (4, 296)), ("Table 2", (19, 845), (16, 821), (4, 137))],
)
def test_sums_of_the_accuracies(tables, place, zero_shot, finetuned, supervised):
    groups = [(ZERO_SHOT, zero_shot), (["finetuned"], finetuned), (["supervised"], supervised)]
    for families, expected in groups:
        values = of(tables, place, *families)["paper"]
        assert (len(values), values.sum()) == expected


def test_sums_of_the_other_tables(tables):
    parts = of(tables, "Table 7").groupby("backbone")["paper"].sum().round(1)
    assert parts.to_dict() == {"RN50": 40.2, "RN101": 11.3, "ViT-B-16": 56.5, "ViT-B-32": 36.7}
    own = of(tables, "Table 3")
    sums = own.groupby(["measure", "family"])["paper"].sum().to_dict()
    assert sums == {
        ("effective_robustness", "robust_zero_shot"): 58,
        ("effective_robustness", "finetuned"): 35,
        ("accuracy", "robust_zero_shot"): 140,
        ("accuracy", "finetuned"): 160,
    }
    assert of(tables, "Table 4", "robust_zero_shot")["value"].tolist() == ["12.0", "15.5"]
    assert of(tables, "Table 5").groupby("family")["paper"].sum().to_dict() == {
        "finetuned": 1159,
        "robust_zero_shot": 1421,
    }


def test_table_6(tables):
    own = of(tables, "Table 6")
    sizes = own.groupby(["backbone", "family"]).size().unstack()
    assert sizes["finetuned"].to_dict() == {"RN101": 6, "RN50": 9, "ViT-B-16": 15, "ViT-B-32": 12}
    assert sizes["robust_zero_shot"].sum() == 39 and (sizes["supervised"] == 3).all()
    sums = own.groupby("family")["paper"].sum().round(2).to_dict()
    assert sums == {"finetuned": 38.14, "robust_zero_shot": 35.33, "supervised": 11.07}
    assert own["paper"].between(0.6, 1).all()
    openai = own[(own["backbone"] == "ViT-B-32") & (own["pretraining"] == "OpenAI")]
    concepts = openai.loc[openai["family"] == "robust_zero_shot", "concept"]
    assert concepts.tolist() == ["meshed", "perforated", "flecked"]


def test_every_model_of_the_pool_has_both_accuracies_once(tables):
    labels = ["family", "backbone", "pretraining"]
    first, second = (of(tables, place).set_index(labels).index for place in ("Table 1", "Table 2"))
    assert first.is_unique and first.equals(second)
    assert (tables.loc[tables["family"] == "supervised", "pretraining"] == "").all()


def test_agrees_with_the_list_of_checkpoints(tables):
    path = ROOT / "resources" / "published" / "paper_checkpoints.tsv"
    other = pd.read_csv(path, sep="\t")
    other = other[other["pool"].isin(["paper", "coca"])]
    own = tables.set_index(["measure", "family", "backbone", "pretraining"])["paper"]
    for row in other.to_dict("records"):
        labels = (row["family"], row["backbone"], row["pretraining"])
        assert own.loc[("accuracy", *labels)] == pytest.approx(100 * row["paper_accuracy"])
        if row["pool"] == "paper":
            shift = own.loc[("shift_accuracy", *labels)]
            assert shift == pytest.approx(100 * row["paper_shift_accuracy"])


def test_doubtful_numbers(tables, text):
    doubtful = tables[tables["doubt"] != ""]
    assert doubtful.groupby("place").size().to_dict() == {"Table 4": 2, "Table 6": 13}
    # as they came out, nothing is filled in
    assert of(doubtful, "Table 4")["value"].tolist() == ["-3.6", "46"]
    names = set(of(doubtful, "Table 6")["concept"])
    assert {"carrousel", "scalv", "doted", "iail cell s"} <= names
    certain = tables[tables["doubt"] == ""]
    shares = certain[certain["unit"] == "%"]["paper"]
    assert shares.between(0, 100).all()
    assert (text["doubt"] != "").sum() == 2


def test_decimals_are_those_printed(tables, text):
    printed = pd.concat(
        [of(tables, place) for place in tables["place"].unique() if "6" not in place]
    )
    printed = pd.concat([printed, text[~text["value"].str.contains("e-")]])
    assert (printed["value"].str.partition(".")[2].str.len() == printed["decimals"]).all()
    assert (of(tables, "Table 6")["decimals"] == 2).all()


def test_line_and_ranges_of_the_text(text):
    values = text[text["measure"] != ""].set_index("measure")["value"]
    line = values[["line_slope", "line_intercept", "line_r"]].tolist()
    assert line == [".76", "-1.49", ".99"]
    assert values["concepts_in_all"].tolist() == ["237", "516"]
    assert values["concepts_zero_shot_only"].tolist() == ["77", "105"]
    assert values["models"].tolist() == ["16", "39"]
    assert values["robustness_peak"].tolist() == [".4"] * 3


def test_the_paper_study_has_the_papers_labels(tables):
    """Else its numbers would be listed as not measured."""
    study = pd.read_csv(
        ROOT / "studies" / "paper" / "models.tsv", sep="\t", dtype=str, keep_default_na=False
    )
    labels = ["family", "backbone", "pretraining"]
    needed = tables.loc[tables["doubt"] == "", labels].drop_duplicates()
    found = set(study[labels].itertuples(index=False, name=None))
    assert [row for row in needed.itertuples(index=False, name=None) if row not in found] == []


def test_nothing_but_comparison_card_and_page_reads_the_papers_numbers():
    """All set them apart from the reproduction's."""
    own = {"tables.py", "comparison.py", "paper_numbers.py", "card.py", "card.smk"}
    own |= {"references.py", "report_page.py"}
    rules, modules = ROOT.glob("rules/**/*.smk"), ROOT.glob("workflow_scripts/**/*.py")
    for path in [ROOT / "Snakefile", *rules, *modules]:
        if path.name not in own:
            source = path.read_text(encoding="utf-8")
            assert "resources/paper/" not in source and '"paper/' not in source, path
            assert "read_numbers" not in source, path


# Rounding


@pytest.mark.parametrize(
    ("value", "paper", "decimals", "expected"),
    [
        (60.49, 60, 0, True),
        (60.51, 60, 0, False),
        (60.5, 60, 0, True),  # a half may be rounded either way
        (60.5, 61, 0, True),
        (59.5, 60, 0, True),
        (59.49, 60, 0, False),
        (100 * 0.605, 60, 0, True),
        (100 * 0.595, 60, 0, True),
        (3.05, 3.0, 1, True),
        (3.06, 3.0, 1, False),
        (2.95, 3.0, 1, True),
        (-1.485, -1.49, 2, True),
        (-1.4955, -1.49, 2, False),
        (516, 516, 0, True),
        (517, 516, 0, False),
        (np.nan, 60, 0, False),
    ],
)
def test_within_rounding(value, paper, decimals, expected):
    found = within_rounding(pd.Series([value]), pd.Series([paper]), pd.Series([decimals]))
    assert found.tolist() == [expected]


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_within_rounding_is_to_be_printed_alike(decimals):
    rng = np.random.default_rng(decimals)
    value = rng.uniform(-5, 5, 1000).round(4)
    paper = (value + rng.normal(0, 10.0**-decimals, 1000)).round(decimals)
    half = np.isclose(np.abs(value - paper), 0.5 * 10.0**-decimals)
    expected = [
        float(f"{one:.{decimals}f}") == other for one, other in zip(value, paper, strict=True)
    ]
    found = within_rounding(pd.Series(value), pd.Series(paper), pd.Series([decimals] * 1000))
    assert (found.to_numpy() == expected)[~half].all()
    assert 0.2 < np.mean(expected) < 0.8


def test_intervals_meet_what_rounds_to_the_number():
    low, high = pd.Series([58.0, 60.4, 60.6, np.nan]), pd.Series([59.4, 61.0, 61.0, np.nan])
    paper, decimals = pd.Series([60.0] * 4), pd.Series([0] * 4)
    assert may_cover(low, high, paper, decimals).tolist() == [False, True, False, False]


# Mistakes


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("value", "6O", "a number"),
        ("decimals", "x", "one digit"),
        ("measure", "kurtosys", "one of , models"),
        ("family", "robust", "robust_zero_shot"),
        ("unit", "percent", "one of , %"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path, column, cell, words):
    path = tmp_path / "tables.tsv"
    table = pd.read_csv(FOLDER / "tables.tsv", sep="\t", dtype=str, keep_default_na=False)
    table.loc[4, column] = cell
    table.to_csv(path, sep="\t", index=False)
    with pytest.raises(InputError, match=rf"tables.tsv, row 6, column {column}.*{cell}") as error:
        read_numbers([path], MEASURES)
    assert words in str(error.value)


def test_other_columns_and_repeated_numbers_are_refused(tmp_path):
    path = tmp_path / "tables.tsv"
    table = pd.read_csv(FOLDER / "tables.tsv", sep="\t", dtype=str, keep_default_na=False)
    table.drop(columns="doubt").to_csv(path, sep="\t", index=False)
    with pytest.raises(InputError, match="found columns .* expected .*doubt"):
        read_numbers([path], MEASURES)
    pd.concat([table, table.iloc[:1]]).to_csv(path, sep="\t", index=False)
    with pytest.raises(InputError, match="row 204, column quantity.*once"):
        read_numbers([path], MEASURES)

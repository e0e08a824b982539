"""Reference ranges: those of the paper are its numbers, those of the miniature are committed."""

from pathlib import Path

import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import model
from workflow_scripts.cards.indicators import INDICATORS
from workflow_scripts.cards.references import COLUMNS, of_miniature, of_paper, ranges
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.job.errors import InputError
from workflow_scripts.plan.exhibits.card import MINIATURE
from workflow_scripts.plan.exhibits.tables import PAPER

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def paper():
    found = of_paper([str(ROOT / file) for file in PAPER.values()])
    return found.set_index(["indicator", "group", "place"])


@pytest.mark.parametrize(
    ("row", "low", "high", "models"),
    [
        # Read off the paper's tables by hand
        (("kurtosis", "Robust zero-shot CoCa", "Table 4"), 12.0, 15.5, 2),
        (("concepts", "Finetuned CoCa", "Table 5"), 530, 629, 2),
        (("effective_robustness", "Robust zero-shot CoCa", "Table 3"), 0.24, 0.34, 2),
        (("accuracy", "Robust zero-shot CLIP", "Table 1"), 0.32, 0.79, 16),
        (("accuracy", "Non-robust zero-shot CLIP", "Table 1"), 0.25, 0.28, 3),
        (("kurtosis", "An isotropic Gaussian", "Section 4"), 3, 3, 0),
    ],
)
def test_the_paper_s_ranges(paper, row, low, high, models):
    found = paper.loc[row]
    assert found[["low", "high", "models"]].tolist() == [low, high, models]
    assert found["source"] == "paper"


def test_doubtful_numbers_are_no_reference(paper):
    # Table 4 prints -3.6 and 46 for the finetuned CoCas.
    assert "Finetuned CoCa" not in paper.loc["kurtosis"].index.get_level_values("group")


def test_the_committed_ranges_of_the_miniature():
    table = of_miniature(str(ROOT / MINIATURE))
    assert set(table["indicator"]) == set(INDICATORS)
    assert set(table["source"]) == {"miniature"}
    assert (table["low"] <= table["high"]).all()
    assert (table.groupby("indicator")["models"].sum() == 16).all()
    kurtosis = table[table["indicator"] == "kurtosis"].set_index("family")
    assert kurtosis.loc["robust_zero_shot", "low"] > kurtosis.loc["finetuned", "high"]


@pytest.mark.parametrize(("column", "value"), [("indicator", "kurtosi"), ("family", "supervisd")])
def test_an_unknown_name_is_refused(column, value, tmp_path):
    row = {"indicator": "kurtosis", "family": "supervised", "models": 1, "low": 1, "high": 2}
    write_csv(tmp_path / "own.csv", pd.DataFrame([row, row | {column: value}]))
    with pytest.raises(InputError, match=f"row 3, column {column}: found '{value}', expected one"):
        of_miniature(str(tmp_path / "own.csv"))


def test_ranges_are_the_ends_of_each_family():
    models = [model(name, family, "ViT", "Web") for name, family in (
        ("a", "finetuned"), ("b", "supervised"), ("c", "finetuned"), ("d", "supervised"),
        ("e", "baseline"), ("f", "rectified"),
    )]  # fmt: skip
    values = pd.DataFrame({"value": [3.0, 9, 5, 2, 1, None]}, index=list("abcdef"))
    found = ranges({"kurtosis": values}, models)
    assert found.columns.tolist() == list(COLUMNS)
    assert found.to_numpy().tolist() == [
        ["kurtosis", "finetuned", 2, 3, 5], ["kurtosis", "supervised", 2, 2, 9]
    ]  # fmt: skip

"""Tables 3 to 5 have the CoCas of a study, and say so if there is none."""

import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, model
from workflow_scripts.tables import tables_3_to_5

MODELS = [
    model("clip", "robust_zero_shot", "ViT-mini", "W"),
    model("coca", "robust_zero_shot", "CoCa-ViT-mini", "W"),
    model("coca_ft", "finetuned", "CoCa-ViT-mini", "W"),
]
CELLS = {
    "table_3": "30.0 % (20.0 to 900.0) at 80.0 %",
    "table_4": "8.0 (0.20 to 9.00)",
    "table_5": "12",
}
VALUES = {"effective_robustness": 0.3, "kurtosis": 8.0, "low": 0.2, "high": 9.0, "accuracy": 0.8}
COUNTS = {"concepts": 12, "chance": 1.5, "draws_low": 11, "draws_high": 14}
CONCEPTS = {"dataset": "broden", "threshold": 0.9}


def make(folder, models=MODELS, concepts=CONCEPTS, no_line="", **values):
    """The table and the Markdown of each, by name."""
    names = pd.DataFrame({"model": [row["model"] for row in MODELS], "dataset": "imagenet"})
    names.assign(**{**VALUES, **values}).to_csv(folder / "in.csv", index=False)
    counts = names.assign(threshold=0.9, sign="convention", **COUNTS)
    counts.to_csv(folder / "counts.csv", index=False)
    inputs = {"robustness": folder / "in.csv", "kurtosis": folder / "in.csv"}
    if concepts:
        inputs["concepts"] = folder / "counts.csv"
    made = list(CELLS)[: len(inputs)]
    outputs = [folder / f"{name}.{ending}" for name in made for ending in ("csv", "md")]
    tables_3_to_5.main(
        inputs, outputs, study=STUDY, models=models, test="imagenet", confidence=0.95,
        line_through="pool", no_line=no_line, concepts=concepts,
    )  # fmt: skip
    return {
        name: (pd.read_csv(folder / f"{name}.csv"), (folder / f"{name}.md").read_text())
        for name in made
    }


def test_each_has_the_cocas_alone(tmp_path):
    for name, (table, markdown) in make(tmp_path).items():
        assert table["model"].tolist() == ["coca", "coca_ft"]
        assert table["kind"].tolist() == ["Zero-shot", "Finetuned"]
        assert markdown.startswith(f"**Table {name[-1]}.")
        assert f"| CoCa-ViT-mini | {CELLS[name]} | {CELLS[name]} |" in markdown


def test_what_a_backbone_lacks_is_marked(tmp_path):
    for name, (_, markdown) in make(tmp_path, MODELS[:2]).items():
        assert f"| {CELLS[name]} | N.A. |" in markdown


def test_a_study_without_such_models_says_so(tmp_path):
    for table, markdown in make(tmp_path, MODELS[:1]).values():
        assert table.empty and "Study `tiny`. It has no such model." in markdown


def test_a_study_without_concepts_has_two_of_them(tmp_path):
    assert list(make(tmp_path, concepts=None)) == ["table_3", "table_4"]


@pytest.mark.parametrize("name", ["table_3", "table_4"])
def test_values_that_are_not_defined(tmp_path, name):
    made = make(tmp_path, no_line="no shifts", effective_robustness=None, kurtosis=None)
    assert "| CoCa-ViT-mini | undefined" in made[name][1]
    assert "nan" not in made[name][1]
    assert ("No shifts." in made[name][1]) == (name == "table_3")

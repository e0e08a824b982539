"""Tables 1 and 2 have the accuracies in percent, in the paper's layout."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, estimates, ids_of, model, pool
from tests.unit.tables.cells import cells, sections, words
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import without_baselines
from workflow_scripts.tables import tables_1_and_2

ACCURACY = ("accuracy", "low", "high")
SHIFTS = ("shift_accuracy", "shift_accuracy_low", "shift_accuracy_high")
FEW = ["Backbone", "Pretraining data", "Zero-shot CLIP", "Finetuned CLIP", "ImageNet supervised"]
TITLES = [*FEW, "ImageNet supervised, rectified"]  # the last only where there is such a model
KINDS = {"finetuned": 3, "supervised": 4, "rectified": 5}  # the others are zero-shot
COLUMNS = {1: ACCURACY, 2: SHIFTS}
# A line of the tables: the labels, and the models in its columns
LAYOUT = [
    ("RN-mini", "Web-large", "rn-web-large", "rn-web-large-ft", "rn-supervised", "rn-rectified"),
    ("", "Web-small", "rn-web-small", "rn-web-small-ft", "", ""),
    ("", "ImageNet-Captions-t", "rn-captions-t", None, "", ""),
    ("", "ImageNet-Captions-td", "rn-captions-td", None, "", ""),
    ("", "ImageNet-Captions-tdt", "rn-captions-tdt", None, "", ""),
    ("ViT-mini", "Web-large", "vit-web-large", "vit-web-large-ft", "vit-supervised", None),
    ("", "Web-small", "vit-web-small", "vit-web-small-ft", "", ""),
]


@pytest.fixture
def inputs(tmp_path):
    """Accuracies that all differ, with another data set's; the two tables."""
    both = pd.concat([ids_of(pool()).assign(dataset=name) for name in ("other", "imagenet")])
    accuracy = estimates(both.reset_index(drop=True), ACCURACY)
    robustness = estimates(ids_of(pool()), SHIFTS, ACCURACY)
    accuracy.to_csv(tmp_path / "accuracy.csv", index=False)
    robustness.to_csv(tmp_path / "robustness.csv", index=False)
    chosen = accuracy[accuracy["dataset"] == "imagenet"]
    return {1: chosen.set_index("model"), 2: robustness.set_index("model")}


@pytest.fixture
def make(inputs, tmp_path):
    def run(number, models=None, shifts=("v2", "sketch")):
        made = [tmp_path / f"table_{number}.{ending}" for ending in ("csv", "md")]
        settings = {"test": "imagenet", "shifts": list(shifts), "confidence": 0.9, "study": STUDY}
        table = tmp_path / {1: "accuracy.csv", 2: "robustness.csv"}[number]
        tables_1_and_2.main(table, *made, number=number, models=models or pool(), **settings)
        return made

    return run


def cell(table, name, columns):
    """The cell of a model; one that is not there is None, an empty cell has the name ""."""
    if not name:
        return "N.A." if name is None else ""
    value, low, high = 100 * table.loc[name, list(columns)].astype(float)
    return f"{value:.1f} % ({low:.1f}–{high:.1f})"


@pytest.mark.parametrize(("number", "columns"), COLUMNS.items())
def test_cells(make, inputs, number, columns):
    expected = [
        [*line[:2], *(cell(inputs[number], name, columns) for name in line[2:])] for line in LAYOUT
    ]
    assert cells(make(number)[1]) == [TITLES, *expected]


@pytest.mark.parametrize(("number", "columns"), COLUMNS.items())
def test_csv_has_a_row_a_model_in_percent(make, inputs, number, columns):
    table = pd.read_csv(make(number)[0])
    names = ["backbone", "pretraining", "column", "model", "percent", "low", "high"]
    assert list(table) == names
    own = without_baselines(pool())
    assert table["model"].tolist() == [row["model"] for row in own]
    expected = 100 * inputs[number].loc[table["model"], list(columns)]
    np.testing.assert_allclose(table[["percent", "low", "high"]], expected)
    kinds = dict(zip(table["model"], table["column"], strict=True))
    assert kinds == {row["model"]: TITLES[KINDS.get(row["family"], 2)] for row in own}


def test_models_of_the_same_labels_share_a_cell(make, inputs, tmp_path):
    again = model("baseline-0", "robust_zero_shot", "RN-mini", "Web-large")  # it has rows
    others = [row for row in pool() if row["model"] != again["model"]]
    both = [cell(inputs[1], name, ACCURACY) for name in ("rn-web-large", "baseline-0")]
    assert cells(make(1, [*others, again])[1])[1][2] == "; ".join(both)


@pytest.mark.parametrize(("number", "columns"), COLUMNS.items())
def test_a_finetuning_has_a_line_of_its_own(make, inputs, number, columns):
    again = model("baseline-0", "finetuned", "RN-mini", "Web-large") | {"finetuning": "slowly"}
    csv, md = make(number, [*(row for row in pool() if row["model"] != "baseline-0"), again])
    (line,) = [line for line in cells(md) if line[1] == "Web-large, slowly"]
    assert line == ["", line[1], "N.A.", cell(inputs[number], "baseline-0", columns), "", ""]
    assert pd.read_csv(csv).set_index("model").loc["baseline-0", "pretraining"] == line[1]


@pytest.mark.parametrize("number", COLUMNS)
def test_a_backbone_without_a_supervised_model(make, number):
    without = [row for row in pool() if row["model"] not in ("vit-supervised", "rn-rectified")]
    table = cells(make(number, without)[1])
    assert table[0] == FEW and [line[4] for line in table[6:]] == ["N.A.", ""]


@pytest.mark.parametrize(("number", "columns"), COLUMNS.items())
def test_a_backbone_with_a_supervised_model_alone(make, inputs, number, columns):
    alone = [row for row in pool() if row["model"] == "vit-supervised"]
    row = ["ViT-mini", "", "N.A.", "N.A.", cell(inputs[number], "vit-supervised", columns)]
    assert cells(make(number, alone)[1]) == [FEW, row]


@pytest.mark.parametrize(("number", "columns"), COLUMNS.items())
def test_what_came_before_the_labels_has_a_line_of_its_own(make, inputs, number, columns):
    """A network that was trained without labels first, as DINO's was, beside another one."""
    dino = model("baseline-0", "rectified", "RN-mini", "DINO")
    labels = [row for row in pool() if row["model"] == "rn-rectified"]
    own, other = (cell(inputs[number], name, columns) for name in ("baseline-0", "rn-rectified"))
    lines = cells(make(number, [dino, *labels])[1])[1:]
    absent = ["N.A."] * 2
    assert lines == [
        ["RN-mini", "", *absent, "N.A.", other],
        ["", "DINO", *absent, "", own],
    ]
    (line,) = cells(make(number, [dino])[1])[1:]
    assert line == ["RN-mini", "DINO", *absent, "N.A.", own]
    clips = [row for row in pool() if row["backbone"] == "RN-mini" and row["family"] != "baseline"]
    lines = cells(make(number, [*clips, dino])[1])[1:]
    assert [line[-1] for line in lines] == [other, *[""] * 4, own]
    assert lines[-1] == ["", "DINO", *absent, "", own]


def test_values_that_are_not_defined(make, tmp_path):
    table = pd.read_csv(tmp_path / "robustness.csv")
    table.assign(**dict.fromkeys(SHIFTS)).to_csv(tmp_path / "robustness.csv", index=False)
    csv, md = make(2)
    assert pd.read_csv(csv)["percent"].isna().all()
    assert cells(md)[1][2:] == ["undefined"] * 4


@pytest.mark.parametrize("number", COLUMNS)
def test_a_study_of_baselines_has_words_alone(make, number):
    baselines = [row for row in pool() if row["family"] == "baseline"]
    assert sections(make(number, baselines)[1]) == []


def test_words_above(make):
    first, second = (words(make(number)[1]) for number in COLUMNS)
    assert first.startswith(
        "**Table 1. Accuracy on the test set.** Top-1 accuracy on ImageNet (`im"
    )
    assert second.startswith("**Table 2. Accuracy averaged over the distribution shifts.** Mean of")
    assert "accuracies on `v2`, `sketch`, each data set counting the same." in second
    for text in (first, second):
        assert texts.pool_sentence(STUDY, without_baselines(pool())) in text
        assert "Intervals: 90 %" in text and "N.A.: the study has no such model." in text


@pytest.mark.parametrize("number", COLUMNS)
def test_a_model_without_a_row_is_named(make, number):
    absent = model("rn-new", "supervised", "RN-mini", None)
    with pytest.raises(InputError, match=r"found 0 rows of model 'rn-new'.*expected exactly one"):
        make(number, [*pool(), absent])

"""Tables 3 to 5 have the CoCas of a study, and say so if there is none."""

import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, estimates, ids_of, model
from tests.unit.tables.cells import cells, sections, words
from workflow_scripts.tables import tables_3_to_5

MODELS = [
    model("clip", "robust_zero_shot", "ViT-mini", "W"),
    model("coca", "robust_zero_shot", "coca_ViT-mini", "W"),
    model("coca_ft", "finetuned", "coca_ViT-mini", "W"),
    model("coca_sup", "supervised", "coca_ViT-mini", None),
    model("coca_large", "robust_zero_shot", "CoCa-ViT-large", "W"),
    model("coca_large_ft", "finetuned", "CoCa-ViT-large", "W"),
]
SHOWN = ["coca", "coca_ft", "coca_large", "coca_large_ft"]
KURTOSIS = ("kurtosis", "low", "high")
ROBUSTNESS = ("effective_robustness", "low", "high")
COUNTS = ["concepts", "chance", "draws_low", "draws_high"]
CONCEPTS = {"dataset": "broden", "threshold": 0.85}
MEASURES = {"table_3": "robustness", "table_4": "kurtosis", "table_5": "concepts"}


@pytest.fixture
def inputs(tmp_path):
    """The three tables, no number twice, with other data sets, thresholds and signs."""
    accuracy = ("accuracy", "accuracy_low", "accuracy_high")
    robustness = estimates(ids_of(MODELS), ROBUSTNESS, accuracy, low=-0.2)
    both = [ids_of(MODELS).assign(dataset=name) for name in ("other", "imagenet")]
    kurtosis = estimates(pd.concat(both, ignore_index=True), KURTOSIS, low=3, high=60)
    keys = [
        ids_of(MODELS).assign(threshold=threshold, sign=sign)
        for threshold in (0.85, 0.9)
        for sign in ("either", "convention")
    ]
    counts = pd.concat(keys, ignore_index=True)
    for number, name in enumerate(COUNTS):
        counts[name] = counts.index + 100 * number + 1
    return {"robustness": robustness, "kurtosis": kurtosis, "concepts": counts}


@pytest.fixture
def make(inputs, tmp_path):
    def run(name, models=MODELS, **changes):
        measure = MEASURES[name]
        inputs[measure].to_csv(tmp_path / "measure.csv", index=False)
        made = [tmp_path / f"{name}.{ending}" for ending in ("csv", "md")]
        settings = {"confidence": 0.9, "line_through": "pool", "no_line": "", **changes}
        tables_3_to_5.main(
            {measure: tmp_path / "measure.csv"}, *made, study=STUDY, models=models, test="imagenet",
            concepts=CONCEPTS if name == "table_5" else None, **settings,
        )  # fmt: skip
        return made

    return run


@pytest.fixture
def expected(inputs):
    """The cells of each table by model, from its rows."""
    kurtosis, counts = inputs["kurtosis"], inputs["concepts"]
    kurtosis = kurtosis[kurtosis["dataset"] == "imagenet"]
    counts = counts[(counts["threshold"] == 0.85) & (counts["sign"] == "convention")]
    robustness = [
        f"{100 * row.effective_robustness:.1f} % ({100 * row.low:.1f} to {100 * row.high:.1f})"
        f" at {100 * row.accuracy:.1f} %".replace("-", "−")
        for row in inputs["robustness"].itertuples()
    ]
    spread = [f"{row.kurtosis:.1f} ({row.low:.2f} to {row.high:.2f})"
              for row in kurtosis.itertuples()]  # fmt: skip
    columns = (robustness, spread, counts["concepts"].astype(str))
    ids = ids_of(MODELS)["model"]
    return {
        name: dict(zip(ids, column, strict=True))
        for name, column in zip(MEASURES, columns, strict=True)
    }


@pytest.mark.parametrize("name", MEASURES)
def test_cells_are_those_of_the_cocas(make, expected, name):
    own = expected[name]
    assert cells(make(name)[1]) == [
        ["Backbone", "CoCa Zero-shot", "CoCa Finetuned"],
        ["coca_ViT-mini", own["coca"], own["coca_ft"]],
        ["CoCa-ViT-large", own["coca_large"], own["coca_large_ft"]],
    ]


@pytest.mark.parametrize("name", MEASURES)
def test_csv_has_a_row_a_coca(make, inputs, name):
    table = pd.read_csv(make(name)[0])
    assert table["model"].tolist() == SHOWN
    assert table["kind"].tolist() == ["Zero-shot", "Finetuned"] * 2
    source, columns = {
        "table_3": (inputs["robustness"], [*ROBUSTNESS, "accuracy"]),
        "table_4": (inputs["kurtosis"].query("dataset == 'imagenet'"), [*KURTOSIS]),
        "table_5": (inputs["concepts"].query("threshold < 0.9 and sign == 'convention'"), COUNTS),
    }[name]
    rows = source.set_index("model").loc[SHOWN, columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(table[columns], rows, check_dtype=False)


def test_words_above(make):
    made = {name: words(make(name, line_through="testbed")[1]) for name in MEASURES}
    for name, text in made.items():
        assert text.startswith(f"**Table {name[-1]}. ") and "Study `tiny`." in text
        assert ("Intervals: 90 %" in text) == (name != "table_5")
        assert ("accuracies of the ImageNet testbed" in text) == (name == "table_3")
        assert "It has no such model." not in text
    assert "averaged over the images of `imagenet`" in made["table_4"]
    assert "concepts of `broden` with an average precision of at least 0.85" in made["table_5"]


@pytest.mark.parametrize("name", MEASURES)
def test_what_a_backbone_lacks_is_marked(make, expected, name):
    row = ["coca_ViT-mini", expected[name]["coca"], "N.A."]
    assert cells(make(name, MODELS[:2])[1])[1:] == [row]


@pytest.mark.parametrize("name", MEASURES)
def test_a_study_without_such_models_says_so(make, name):
    csv, md = make(name, MODELS[:1])
    assert pd.read_csv(csv).empty and sections(md) == []
    assert "Study `tiny`. It has no such model." in words(md)


def test_values_that_are_not_defined(make, inputs):
    inputs["robustness"][[*ROBUSTNESS]] = float("nan")
    inputs["kurtosis"][[*KURTOSIS]] = float("nan")
    accuracy = inputs["robustness"].set_index("model")["accuracy"]
    first = cells(make("table_3")[1])[1][1:]
    assert first == [f"undefined at {100 * accuracy[name]:.1f} %" for name in ("coca", "coca_ft")]
    assert cells(make("table_4")[1])[1][1:] == ["undefined"] * 2

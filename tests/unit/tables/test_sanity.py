"""The table of accuracies beside published ones says which do not fit, and why."""

import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, model
from tests.unit.tables.cells import cells, words
from workflow_scripts.tables import sanity

TITLES = ["Model", "Data set", "Images", "Accuracy (%)", "Published (%)", "Of", "Chance (%)",
          "Verdict"]  # fmt: skip
BELOW = {
    "model": "a", "dataset": "imagenet", "images": 50000, "classes": 1000, "correct": 17955,
    "accuracy": 0.3591, "low": 0.3549, "high": 0.3633, "chance": 0.001, "published": 0.3647,
    "published_as": "open_clip RN50-quickgelu cc12m", "verdict": "below what is published",
    "cause": "activation function: it is what RN50 has",
}  # fmt: skip
FITS = BELOW | {
    "model": "b", "dataset": "v2", "images": 10000, "accuracy": 0.71236, "low": 0.7034,
    "high": 0.7212, "published": 0.7108, "published_as": "timm b", "verdict": "as published",
    "cause": None,
}  # fmt: skip
CHANCE = FITS | {
    "model": "c", "images": 40, "accuracy": 0.675, "low": 0.5087, "high": 0.8143, "chance": 0.25,
    "published": None, "published_as": None, "verdict": "above chance",
}  # fmt: skip
MODELS = [model("a", "supervised", "RN", None), model("b", "baseline", "RN", None)]


@pytest.fixture
def make(tmp_path):
    def run(*rows):
        paths = [tmp_path / name for name in ("in.csv", "sanity.csv", "sanity.md")]
        pd.DataFrame(rows, columns=list(BELOW)).to_csv(paths[0], index=False)
        settings = {"study": STUDY, "models": MODELS, "test": "photographs", "confidence": 0.9}
        sanity.main(*paths, **settings)
        return paths[1:]

    return run


def test_cells(make):
    assert cells(make(BELOW, CHANCE, FITS)[1]) == [
        TITLES,
        ["`a`", "`imagenet`", "50000", "35.91 (35.49 to 36.33)", "36.47", BELOW["published_as"],
         "0.10", f"**{BELOW['verdict']}**: {BELOW['cause']}"],
        ["`c`", "`v2`", "40", "67.50 (50.87 to 81.43)", "", "", "25.00", "above chance"],
        ["`b`", "`v2`", "10000", "71.24 (70.34 to 72.12)", "71.08", "timm b", "0.10",
         "as published"],
    ]  # fmt: skip


def test_csv_has_what_the_measure_has(make):
    table = pd.read_csv(make(BELOW, CHANCE)[0], keep_default_na=False)
    for column in ("model", "dataset", "published_as", "verdict", "cause"):
        assert table[column].tolist() == [BELOW[column], CHANCE[column] or ""]
    for column in ("images", "accuracy", "low", "high", "chance"):
        assert table[column].tolist() == [BELOW[column], CHANCE[column]]


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ([BELOW, FITS, CHANCE], "2 of 3 accuracies have a published one beside them; 1 is not as"),
        ([BELOW, BELOW], "2 of 2 accuracies have a published one beside them; 2 are not as it"),
        ([CHANCE], "0 of 1 accuracies have a published one beside them; 0 are not as it should be"),
        ([], "Nothing is known of any accuracy: the images have no labels."),
    ],
)
def test_words_above(make, rows, counts):
    text = words(make(*rows)[1])
    assert text.startswith(f"**Accuracies beside published ones.** {counts}")
    assert "Intervals: 90 %, binomial" in text and "accuracy on `photographs`" in text
    assert "Study `tiny`. Models: 1. Supervised (1): `a`." in text


def test_without_labels_there_is_no_table(make):
    assert "|" not in make()[1].read_text(encoding="utf-8")

"""The table of the Wise-FT paths has the rank correlation of each indicator, pair by pair."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import PAIRS, STUDY, estimates
from tests.unit.tables.cells import cells, sections, words
from workflow_scripts.tables import table_wise_ft

COLUMNS = {
    "Kurtosis, ImageNet": ("kurtosis", "imagenet"),
    "Kurtosis, shifts": ("kurtosis", "shifts"),
    "Unique concepts": ("concepts", "imagenet"),
    "Importance ratio": ("importance_ratio", "imagenet"),
}


@pytest.fixture
def tracks():
    """Correlations of every pair, no number twice; one is undefined, one is not there."""
    keys = [
        (pair["model"], pair["zero_shot"], *column)
        for pair, column in itertools.product(PAIRS[::-1], list(COLUMNS.values())[::-1])
    ]
    frame = pd.DataFrame(keys, columns=["model", "zero_shot", "quantity", "dataset"])
    table = estimates(frame.assign(points=11), ("spearman", "low", "high"), low=-1)
    table = table[[*table_wise_ft.COLUMNS]]
    last = table["model"] == PAIRS[3]["model"]
    table.loc[last & (table["dataset"] == "shifts"), ["spearman", "low", "high"]] = np.nan
    return table[~(last & (table["quantity"] == "concepts"))].reset_index(drop=True)


@pytest.fixture
def make(tracks, tmp_path):
    def run(models=PAIRS, **changes):
        paths = [tmp_path / name for name in ("tracks.csv", "table.csv", "table.md")]
        tracks.to_csv(paths[0], index=False)
        settings = {"test": "imagenet", "confidence": 0.9, "line_through": "pool", "no_line": ""}
        table_wise_ft.main(*paths, study=STUDY, models=models, **settings | changes)
        return paths[1:]

    return run


def cell(tracks, model, quantity, dataset):
    rows = tracks[(tracks["model"] == model) & (tracks["quantity"] == quantity)]
    rows = rows.set_index("dataset")
    if dataset not in rows.index:
        return "N.A."
    value, low, high = rows.loc[dataset, ["spearman", "low", "high"]].astype(float)
    text = f"{value:.2f} ({low:.2f} to {high:.2f})".replace("-", "−")
    return "undefined" if np.isnan(value) else text


def test_cells(make, tracks):
    expected = [
        [pair["backbone"], pair["pretraining"]]
        + [cell(tracks, pair["model"], *column) for column in COLUMNS.values()]
        for pair in PAIRS
    ]
    assert cells(make()[1]) == [["Backbone", "Pretraining data", *COLUMNS], *expected]
    assert expected[3][3:5] == ["undefined", "N.A."]
    assert sum("−" in text for line in expected for text in line) > 3


def test_csv_is_the_measures_table(make, tracks):
    pd.testing.assert_frame_equal(pd.read_csv(make()[0]), tracks)


def test_words_above(make):
    text = words(make(line_through="testbed", left_out=["other"])[1])
    assert text.startswith("**Do the indicators track effective robustness along the Wise-FT path")
    assert "paths?** Spearman rank correlation of each indicator" in text
    assert "Study `tiny`. Left out" in text and " `other`. The line of effective" in text
    assert "Intervals: 90 %" in text and "with zero-shot ones: `other`." in text
    assert "ImageNet testbed" in text


def test_a_study_without_pairs_says_so(make):
    md = make([])[1]
    assert sections(md) == [] and "It has no finetuned model beside its parent." in words(md)

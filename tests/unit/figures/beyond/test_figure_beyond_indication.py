"""The figure of indicators: every model at its place in each panel, the numbers beside it."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import FILES, STUDY, pool
from workflow_scripts.figures.beyond import figure_beyond_indication as script
from workflow_scripts.reporting.families import FAMILIES, without_baselines
from workflow_scripts.reporting.indication import CHANCE, COLUMNS, GROUPS, INDICATORS, ROBUST

MODELS = without_baselines(pool())
SHOWN = [name for name in INDICATORS if name != "concepts"]


@pytest.fixture
def points():
    """A value of its own for each model and indicator but one, of which there is none."""
    labels = pd.DataFrame(MODELS)[["model", "family", "backbone"]]
    every = [labels.assign(indicator=name) for name in SHOWN]
    table = pd.concat(every, ignore_index=True)
    table["value"] = np.random.default_rng(0).permutation(np.linspace(2, 9, len(table)))
    robustness = dict(zip(labels["model"], np.linspace(0, 0.6, len(labels)), strict=True))
    table["effective_robustness"] = table["model"].map(robustness)
    for name in ("value", "effective_robustness"):
        ends = ("low", "high") if name == "value" else (f"{name}_low", f"{name}_high")
        table[ends[0]], table[ends[1]] = table[name] - 0.01, table[name] + 0.02
    return table


@pytest.fixture
def associations():
    keys = itertools.product(INDICATORS, GROUPS, CHANCE)
    table = pd.DataFrame(keys, columns=["indicator", "group", "statistic"])
    table["value"] = np.arange(len(table)) / 100
    table = table.assign(
        low=table["value"] - 0.3, high=table["value"] + 0.3,
        undefined=0, models=14, robust=4, blocks=1, reason="",
    )  # fmt: skip
    none = table["indicator"] == "concepts"
    table.loc[none, ["value", "low", "high"]] = np.nan
    table.loc[none, "reason"] = "no concepts here"
    return table[[*COLUMNS]]


@pytest.fixture
def only(saved, points, associations, tmp_path):
    paths = [tmp_path / "points.csv", tmp_path / "associations.csv"]
    for path, table in zip(paths, (points, associations), strict=True):
        table.to_csv(path, index=False)
    settings = {"confidence": 0.9, "line_through": "pool", "no_line": ""}
    return saved(script, *paths, FILES, study=STUDY, models=MODELS, **settings)[0]


def test_points_stand_where_the_table_says(only, points):
    for ax, indicator in zip(only.figure.axes, INDICATORS, strict=True):
        own = points[points["indicator"] == indicator]
        drawn = {
            (to_hex(line.get_color()).upper(), *xy)
            for line in ax.lines
            if line.get_linestyle() == "None"
            for xy in line.get_xydata().tolist()
        }
        columns = own[["family", "value", "effective_robustness"]]
        expected = {(FAMILIES[family].colour, x, y) for family, x, y in columns.to_numpy()}
        assert drawn == expected


def test_numbers_guide_and_names(only):
    axes = dict(zip(INDICATORS, only.figure.axes, strict=True))
    text = axes["kurtosis"].texts[0].get_text()
    assert text == "rank correlation 0.00 (−0.30 to 0.30)\nROC area 0.01 (−0.29 to 0.31)"
    assert axes["concepts"].texts[0].get_text() == "Unique concepts:\nno concepts here"
    for name in SHOWN:
        assert axes[name].get_xlabel() == INDICATORS[name]
        (guide,) = [line for line in axes[name].lines if line.get_linestyle() == "--"]
        assert set(guide.get_ydata()) == {ROBUST}
    assert artists.labels(only.figure)[-1] == "Robust above 0.1"


def test_the_caption_says_that_it_is_not_the_papers(only):
    assert "Not a figure of the paper." in only.caption and "`rn-rectified`" in only.caption
    assert "Intervals: 90 % by bootstrap over the models, not the images." in only.caption


@pytest.mark.parametrize("ends", [(2.8, 30), (2.9, 4.6), (3.1, 3.2), (3.1, 3.1), (0.2, 0.4)])
def test_logarithmic_axes_have_ticks(ends):
    ticks = script.nice_ticks(*ends)
    assert ticks and len(set(ticks)) == len(ticks) and all(tick > 0 for tick in ticks)

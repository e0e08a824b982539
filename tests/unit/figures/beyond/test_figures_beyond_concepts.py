"""Concepts in other sets: the bars of each, and effective robustness over concepts."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import DISPLAYED, FILES, STUDY, pool, rows_of
from workflow_scripts.figures.beyond import figure_beyond_concept_robustness as robustness_figure
from workflow_scripts.figures.beyond import figure_beyond_concept_sets as sets_figure
from workflow_scripts.reporting.families import LOOKS, look_of, without_baselines

MODELS = without_baselines(pool())
SETS = [{"dataset": "broden", "title": "Broden"}, {"dataset": "words", "title": "WordNet"}]
NUMBERS = ["concepts", "draws_low", "draws_high", "chance", "above_chance", "polysemanticity",
           "effective_robustness"]  # fmt: skip
SETTINGS = {"study": STUDY, "models": pool(), "sets": SETS, "threshold": 0.9}


@pytest.fixture
def measured(tmp_path):
    rows = [
        {"concept_set": each["dataset"], "model": model["model"], "family": model["family"]}
        for each in SETS
        for model in MODELS
    ]
    numbers = np.random.default_rng(2).permutation(len(rows) * len(NUMBERS)) + 3.0
    table = pd.DataFrame(rows).assign(probed=67, directions=6)
    table[NUMBERS] = numbers.reshape(len(rows), -1)
    table.to_csv(tmp_path / "models.csv", index=False)
    return table


def of_set(table, name):
    return table[table["concept_set"] == name]


@pytest.fixture
def bars(saved, measured, tmp_path):
    first, other = "finetuned 3.0 > supervised 2.0", "supervised 3.0 > finetuned 2.0"
    orders = pd.DataFrame(
        [("broden", first, True, 1.0), ("words", other, False, 0.25)],
        columns=["concept_set", "order", "as_first", "share_as_first"],
    ).assign(quantity="above_chance")
    orders.to_csv(tmp_path / "orders.csv", index=False)
    paths = (tmp_path / "models.csv", tmp_path / "orders.csv", FILES)
    (only,) = saved(sets_figure, *paths, **SETTINGS)
    return only


def test_bars_are_the_counts_of_each_set_with_the_range_over_draws(bars, measured):
    figure = bars.figure
    assert len(figure.axes) == len(SETS)
    for ax, each in zip(figure.axes, SETS, strict=True):
        columns = ("concepts", "draws_low", "draws_high")
        own = of_set(measured, each["dataset"])
        expected = artists.expected_bars(rows_of(pool(), *DISPLAYED), own, *columns)
        artists.same(artists.bars(figure, ax), expected)
        assert ax.get_title(loc="left") == f"{each['title']}, 67 concepts"


def test_the_caption_tells_the_orders_and_that_it_is_not_the_papers(bars):
    assert "Not a figure of the paper" in bars.caption
    assert "broden has Finetuned CLIP 3.0 > Supervised 2.0" in bars.caption
    other = "words has another one, Supervised 3.0 > Finetuned CLIP 2.0"
    assert f"{other} (as broden in 25 % of the resamples" in bars.caption


@pytest.fixture
def scatter(saved, measured, tmp_path):
    rows = [
        (each["dataset"], quantity, group, value, value - 0.1, value + 0.1)
        for each, offset in zip(SETS, (0.0, 0.4), strict=True)
        for quantity in ("concepts", "above_chance", "polysemanticity")
        for group, value in (("all", 0.3 + offset), ("clips", -0.2 + offset))
    ]
    columns = ["concept_set", "quantity", "group", "value", "low", "high"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "robustness.csv", index=False)
    paths = (tmp_path / "models.csv", tmp_path / "robustness.csv", FILES)
    (only,) = saved(robustness_figure, *paths, **SETTINGS, confidence=0.95)
    return only


def test_each_model_is_a_point_in_its_familys_look(scatter, measured):
    quantities = ["polysemanticity"] * 2 + ["above_chance"] * 2
    for ax, quantity, each in zip(scatter.figure.axes, quantities, SETS * 2, strict=True):
        own = of_set(measured, each["dataset"])
        lines = [line for line in ax.lines if line.get_marker() not in ("None", "")]
        looks = own["model"].map({model["model"]: look_of(model).name for model in pool()})
        for line, look in zip(lines, LOOKS, strict=True):
            part = own[looks == look.name]
            assert line.get_xdata().tolist() == part[quantity].tolist()
            assert line.get_ydata().tolist() == part["effective_robustness"].tolist()
            assert (line.get_color(), line.get_marker()) == (look.colour, look.marker)


def test_each_panel_has_its_correlation(scatter):
    words = [ax.texts[0].get_text() for ax in scatter.figure.axes]
    first, second = "0.30 (0.20 to 0.40)", "0.70 (0.60 to 0.80)"
    assert words == [f"rank correlation {each}" for each in (first, second) * 2]
    assert "Broden −0.20 (−0.30 to −0.10); WordNet 0.20 (0.10 to 0.30)" in scatter.caption

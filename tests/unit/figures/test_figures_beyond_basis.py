"""The figures of bases, components, ablation and transplants: what they draw is in the tables."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Annotation

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import DISPLAYED, FILES, PAIRS, STUDY, estimates, pool
from workflow_scripts.figures.beyond import (
    figure_beyond_ablation,
    figure_beyond_basis,
    figure_beyond_outliers,
    figure_beyond_transplant,
)
from workflow_scripts.reporting.families import look_of, without_baselines

SHOWN = without_baselines(pool())
IDS = list(DISPLAYED)
TOLD = {"study": STUDY, "models": pool(), "dataset": "imagenet", "confidence": 0.9}
LINE = {"line_through": "pool", "no_line": ""}
COLOURS = {model["model"]: look_of(model).colour.lower() for model in SHOWN}


def frame(columns, *values):
    return pd.DataFrame(list(itertools.product(*values)), columns=columns)


@pytest.fixture
def write(tmp_path):
    def run(name, table):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        return str(tmp_path / f"{name}.csv")

    return run


def test_bases(saved, write):
    quantities = ["kurtosis", "kurtosis_random", "kurtosis_eigenbasis", "kurtosis_centred",
                  "mean_share"]  # fmt: skip
    table = frame(["model", "quantity"], IDS, quantities)
    table = estimates(table, ("value", "low", "high"), ("middle", "lowest", "highest"), low=1,
                      high=9)  # fmt: skip
    span = frame(["model", "toward", "angle"], IDS, ["second", "median"], [0, 90, 180])
    span["value"] = np.arange(len(span)) / 10
    paths = write("basis", table), write("span", span)
    page = saved(figure_beyond_basis, *paths, FILES, **TOLD)[0]
    above, mean, second, median = page.figure.axes
    own = table.set_index(["quantity", "model"])
    heights = [bar.height for bar in artists.bars(page.figure, above)]
    np.testing.assert_allclose(heights, own.loc["kurtosis"].loc[IDS, "value"])
    marks = [curve.y[0] for curve in artists.curves(above) if curve.style == "None"]
    expected = [own.loc[(name, model), "value"] for model in IDS for name in quantities[2:4]]
    np.testing.assert_allclose(sorted(marks), sorted(expected))
    places = {(curve.x[0], curve.y[0]) for curve in artists.curves(mean) if len(curve.x) == 1}
    assert places == {
        (own.loc[("mean_share", model), "value"], own.loc[("kurtosis", model), "value"])
        for model in IDS
    }
    for ax, toward in ((second, "second"), (median, "median")):
        for curve, model in zip(artists.curves(ax), SHOWN, strict=False):
            rows = span[(span["model"] == model["model"]) & (span["toward"] == toward)]
            assert curve.y == rows["value"].tolist()
            assert curve.colour == COLOURS[model["model"]]
    assert "which the paper does not have" in page.caption and "Appendix F" in page.caption


@pytest.fixture
def outlier_tables():
    outliers = frame(["model", "place"], IDS, range(1, 11))
    outliers = outliers.assign(state="model", dataset="imagenet", component=7, sign=-1)
    outliers["kurtosis"] = 3 / outliers["place"]
    places = [("dataset", "imagenet-r"), ("epoch", "1"), ("epoch", "2"), ("parent", "zero"),
              ("wise_ft", "0"), ("wise_ft", "0.5"), ("wise_ft", "1")]  # fmt: skip
    stability = frame(["model", "place", "leading"], IDS, places, [1, 5])
    stability["kind"], stability["elsewhere"] = zip(*stability.pop("place"), strict=True)
    stability["overlap"] = stability["leading"] / 10
    finetuned = [row["model"] for row in PAIRS]
    of_pair = stability["model"].isin(finetuned) | (stability["kind"] == "dataset")
    return outliers, stability[of_pair]


def test_outliers(saved, write, outlier_tables):
    paths = [write(name, table) for name, table in zip("os", outlier_tables, strict=True)]
    page = saved(figure_beyond_outliers, *paths, FILES, **TOLD)[0]
    above, datasets, epochs, path = page.figure.axes
    assert {bar.height for bar in artists.bars(page.figure, above)} == {3}
    names = [each.get_text() for each in above.texts if each.get_rotation() == 90]
    assert names == ["−7"] * len(SHOWN)
    assert {curve.y[0] for curve in artists.curves(datasets)} == {0.5}
    assert [each.get_text() for each in epochs.get_xticklabels()] == ["parent", "1", "2"]
    assert len(artists.curves(epochs)) == len(PAIRS)
    assert all(curve.x == [0, 1, 2] for curve in artists.curves(epochs))
    assert [curve.x for curve in artists.curves(path)] == [[0, 0.5, 1]] * len(PAIRS)


def test_without_epochs_and_paths_it_says_so(saved, write, outlier_tables):
    outliers, stability = outlier_tables
    alone = stability[stability["kind"] == "dataset"]
    page = saved(figure_beyond_outliers, write("o", outliers), write("s", alone), FILES, **TOLD)[0]
    said = [ax.texts[0].get_text() for ax in page.figure.axes[2:]]
    assert said == [figure_beyond_outliers.STEPS, figure_beyond_outliers.PATHS]


@pytest.mark.parametrize("no_line", ["", "this study has no distribution shifts"])
def test_ablation(saved, write, no_line):
    quantities = [("kurtosis", "imagenet"), ("accuracy", "imagenet"), ("accuracy", "shifts")]
    quantities += [] if no_line else [("effective_robustness", "shifts")]
    keys = ["model", "chosen_by", "replaced_by", "components", "quantity"]
    table = frame(
        keys, IDS, ["mean", "kurtosis", "random"], ["mean", "zero"], [2, 1, 0], quantities
    )
    table["quantity"], table["dataset"] = zip(*table["quantity"], strict=True)
    table["value"], table["change"] = np.arange(len(table)), -np.arange(len(table))
    path = write("ablation", table)
    page = saved(figure_beyond_ablation, path, FILES, **TOLD, **LINE | {"no_line": no_line})[0]
    shown = ["kurtosis", *([] if no_line else ["effective_robustness"]), "accuracy"]
    grid = itertools.product(["kurtosis", "mean", "random"], shown)
    for ax, (chosen_by, quantity) in zip(page.figure.axes, grid, strict=True):
        own = table[(table["chosen_by"] == chosen_by) & (table["quantity"] == quantity)]
        own = own[(own["dataset"] == "imagenet") | (quantity == "effective_robustness")]
        pairs = itertools.product(SHOWN, [("mean", "-"), ("zero", ":")])
        for curve, (model, (kind, line)) in zip(artists.curves(ax), pairs, strict=True):
            rows = own[(own["model"] == model["model"]) & (own["replaced_by"] == kind)]
            column = "value" if quantity == "kurtosis" else "change"
            assert curve.x == [0, 1, 2] and curve.y == rows[column].tolist()[::-1]
            assert (curve.colour, curve.style) == (COLOURS[model["model"]], line)


@pytest.mark.parametrize("name", ["effective_robustness", "accuracy"])
def test_transplants(saved, write, name):
    rows = [
        {"model": pair["model"], "zero_shot": pair["zero_shot"], "change": change, "reason": "",
         "images": 100, "predictions_changed": number, "kurtosis_before": 3.5 + number,
         "kurtosis_after": 5 + number, f"{name}_before": 0.1, f"{name}_after": 0.1}
        for number, (pair, change) in enumerate(itertools.product(PAIRS, ["bias", "rotation"]))
    ]  # fmt: skip
    rows[0] |= {"reason": "it cannot be", "kurtosis_after": np.nan}
    path = write("transplant", pd.DataFrame(rows))
    page = saved(figure_beyond_transplant, path, FILES, **TOLD, **LINE)[0]
    for ax, change, family in zip(
        page.figure.axes, ("bias", "rotation"), ("finetuned", "robust_zero_shot"), strict=True
    ):
        own = [row for row in rows if row["change"] == change and not row["reason"]]
        arrows = [each for each in ax.texts if isinstance(each, Annotation)]
        found = [(each.xyann, each.xy) for each in arrows]
        assert found == [
            ((row["kurtosis_before"], 0.1), (row["kurtosis_after"], 0.1)) for row in own
        ]
        looks = {look_of(model) for model in SHOWN if model["family"] == family}
        found = {curve.colour for curve in artists.curves(ax) if len(curve.x) == 1}
        assert found <= {look.colour.lower() for look in looks}
    images, changed = 100 * (len(rows) - 1), sum(range(1, len(rows)))
    assert f"Predictions changed: {changed} of {images}." in page.caption
    assert f"Left as it is: `{rows[0]['model']}` (bias: it cannot be)" in page.caption
    labels = {"accuracy": "Accuracy", "effective_robustness": "Effective robustness"}
    assert page.figure.axes[0].get_ylabel() == labels[name]

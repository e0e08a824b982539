"""Figures 11 to 14: curves of accuracy and robustness over the share of pruned directions."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import DISPLAYED, STUDY, estimates, files_of, pool, rows_of
from workflow_scripts.figures import figures_11_to_14
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES

LABELS = {
    "least_first": "Least important first",
    "most_first": "Most important first",
    "random": "Random orders (mean and range)",
}
QUANTITIES = ("accuracy", "effective_robustness")
SHARES = (1, 0.25, 0.5, 0)
SHOWN = rows_of(pool(), *DISPLAYED)
PAGES = {"12": SHOWN[:2], "14": SHOWN[4:]}
NO_LINE = "this study has no distribution shifts"


@pytest.fixture
def pruning():
    """Every model, order, share and quantity; accuracy on the shifts, too; no number twice."""
    places = [("accuracy", "imagenet"), ("accuracy", "shifts"), ("effective_robustness", "shifts")]
    keys = [
        (model["model"], order, share, *place)
        for model, order, share, place in itertools.product(SHOWN, LABELS, SHARES, places)
    ]
    frame = pd.DataFrame(keys, columns=["model", "order", "pruned", "quantity", "dataset"])
    table = estimates(frame, ("value", "low", "high"), ("middle", "lowest", "highest"), high=10)
    table.loc[table["order"] != "random", ["lowest", "highest"]] = np.nan
    return table


@pytest.fixture
def draw(saved, pruning, tmp_path):
    def run(table=pruning, no_line="", pages=PAGES, test="imagenet", title="ImageNet"):
        table.to_csv(tmp_path / "pruning.csv", index=False)
        ranks = [(model["model"], 0.9 + 0.001 * n) for n, model in enumerate(SHOWN)]
        ranks = pd.DataFrame(ranks, columns=["model", "spearman"])
        ranks.to_csv(tmp_path / "ranks.csv", index=False)
        settings = {"test": test, "confidence": 0.9, "no_line": no_line, "line_through": "pool"}
        paths = (tmp_path / "pruning.csv", tmp_path / "ranks.csv", files_of(pages))
        return saved(
            figures_11_to_14, *paths, study=STUDY | {"test": title}, pages=pages, **settings
        )

    return run


def course(pruning, model, order, quantity):
    """The rows of one curve, from nothing pruned to everything."""
    rows = pruning[(pruning["model"] == model) & (pruning["order"] == order)]
    dataset = {"accuracy": "imagenet", "effective_robustness": "shifts"}[quantity]
    rows = rows[(rows["quantity"] == quantity) & (rows["dataset"] == dataset)]
    return rows.sort_values("pruned")


def check(ax, curves, pruning, quantity):
    """The axes have exactly these curves, (model, order) in the order of drawing."""
    drawn, bands = artists.curves(ax), artists.bands(ax)
    assert len(drawn) == len(bands) == len(curves)
    for curve, (colour, band), (model, order) in zip(drawn, bands, curves, strict=True):
        rows = course(pruning, model["model"], order, quantity)
        assert curve.colour == colour == FAMILIES[model["family"]].colour.lower()
        assert curve.x == [0, 0.25, 0.5, 1] == list(band)
        np.testing.assert_allclose(curve.y, rows["value"])
        ends = ["lowest", "highest"] if order == "random" else ["low", "high"]
        np.testing.assert_allclose(list(band.values()), rows[ends])


def test_a_column_a_model_with_the_order_and_its_controls(draw, pruning):
    figure = draw()[0].figure
    names = artists.styles(figure)
    assert list(names.values()) == list(LABELS.values())
    for number, model in enumerate(PAGES["12"]):
        for row, quantity in enumerate(QUANTITIES):
            ax = figure.axes[2 * row + number]
            orders = [names[curve.style] for curve in artists.curves(ax)]
            assert orders == list(LABELS.values())
            check(ax, [(model, order) for order in LABELS], pruning, quantity)
        assert artists.title(figure.axes[number]) == f"{model['backbone']}\n{model['pretraining']}"


def test_figure_14_has_a_column_a_backbone_with_all_its_models(draw, pruning):
    figure = draw()[1].figure
    for number, backbone in enumerate(("RN-mini", "ViT-mini")):
        assert artists.title(figure.axes[number]) == backbone
        models = [model for model in PAGES["14"] if model["backbone"] == backbone]
        for row, quantity in enumerate(QUANTITIES):
            ax = figure.axes[2 * row + number]
            check(ax, [(model, "least_first") for model in models], pruning, quantity)
            assert {curve.style for curve in artists.curves(ax)} == {"-"}
    assert artists.labels(figure) == [look.name for look in FAMILIES.values()]


def test_figure_14_tells_families_apart_in_greyscale(draw):
    page = draw()[-1]
    markers = {
        curve.colour: curve.marker for ax in page.figure.axes for curve in artists.curves(ax)
    }
    looks = {look.colour.lower(): look.marker for look in FAMILIES.values()}
    assert markers == {colour: looks[colour] for colour in markers}
    assert len(set(markers.values())) == len(markers) > 2
    handles = page.figure.legends[0].legend_handles
    assert {artists.to_hex(each.get_color()): each.get_marker() for each in handles} == markers
    assert "which is no gain in accuracy" in page.caption


def test_finetuned_models_of_one_parent_have_lines_of_their_own(draw, pruning):
    """Families have colours; where there is one order alone, lines tell finetunings apart."""
    parent, slow, fast = rows_of(pool(), "rn-web-large", "rn-web-large-ft", "rn-web-small-ft")
    rates = [slow | {"finetuning": "lr 1e-6"}, fast | {"finetuning": "lr 1e-5"}]
    each, together = draw(pages={"12": rates, "14": [parent, *rates]})
    ax = together.figure.axes[0]
    check(ax, [(model, "least_first") for model in (parent, *rates)], pruning, "accuracy")
    assert [curve.style for curve in artists.curves(ax)] == ["-", "-", "--"]
    entries = together.figure.legends[0].legend_handles[-2:]
    looks = [(to_hex(entry.get_color()), entry.get_linestyle()) for entry in entries]
    finetuned = FAMILIES["finetuned"]
    assert looks == [(finetuned.colour.lower(), style) for style in ("-", "--")]
    names = ["Robust zero-shot CLIP", finetuned.name, "lr 1e-6", "lr 1e-5"]
    assert artists.labels(together.figure) == names
    assert artists.labels(each.figure) == [finetuned.name, *LABELS.values()]
    titles = [artists.title(ax) for ax in each.figure.axes[:2]]
    assert titles == ["RN-mini\nWeb-large, lr 1e-6", "RN-mini\nWeb-small, lr 1e-5"]


def test_another_test_set_is_named(draw, pruning):
    table = pruning.replace({"dataset": {"imagenet": "photographs"}})
    for page in draw(table, test="photographs", title="My photos"):
        assert page.figure.axes[0].get_ylabel() == "Accuracy on My photos"
        assert "Accuracy on `photographs`" in page.caption


def test_axes(draw):
    for page in draw():
        above, below = page.figure.axes[:2], page.figure.axes[2:]
        assert [ax.get_ylabel() for ax in above] == ["Accuracy on ImageNet", ""]
        assert [ax.get_ylabel() for ax in below] == ["Effective robustness", ""]
        assert above[0].yaxis.get_major_formatter().format_pct(0.504, 0.02) == "50%"
        assert [ax.get_xlabel() for ax in below] == ["Directions pruned (%)"] * 2
        for ax in (*above, *below):
            assert ax.get_xlim() == (0, 1) and artists.marks(ax) == [0.8]
            assert ax.xaxis.get_major_formatter().format_pct(0.804, 0.02) == "80"


def test_captions(draw):
    first, second = (page.caption for page in draw())
    assert first.startswith("**Figure 12. Pruning of singular directions.** Accuracy on `imagenet`")
    assert "and effective robustness" in first and "Intervals: 90 %" in first
    assert "Two controls" in first and "Two controls" not in second
    assert "0.90 on average over these models (0.90 to 0.90)" in first
    assert "0.91 on average over these models (0.90 to 0.91)" in second
    assert texts.pool_sentence(STUDY, PAGES["12"]) in first


def test_without_a_line_there_are_accuracies_alone(draw, pruning):
    page = draw(pruning[pruning["quantity"] == "accuracy"], NO_LINE)[0]
    for ax, model in zip(page.figure.axes, PAGES["12"], strict=True):
        check(ax, [(model, order) for order in LABELS], pruning, "accuracy")
        assert ax.get_xlabel() == "Directions pruned (%)"
    assert page.figure.get_suptitle() == f"T{NO_LINE[1:]}."
    assert "and effective robustness" not in page.caption and f"T{NO_LINE[1:]}." in page.caption

"""Figures 9 and 10: a strip of importances for each model, its largest and its median marked."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import DISPLAYED, STUDY, files_of, ids_of, pool, rows_of
from workflow_scripts.figures import figures_09_10
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES

DIRECTIONS = 6
SHOWN = rows_of(pool(), *DISPLAYED)
PAGES = {"9": SHOWN[:11], "10": SHOWN[11:]}  # both have models of the second backbone


@pytest.fixture
def importance():
    """Importances that all differ, the largest anywhere; one of each model is 0."""
    table = ids_of(pool()).loc[lambda rows: rows.index.repeat(DIRECTIONS)].reset_index(drop=True)
    table["direction"] = np.tile(np.arange(1, DIRECTIONS + 1), len(table) // DIRECTIONS)
    values = np.random.default_rng(0).permutation(np.geomspace(1e-3, 0.9, len(table)))
    return table.assign(importance=np.where(table["direction"] == 4, 0, values))


@pytest.fixture
def draw(saved, importance, tmp_path):
    importance.to_csv(tmp_path / "importance.csv", index=False)
    paths = (tmp_path / "importance.csv", files_of(PAGES))
    return saved(figures_09_10, *paths, study=STUDY, pages=PAGES)


def strips(ax):
    """Each model's points: place of the outlined one, its height, and the others' coordinates."""
    lone = [curve for curve in artists.curves(ax) if curve.marker == "o"]
    many = [curve for curve in artists.curves(ax) if curve.marker == "."]
    return [
        (one.colour, one.x[0], one.y, rest.colour, rest.x, rest.y)
        for one, rest in zip(lone, many, strict=True)
    ]


def panels(draw):
    """Each panel with the models that belong into it, from left to right."""
    for page, models in zip(draw, PAGES.values(), strict=True):
        backbones = list(dict.fromkeys(model["backbone"] for model in models))
        for ax, backbone in zip(page.figure.axes, backbones, strict=True):
            yield page, ax, [model for model in models if model["backbone"] == backbone]


def test_the_largest_importance_is_outlined_in_the_middle(draw, importance):
    rows = importance.groupby("model")["importance"]
    for page, ax, models in panels(draw):
        families = artists.legend(page.figure)
        assert artists.title(ax) == models[0]["backbone"]
        found = sorted(strips(ax), key=lambda strip: strip[1])
        for model, (colour, x, y, *_) in zip(models, found, strict=True):
            assert families[colour] == FAMILIES[model["family"]].name
            assert artists.words_below(ax, x) == artists.label(model)
            assert y == pytest.approx([rows.max()[model["model"]]])
        outlined = {line.get_markeredgecolor() for line in ax.lines if line.get_marker() == "o"}
        assert outlined == {"black"}


def test_the_other_directions_lie_around_it(draw, importance):
    for _, ax, models in panels(draw):
        found = sorted(strips(ax), key=lambda strip: strip[1])
        for model, (colour, x, _, others, places, values) in zip(models, found, strict=True):
            own = importance.loc[importance["model"] == model["model"], "importance"]
            positive = sorted(own[own > 0], reverse=True)
            assert others == colour and sorted(values, reverse=True) == pytest.approx(positive[1:])
            assert np.abs(np.array(places) - x).max() < 0.2 and len(set(places)) == len(places)


def test_the_median_is_a_line_across_the_strip(draw, importance):
    positive = importance[importance["importance"] > 0].groupby("model")["importance"].median()
    for _, ax, models in panels(draw):
        found = sorted(artists.horizontal(ax).items())
        places = sorted(strip[1] for strip in strips(ax))
        for model, place, (x, (height, left, right)) in zip(models, places, found, strict=True):
            assert (x, height) == pytest.approx((place, positive[model["model"]]))
            assert left < place < right


def test_axes_and_legend(draw):
    for page, ax, _ in panels(draw):
        assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "Importance")
        assert not ax.yaxis_inverted()
        assert ax.get_ylim() == page.figure.axes[0].get_ylim()
        assert artists.labels(page.figure)[-2:] == ["Largest importance", "Median"]
    assert artists.labels(draw[0].figure)[:-2] == [look.name for look in FAMILIES.values()]
    largest, median = draw[0].figure.legends[0].legend_handles[-2:]
    assert (largest.get_marker(), largest.get_markeredgecolor()) == ("o", "black")
    assert (to_hex(median.get_color()), median.get_linestyle()) == ("#000000", "-")


def test_captions(draw):
    for page, (number, models) in zip(draw, PAGES.items(), strict=True):
        assert page.caption.startswith(f"**Figure {number}. Distribution of importance.**")
        assert texts.pool_sentence(STUDY, models) in page.caption


def test_points_that_are_many_are_pixels_in_vector_graphics(saved, importance, tmp_path):
    """A thousand directions of forty models would be megabytes."""
    table = importance.loc[importance.index.repeat(40)]
    for number, (rows, dense) in enumerate(((importance, False), (table, True))):
        path = tmp_path / f"{number}.csv"
        rows.to_csv(path, index=False)
        page, _ = saved(figures_09_10, path, files_of(PAGES), study=STUDY, pages=PAGES)
        points = [line for ax in page.figure.axes for line in ax.lines if line.get_marker() == "."]
        assert {bool(line.get_rasterized()) for line in points} == {dense}

"""Figure 3: bars of the concept counts, their ranges over draws, and the chance levels."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import DISPLAYED, FILES, STUDY, ids_of, pool, rows_of
from workflow_scripts.figures import figure_03
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES, without_baselines

HATCH = "////"
NAMES = ("concepts", "draws_low", "draws_high", "chance", "directions")
ORDER = [
    ("concepts", "RN-mini", 0.8, True), ("concepts", "RN-mini", 0.85, True),
    ("concepts", "RN-mini", 0.9, True),
    ("concepts", "ViT-mini", 0.8, True), ("above_chance", "RN-mini", 0.8, True),
    ("above_chance", "RN-mini", 0.7, False), ("above_chance", "ViT-mini", 0.8, False),
    ("above_chance", "ViT-mini", 0.85, False),
]  # fmt: skip


@pytest.fixture
def counts():
    """Counts of three signs and two thresholds; chance may be the higher one; no number twice."""
    keys = [
        ids_of(pool()).assign(threshold=threshold, sign=sign)
        for threshold in (0.8, 0.85)
        for sign in ("opposite", "convention", "either")
    ]
    table = pd.concat(keys, ignore_index=True)
    numbers = np.random.default_rng(1).permutation(len(table) * len(NAMES)) + 3.0
    table[list(NAMES)] = numbers.reshape(len(table), -1)
    table["chance"] += 0.25
    return table.assign(probed=67, draws=5)


@pytest.fixture
def draw(saved, counts, tmp_path):
    counts.to_csv(tmp_path / "counts.csv", index=False)
    columns = ["quantity", "backbone", "threshold", "holds"]
    pd.DataFrame(ORDER, columns=columns).to_csv(tmp_path / "order.csv", index=False)

    def run(**changes):
        settings = {"study": STUDY, "models": pool(), "dataset": "broden", "threshold": 0.85}
        settings["confidence"] = 0.9
        paths = (tmp_path / "counts.csv", tmp_path / "order.csv", FILES)
        (only,) = saved(figure_03, *paths, **settings | changes)
        return only

    return run


def chosen(counts, threshold=0.85):
    return counts[(counts["threshold"] == threshold) & (counts["sign"] == "convention")]


@pytest.mark.parametrize("threshold", [0.8, 0.85])
def test_bars_are_the_counts_with_the_range_over_draws(draw, counts, threshold):
    figure = draw(threshold=threshold).figure
    columns = ("concepts", "draws_low", "draws_high")
    shown = rows_of(pool(), *DISPLAYED)
    expected = artists.expected_bars(shown, chosen(counts, threshold), *columns)
    artists.same(artists.bars(figure, figure.axes[0]), expected)


def test_chance_levels_stand_over_the_bars_up_to_a_thick_line(draw, counts):
    (ax,) = draw().figure.axes
    chance = chosen(counts).set_index("model")["chance"]
    both, lines = artists.shapes(ax), artists.horizontal(ax)
    assert len(both) == 2 * len(DISPLAYED) and len(lines) == len(DISPLAYED)
    for name, count, over in zip(DISPLAYED, both[::2], both[1::2], strict=True):
        assert (count.hatch, over.hatch, over.colour) == (None, HATCH, "#ffffff")
        assert (over.x, over.width) == pytest.approx((count.x, count.width))
        assert over.height == pytest.approx(chance[name])
        ends = (chance[name], over.x - over.width / 2, over.x + over.width / 2)
        assert lines[round(over.x, 6)] == pytest.approx(ends)


def test_axis_and_legend(draw):
    figure = draw().figure
    (ax,) = figure.axes
    assert ax.get_ylabel() == "Unique concepts" and artists.title(ax) == "This study (tiny)"
    names = [look.name for look in FAMILIES.values()]
    assert artists.labels(figure) == [*names, "Chance level", "Range over draws"]
    assert figure.legends[0].legend_handles[len(FAMILIES)].get_hatch() == HATCH


def test_few_concepts_are_counted_in_whole_numbers(draw, counts, tmp_path):
    counts.assign(concepts=1, chance=0.5).to_csv(tmp_path / "counts.csv", index=False)
    (ax,) = draw().figure.axes
    ax.set_ylim(0, 2)
    assert ax.get_yticks().tolist() == [0, 1, 2]


def test_caption(draw, counts):
    caption = draw().caption
    assert caption.startswith("**Figure 3. Unique concepts.** Number of the 67 concepts probed on")
    assert "`broden` whose average precision is at least 0.85" in caption
    assert "median over 5 draws" in caption
    directions = chosen(counts)["directions"]
    directions = directions[chosen(counts)["model"].isin(DISPLAYED)]
    assert f"directions here: {directions.min():.0f} to {directions.max():.0f}." in caption
    assert "By this count, the order of the families at 0.85 holds at 0.8, 0.9 too." in caption
    above = "too. By the count above chance, the order of the families at 0.85 does not hold for"
    assert f"{above} RN-mini at 0.7; ViT-mini at 0.8." in caption
    assert texts.pool_sentence(STUDY, without_baselines(pool())) in caption

"""Figure 5: curves of the shares of concepts over the epochs of each finetuning."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import FILES, STUDY
from workflow_scripts.figures import figure_05
from workflow_scripts.reporting.concepts import NO_TRIPLES

LABELS = {
    "with_zero_shot": "Shared with the zero-shot model only",
    "with_both": "Shared with the zero-shot and the supervised model",
    "with_supervised": "Shared with the supervised model only",
    "finetuned_only": "Shared with neither",
}
# As in the paper: colours of the families that share the concepts
COLOURS = ["#0072b2", "#009e73", "#d55e00", "#8c8c8c"]
EPOCHS = (2, 0, 3, 1)  # not as they are to be drawn


@pytest.fixture
def course():
    """Two models, each in four parts over four epochs; no share twice, and one undefined."""
    keys = pd.DataFrame(
        [(n, epoch, part) for n in (1, 0) for part in reversed(LABELS) for epoch in EPOCHS],
        columns=["number", "epoch", "part"],
    )
    shares = np.random.default_rng(0).permutation(np.linspace(0.03, 0.93, len(keys)))
    keys = keys.assign(share=shares.round(3))
    keys.loc[(keys["number"] == 0) & (keys["epoch"] == 1), "share"] = np.nan
    for column in ("backbone", "pretraining", "zero_shot", "finetuned", "supervised"):
        keys[column] = column + keys["number"].astype(str)
    return keys


@pytest.fixture
def draw(saved, course, tmp_path):
    def run(table=course, **changes):
        table.to_csv(tmp_path / "course.csv", index=False)
        paths = (tmp_path / "course.csv", FILES)
        (only,) = saved(figure_05, *paths, study=STUDY, threshold=0.85, **changes)
        return only

    return run


def test_curves_are_the_shares_over_the_epochs(draw, course):
    figure = draw().figure
    colours = artists.legend(figure)
    for ax, number in zip(figure.axes, (1, 0), strict=True):
        assert artists.title(ax) == f"backbone{number}\npretraining{number}"
        drawn = {colours[curve.colour]: (curve.x, curve.y) for curve in artists.curves(ax)}
        assert set(drawn) == set(LABELS.values())
        for part, label in LABELS.items():
            rows = course[(course["number"] == number) & (course["part"] == part)]
            shares = rows.set_index("epoch")["share"].sort_index()
            assert drawn[label][0] == [0, 1, 2, 3]
            np.testing.assert_allclose(drawn[label][1], shares)


def test_curves_look_as_in_the_legend(draw):
    figure = draw().figure
    handles = figure.legends[0].legend_handles
    looks = [(artists.to_hex(each.get_color()), each.get_marker()) for each in handles]
    for ax in figure.axes:
        assert [(curve.colour, curve.marker) for curve in artists.curves(ax)] == looks
    assert artists.legend(figure) == dict(zip(COLOURS, LABELS.values(), strict=True))


def test_axes(draw):
    first, second = draw().figure.axes
    assert (first.get_ylabel(), second.get_ylabel()) == ("Share of the concepts", "")
    for ax in (first, second):
        assert ax.get_xlabel() == "Epoch"
        assert ax.get_ylim() == pytest.approx((-0.02, 1.02))
        assert ax.yaxis.get_major_formatter().format_pct(0.504, 0.02) == "50%"
        assert not ax.xaxis_inverted()
        ax.set_xlim(0, 2)
        assert ax.get_xticks().tolist() == [0, 1, 2]  # no half epochs


def test_caption(draw):
    caption = draw(left_out=["other"]).caption
    assert caption.startswith("**Figure 5. Concepts during finetuning.**")
    assert "average precision of at least 0.85" in caption
    one, two = (f"`finetuned{n}` from `zero_shot{n}`, beside `supervised{n}`" for n in (1, 0))
    assert f"Panels: {one}; {two}." in caption
    assert "published the end alone: `other`." in caption


def test_a_study_without_triples_says_so(draw, course):
    figure, _, caption = draw(course.head(0))
    assert [text.get_text() for text in figure.axes[0].texts] == [NO_TRIPLES]
    assert NO_TRIPLES in caption

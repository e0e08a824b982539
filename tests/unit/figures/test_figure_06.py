"""Figure 6: points, baselines and their line, in logits; this study beside published numbers."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from scipy.special import expit, logit

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import FILES, STUDY, ids_of, pool, write_published
from workflow_scripts.analysis.baselines import TESTBED_VARIANT
from workflow_scripts.figures import figure_06
from workflow_scripts.reporting.families import FAMILIES, without_baselines

LINE = {"slope": 0.8, "intercept": -0.9, "r": 0.98}
PUBLISHED = {"slope": 0.757, "intercept": -1.571, "r": 0.993}  # of write_published
NO_SHIFTS = "this study has no distribution shifts"
OWN = without_baselines(pool())


@pytest.fixture
def tables(tmp_path):
    """All accuracies differ; the testbed has another variant of ImageNet-V2, too."""
    write_published(tmp_path)
    models = ids_of(pool())
    numbers = np.random.default_rng(0).permutation(np.linspace(0.12, 0.88, 2 * len(models)))
    models[["accuracy", "shift_accuracy"]] = numbers.round(4).reshape(-1, 2)
    models.to_csv(tmp_path / "robustness.csv", index=False)
    pd.DataFrame([LINE]).to_csv(tmp_path / "line.csv", index=False)
    published = pd.read_csv(tmp_path / "baselines.csv")
    other = published.iloc[:12].assign(
        variant=TESTBED_VARIANT, accuracy=published["accuracy"] + 0.01
    )
    pd.concat([published, other]).to_csv(tmp_path / "baselines.csv", index=False)
    return tmp_path


@pytest.fixture
def draw(saved, tables):
    def run(line_through="pool", no_line="", models=None):
        own = (None, None) if no_line else ("robustness", "line")
        names = (*own, "published", "lines", "baselines")
        inputs = figure_06.Inputs(*(name and str(tables / f"{name}.csv") for name in names))
        settings = {"models": models or pool(), "line_through": line_through, "no_line": no_line}
        (only,) = saved(figure_06, inputs, FILES, study=STUDY, **settings)
        return only

    return run


def points(table, ids):
    return table.set_index("model").loc[ids, ["accuracy", "shift_accuracy"]]


def drawn_points(figure, ax):
    """The points of each entry of the legend, [points, 2], in the order of the table."""
    colours = artists.legend(figure)
    return {
        colours[curve.colour]: np.column_stack([curve.x, curve.y])
        for curve in artists.curves(ax)
        if curve.style == "None"
    }


def test_points_are_the_models_and_the_baselines(draw, tables):
    figure = draw().figure
    own = pd.read_csv(tables / "robustness.csv")
    found = drawn_points(figure, figure.axes[0])
    groups = {look.name: family for family, look in FAMILIES.items()}
    groups["Baselines of the line"] = "baseline"
    assert set(found) == set(groups)
    for label, family in groups.items():
        ids = [row["model"] for row in pool() if row["family"] == family]
        np.testing.assert_allclose(found[label], points(own, ids))
    published = pd.read_csv(tables / "published.csv").query("variant == 'matched-frequency'")
    baselines = pd.read_csv(tables / "baselines.csv").query("variant == 'matched-frequency'")
    found = drawn_points(figure, figure.axes[1])
    checkpoints = {"Robust zero-shot CLIP": "RN50 openai", "Zero-shot CoCa": "coca_ViT-B-32"}
    assert set(found) == {*checkpoints, "Baselines of the line"}
    for name, model in checkpoints.items():
        np.testing.assert_allclose(found[name], points(published, [model]))
    np.testing.assert_allclose(
        found["Baselines of the line"], baselines[["accuracy", "shift_accuracy"]]
    )


def test_lines_are_those_of_the_fit_and_of_equal_accuracies(draw):
    figure = draw().figure
    for ax, line in zip(figure.axes, (LINE, PUBLISHED), strict=True):
        drawn = {each.style: each for each in artists.curves(ax) if each.style != "None"}
        assert set(drawn) == {"-", "--", ":"}
        assert drawn["--"].y == drawn["--"].x
        parts = [each for each in artists.curves(ax) if each.style in ("-", ":")]
        for part in parts:
            height = expit(line["slope"] * logit(part.x) + line["intercept"])
            np.testing.assert_allclose(part.y, height)
        # Solid between the least and the most accurate baseline, dotted to both ends of the axis
        assert [part.style for part in parts] == [":", "-", ":"]
        grey = drawn_points(figure, ax)["Baselines of the line"][:, 0]
        low, high = ax.get_xlim()
        assert [part.x[0] for part in parts] == pytest.approx([low, grey.min(), grey.max()])
        assert [part.x[-1] for part in parts] == pytest.approx([grey.min(), grey.max(), high])
    assert artists.styles(figure) | {"None": ""} == {
        "None": "", "-": "Line through the baselines", "--": "Equal accuracies",
        ":": "Extrapolated",
    }  # fmt: skip


def test_stems_reach_from_the_line_to_the_models(draw, tables):
    ax = draw().figure.axes[0]
    own = pd.read_csv(tables / "robustness.csv")
    stems = {
        to_hex(each.get_color()[0]): each.get_segments()
        for each in ax.collections
        if len(each.get_segments())
    }
    for family, look in FAMILIES.items():
        ids = [row["model"] for row in pool() if row["family"] == family]
        for (foot, top), (x, y) in zip(
            stems[look.colour.lower()], points(own, ids).to_numpy(), strict=True
        ):
            assert foot == pytest.approx((x, expit(0.8 * logit(x) - 0.9)))
            assert top == pytest.approx((x, y))


def test_axes(draw, tables):
    left, right = draw().figure.axes
    assert (left.get_ylabel(), right.get_ylabel()) == ("Average accuracy on the shifts", "")
    assert (artists.title(left), artists.title(right)) == (
        "This study (tiny)", "Published accuracies (not reproduced)"
    )  # fmt: skip
    own = pd.read_csv(tables / "robustness.csv")
    assert logit(left.get_xlim()) == pytest.approx(logit(_ends(own["accuracy"])) + [-0.25, 0.25])
    assert logit(left.get_ylim()) == pytest.approx(
        logit(_ends(own["shift_accuracy"])) + [-0.25, 0.25]
    )
    for ax in (left, right):
        assert ax.get_xlabel() == "Accuracy on the test set"
        assert (ax.get_xscale(), ax.get_yscale()) == ("logit", "logit")
        for axis in (ax.xaxis, ax.yaxis):
            assert [axis.get_major_formatter()(share, 0) for share in (0.5, 0.01, 0.995)] == [
                "50%", "1%", "99.5%"
            ]  # fmt: skip
        for low, high, places in (
            (*ax.get_xlim(), ax.get_xticks()),
            (*ax.get_ylim(), ax.get_yticks()),
        ):
            assert low <= min(places) and max(places) <= high and len(places) > 3
            assert np.diff(logit(places)).min() >= (logit(high) - logit(low)) / 11


def _ends(values):
    return np.array([values.min(), values.max()])


def test_ticks_are_round_percents_with_room_between(draw, tables):
    table = pd.read_csv(tables / "robustness.csv")
    table.loc[table["model"].isin([OWN[0]["model"], OWN[1]["model"]]), "accuracy"] = [0.005, 0.998]
    table.to_csv(tables / "robustness.csv", index=False)
    left = draw().figure.axes[0]
    assert left.get_xticks().tolist() == [0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99]
    assert not left.get_xticks(minor=True).size and not left.get_yticks(minor=True).size


def test_words_in_the_panels(draw):
    left, right = draw().figure.axes
    words = "slope 0.80, intercept −0.90, r 0.98", "slope 0.76, intercept −1.57, r 0.99"
    for ax, line in zip((left, right), words, strict=True):
        (text,) = ax.texts
        assert text.get_text() == line
        (x, y), (low, high) = text.get_position(), (0, 1)
        assert text.get_transform() == ax.transAxes and text.get_ha() == "right"
        assert 0.9 < x < high and low < y < 0.1  # where no point lies: below the line


def test_a_study_of_baselines_only_has_their_points_and_their_line(draw):
    figure, _, caption = draw(models=[row for row in pool() if row["family"] == "baseline"])
    assert list(drawn_points(figure, figure.axes[0])) == ["Baselines of the line"]
    assert "Models: 0. No model of:" in caption and "8 baselines; slope 0.800" in caption


def test_legend_has_the_families_of_both_panels(draw):
    few = [row for row in pool() if row["family"] in ("supervised", "baseline")]
    names = ["Robust zero-shot CLIP", "Supervised", "Zero-shot CoCa", "Baselines of the line"]
    others = ["Line through the baselines", "Extrapolated", "Equal accuracies"]
    assert artists.labels(draw(models=few).figure) == names + others


def test_captions(draw):
    caption = draw().caption
    assert caption.startswith("**Figure 6. Accuracy on the shifts against accuracy on the test set")
    assert "Models: 14." in caption and "8 baselines; slope 0.800, intercept -0.900, r 0.980." in (
        caption
    )
    assert "20 baselines; slope 0.757, intercept -1.571, r 0.993." in caption
    assert "Right: Published, not reproduced: 2 zero-shot checkpoints" in caption


def test_the_points_of_the_testbed_take_the_place_of_the_pools(draw, tables):
    figure, _, caption = draw("testbed")
    testbed = pd.read_csv(tables / "baselines.csv").query("variant == @TESTBED_VARIANT")
    found = drawn_points(figure, figure.axes[0])["Baselines of the line"]
    np.testing.assert_allclose(found, testbed[["accuracy", "shift_accuracy"]])
    assert len(found) == 12 and "12 baselines; slope 0.800" in caption
    assert "ImageNet testbed and is the same in every resample" in caption


def test_an_accuracy_of_one_has_no_place_and_is_said(draw, tables):
    table = pd.read_csv(tables / "robustness.csv")
    table.loc[table["model"].isin(["baseline-3", OWN[0]["model"]]), "accuracy"] = 1.0
    table.to_csv(tables / "robustness.csv", index=False)
    figure, _, caption = draw()
    found = drawn_points(figure, figure.axes[0])
    assert len(found["Baselines of the line"]) == 7 and len(found["Robust zero-shot CLIP"]) == 3
    omitted = f"`baseline-3`, `{OWN[0]['model']}`"
    assert f"Not plotted, an accuracy of exactly 0 or 1: {omitted}." in caption
    assert "7 baselines; slope 0.800" in caption


def test_without_a_line_the_left_panel_says_so_and_needs_no_table_of_the_study(draw):
    figure, _, caption = draw(no_line=NO_SHIFTS)
    left, right = figure.axes
    assert [text.get_text() for text in left.texts] == [f"T{NO_SHIFTS[1:]}."]
    assert artists.title(left) == "This study (tiny)" and not left.lines and right.lines
    assert f"T{NO_SHIFTS[1:]}." in caption and "slope 0.800" not in caption
    assert artists.labels(figure)[0] == "Robust zero-shot CLIP"

"""The figure of published finetuned models: points, their parent, and lines to compare with."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from tests.unit.figures import artists
from workflow_scripts.figures import figure_published_finetuning as script
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.robustness import predicted_accuracy
from workflow_scripts.reporting.families import BASELINE, COCAS, FAMILIES, look_of
from workflow_scripts.reporting.pages import FigureFiles

FILES = FigureFiles("pdf", "png", "svg", "md")
COLUMNS = ["model", "family", "backbone", "parent", "shifts", "learning_rate", "accuracy",
           "effective_robustness"]  # fmt: skip
FIVE = [
    ("net1", "baseline", "ViT-B-32", "", 5, np.nan, 0.3, 0.01),
    ("net2", "baseline", "ViT-B-32", "", 5, np.nan, 0.7, -0.01),
    ("clip", "robust_zero_shot", "ViT-B-32", "", 5, np.nan, 0.6, 0.25),
    ("larger", "robust_zero_shot", "ViT-B-32", "", 5, np.nan, 0.7, 0.3),
    ("coca", "robust_zero_shot", "CoCa-ViT-B-32", "", 5, np.nan, 0.65, 0.27),
    ("a", "finetuned", "ViT-B-32", "clip", 5, 1e-6, 0.75, 0.15),
    ("b", "finetuned", "ViT-B-32", "clip", 5, 1e-4, 0.78, 0.04),
    ("c", "finetuned", "ViT-B-32", "clip", 5, np.nan, 0.74, 0.1),
]
FOUR = [
    ("d", "finetuned", "ViT-B-32", "", 4, np.nan, 0.85, 0.2),
    ("e", "supervised", "ViT-B-32", "", 4, np.nan, 0.8, 0.02),
    ("f", "supervised", "ViT-B-32", "", 4, np.nan, 0.65, -0.02),
]
SPEARMAN = ("spearman", "spearman_low", "spearman_high")
LINES = [("testbed", 5, 287, 0.757, -1.571), ("testbed", 4, 287, 0.753, -1.558),
         ("timm", 4, 2, 1.232, -2.159)]  # fmt: skip
GROUPS = [
    ("finetuned", 5, 3, 0.1, 2, -0.7, -0.8, -0.5),
    ("finetuned", 4, 1, 0.2, 0, np.nan, np.nan, np.nan),
    ("supervised", 4, 2, 0.01, 0, np.nan, np.nan, np.nan),
]


@pytest.fixture
def inputs(tmp_path):
    tables = {
        "models": pd.DataFrame(FIVE + FOUR, columns=COLUMNS),
        "lines": pd.DataFrame(LINES, columns=["source", "shifts", "models", "slope", "intercept"]),
        "groups": pd.DataFrame(
            GROUPS,
            columns=["family", "shifts", "models", "effective_robustness", "correlated", *SPEARMAN],
        ),
    }
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    return script.Inputs(*(tmp_path / f"{name}.csv" for name in tables))


@pytest.fixture
def figure(saved, inputs):
    return saved(script, inputs, FILES, confidence=0.9)[0].figure


def drawn(ax):
    """Points of each colour that are drawn as markers: the coordinates."""
    return {
        (to_hex(line.get_color()).upper(), line.get_marker()): line.get_xydata().tolist()
        for line in ax.lines
        if line.get_linestyle() == "None" and len(line.get_xydata())
    }


def look_in(row):
    return BASELINE if row["family"] == "baseline" else look_of(row)


def expected(rows, x="accuracy"):
    table = pd.DataFrame(rows, columns=COLUMNS)
    return {
        (look.colour, look.marker): own[[x, "effective_robustness"]].to_numpy().tolist()
        for look, own in table.groupby(table.apply(look_in, axis=1))
    }


def test_points_stand_where_the_table_says(figure):
    above, rate, below = figure.axes
    assert drawn(above) == expected(FIVE)
    assert drawn(below) == expected(FOUR)
    (look,) = drawn(rate)
    assert look == (FAMILIES["finetuned"].colour, "s")
    np.testing.assert_array_equal(drawn(rate)[look], [[1e-6, 0.15], [1e-4, 0.04], [np.nan, 0.1]])


def test_axes_say_what_they_show(figure):
    above, rate, below = figure.axes
    assert above.get_ylabel() == below.get_ylabel() == "Effective robustness"
    assert above.get_xlabel() == below.get_xlabel() == "Accuracy on ImageNet"
    assert above.xaxis.get_major_formatter().format_pct(0.804, 0.02) == "80%"
    assert (rate.get_xscale(), rate.get_xlabel()) == ("log", "Learning rate of the finetuning")
    assert rate.get_ylim() == above.get_ylim()
    named = [ax.yaxis.get_tick_params().get("labelleft", True) for ax in (above, rate)]
    assert named == [True, False]  # one scale for both
    for ax, words in ((above, "five"), (rate, "five"), (below, "four")):
        assert f"{words} shifts" in artists.title(ax)
    markers = [entry.get_marker() for entry in figure.legends[0].legend_handles[:4]]
    shown = ("robust_zero_shot", "finetuned", "supervised")
    coca = COCAS["robust_zero_shot"].marker
    assert markers == [*(FAMILIES[family].marker for family in shown), coca]
    assert artists.labels(figure) == [
        "Robust zero-shot CLIP", "Finetuned CLIP", "Supervised", "Zero-shot CoCa",
        "Baselines of the line", "timm's own line",
    ]  # fmt: skip


def test_guides(figure):
    _, rate, below = figure.axes
    (parent,) = [line for line in rate.lines if line.get_linestyle() == "--"]
    assert set(parent.get_ydata()) == {0.25}
    assert to_hex(parent.get_color()).upper() == FAMILIES["robust_zero_shot"].colour
    words = [text.get_text() for text in rate.texts]
    assert words == ["their zero-shot parent", "rank correlation −0.70 (−0.80 to −0.50), 2 models"]
    (own,) = [line for line in below.lines if len(line.get_xdata()) > 2]
    x = own.get_xdata()
    height = predicted_accuracy(x, 1.232, -2.159) - predicted_accuracy(x, 0.753, -1.558)
    np.testing.assert_allclose(own.get_ydata(), height)


def test_the_caption_says_whose_numbers_they_are(saved, inputs):
    (only,) = saved(script, inputs, FILES, confidence=0.9)
    text = only.caption
    assert "Not a figure of the paper" in text and "published by others" in text
    assert (
        "2 baselines of the testbed, 3 zero-shot CLIPs and CoCas (open_clip), and the 3 ViT-B/32"
        in text
    )
    assert "interval: 90 % by bootstrap over the models" in text
    assert "slope 1.23 instead of 0.75" in text


def test_a_missing_column_is_named(saved, inputs):
    table = pd.read_csv(inputs.groups).drop(columns="spearman_low")
    table.to_csv(inputs.groups, index=False)
    with pytest.raises(InputError, match="groups.csv: .*expected also spearman_low"):
        saved(script, inputs, FILES, confidence=0.9)

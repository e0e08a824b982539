"""What is drawn of published finetuned models: Figure 1's bar, and a figure of their own."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from tests.unit.inputs.figure_inputs import STUDY, pool, write_measures, write_published
from workflow_scripts.figures import figure_01
from workflow_scripts.figures import figure_published_finetuning as script
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.robustness import predicted_accuracy
from workflow_scripts.reporting.families import BASELINE, FAMILIES
from workflow_scripts.reporting.pages import FigureFiles
from workflow_scripts.reporting.style import style

LOOKS = {"baseline": BASELINE, **FAMILIES}
COLUMNS = ["model", "family", "parent", "shifts", "learning_rate", "accuracy",
           "effective_robustness"]  # fmt: skip
FIVE = [
    ("net1", "baseline", "", 5, np.nan, 0.3, 0.01),
    ("net2", "baseline", "", 5, np.nan, 0.7, -0.01),
    ("clip", "robust_zero_shot", "", 5, np.nan, 0.6, 0.25),
    ("larger", "robust_zero_shot", "", 5, np.nan, 0.7, 0.3),
    ("a", "finetuned", "clip", 5, 1e-6, 0.75, 0.15),
    ("b", "finetuned", "clip", 5, 1e-4, 0.78, 0.04),
    ("c", "finetuned", "clip", 5, np.nan, 0.74, 0.1),
]
FOUR = [
    ("d", "finetuned", "", 4, np.nan, 0.85, 0.2),
    ("e", "supervised", "", 4, np.nan, 0.8, 0.02),
    ("f", "supervised", "", 4, np.nan, 0.65, -0.02),
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
def figure(inputs):
    with style():
        return script.figure_of(script.read(inputs))


def drawn(ax):
    """Points of each colour that are drawn as markers: the coordinates."""
    return {
        (to_hex(line.get_color()).upper(), line.get_marker()): line.get_xydata().tolist()
        for line in ax.lines
        if line.get_linestyle() == "None" and len(line.get_xydata())
    }


def expected(rows, x="accuracy"):
    table = pd.DataFrame(rows, columns=COLUMNS)
    return {
        (LOOKS[family].colour, LOOKS[family].marker): own[[x, "effective_robustness"]]
        .to_numpy()
        .tolist()
        for family, own in table.groupby("family")
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
    assert above.xaxis.get_major_formatter()(0.8) == "80%"
    assert (rate.get_xscale(), rate.get_xlabel()) == ("log", "Learning rate of the finetuning")
    assert rate.get_ylim() == above.get_ylim()
    for ax, words in ((above, "five"), (rate, "five"), (below, "four")):
        assert f"{words} shifts" in ax.get_title(loc="left")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "Robust zero-shot CLIP", "Finetuned CLIP", "Supervised", "Baselines of the line",
        "timm's own line",
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


def make(inputs, folder):
    files = FigureFiles(*(str(folder / f"figure.{end}") for end in ("pdf", "png", "md")))
    script.main(inputs, files, confidence=0.9)
    return [(folder / f"figure.{end}").read_bytes() for end in ("pdf", "png", "md")]


def test_the_figure_comes_out_the_same_twice_and_says_whose_it_is(inputs, tmp_path):
    first = make(inputs, tmp_path)
    assert first == make(inputs, tmp_path)
    assert first[0].startswith(b"%PDF") and first[1].startswith(b"\x89PNG")
    text = first[2].decode()
    assert "Not a figure of the paper" in text and "published by others" in text
    assert "2 baselines of the testbed, 2 zero-shot CLIPs (open_clip), and the 3 ViT-B/32" in text
    assert "interval: 90 % by bootstrap over the models" in text
    assert "slope 1.23 instead of 0.75" in text


def test_a_missing_column_is_named(inputs, tmp_path):
    table = pd.read_csv(inputs.groups).drop(columns="spearman_low")
    table.to_csv(inputs.groups, index=False)
    with pytest.raises(InputError, match="groups.csv: .*expected also spearman_low"):
        make(inputs, tmp_path)


def test_figure_1_has_the_finetuned_group_beside_its_parent(tmp_path, monkeypatch):
    write_measures(tmp_path, pool())
    write_published(tmp_path)
    saved = []
    monkeypatch.setattr(figure_01, "save", lambda figure, _, text: saved.append((figure, text)))
    paths = [tmp_path / f"{name}.csv" for name in ("robustness", "published", "finetuned")]
    settings = {"confidence": 0.95, "line_through": "pool", "no_line": ""}
    figure_01.main(*paths, ["x"] * 6, study=STUDY, models=pool(), **settings)
    for (figure, text), mean, ends in zip(
        saved, (0.1, 0.6), ((0.05, 0.18), (0.5, 0.7)), strict=True
    ):
        panel = figure.axes[-1]
        bars = {to_hex(bar.patches[0].get_facecolor()).upper(): bar for bar in panel.containers}
        zero_shot, finetuned = panel.containers[0].patches[0], panel.containers[1].patches[0]
        assert list(bars) == [FAMILIES[name].colour for name in ("robust_zero_shot", "finetuned")]
        assert len(panel.containers) == 3  # two checkpoints and the group over five shifts
        assert finetuned.get_height() == mean and finetuned.get_hatch() == figure_01.HATCH
        assert finetuned.get_x() == pytest.approx(zero_shot.get_x() + zero_shot.get_width())
        (interval,) = panel.collections
        assert interval.get_segments()[0][:, 1].tolist() == list(ends)
        assert "mean of the 7 ViT-B/32" in text and "no interval but their range" in text
        assert "2 zero-shot checkpoints" in text

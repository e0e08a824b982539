"""Figure 2: bars of kurtosis and of importance ratio on the test set, with their intervals."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import (
    DISPLAYED,
    FILES,
    STUDY,
    estimates,
    ids_of,
    pool,
    rows_of,
)
from workflow_scripts.figures import figure_02
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES, without_baselines

PARTS = {"a": "kurtosis", "b": "importance_ratio"}
FAMILY_NAMES = [look.name for look in FAMILIES.values()]


@pytest.fixture
def draw(saved, tmp_path):
    """Draw a part from a table that has another data set, too."""

    def run(letter, models=None, **cells):
        columns = (PARTS[letter], "low", "high")
        both = pd.concat([ids_of(pool()).assign(dataset=name) for name in ("other", "imagenet")])
        table = estimates(both.reset_index(drop=True), columns, low=1, high=40)
        table.loc[table["model"] == DISPLAYED[7], list(cells)] = list(cells.values())
        table.to_csv(tmp_path / "table.csv", index=False)
        settings = {"letter": letter, "dataset": "imagenet", "confidence": 0.9, "study": STUDY}
        arguments = (tmp_path / "table.csv", FILES)
        (only,) = saved(figure_02, *arguments, models=models or pool(), **settings)
        return only, table[table["dataset"] == "imagenet"]

    return run


@pytest.mark.parametrize(("letter", "column"), PARTS.items())
def test_bars_are_the_tables_numbers(draw, letter, column):
    part, table = draw(letter)
    (ax,) = part.figure.axes
    expected = artists.expected_bars(rows_of(pool(), *DISPLAYED), table, column, "low", "high")
    artists.same(artists.bars(part.figure, ax), expected)


def test_axis_line_of_the_gaussian_and_legend(draw):
    for letter, label, line, others in (
        ("a", "Activation kurtosis", [(3, "--")], ["Gaussian (3)"]),
        ("b", "Importance ratio (max / mean)", [], []),
    ):
        figure = draw(letter)[0].figure
        (ax,) = figure.axes
        assert (ax.get_ylabel(), ax.get_yscale()) == (label, "linear")
        assert artists.title(ax) == "This study (tiny)"
        assert artists.levels(ax) == line
        assert artists.labels(figure) == FAMILY_NAMES + others


def test_captions(draw):
    for letter, heading in (("a", "Activation kurtosis"), ("b", "Importance ratio")):
        caption = draw(letter)[0].caption
        assert caption.startswith(f"**Figure 2{letter}. {heading}.**")
        assert texts.pool_sentence(STUDY, without_baselines(pool())) in caption
        assert "images of `imagenet`" in caption and "Intervals: 90 %" in caption


def test_kurtosis_of_rectified_features_is_said_to_be_no_match(draw):
    """The family beyond the paper is named wherever it is shown, and missed nowhere."""
    said = "Kurtosis compares encoders of one kind: the features of `rn-rectified` are averages of"
    few = [row for row in pool() if row["family"] != "rectified"]
    for letter in PARTS:
        caption = draw(letter)[0].caption
        assert (said in caption) == (letter == "a")
        assert "rectified (1, a kind that the paper does not have): `rn-rectified`." in caption
        caption = draw(letter, few)[0].caption
        assert "rectif" not in caption and "No model of" not in caption


def test_an_undefined_value_is_marked_and_said(draw):
    part, table = draw("a", kurtosis=np.nan, low=np.nan, high=np.nan)
    (ax,) = part.figure.axes
    names = [name for name in DISPLAYED if name != DISPLAYED[7]]
    expected = artists.expected_bars(rows_of(pool(), *names), table, "kurtosis", "low", "high")
    artists.same(artists.bars(part.figure, ax), expected)
    (mark,) = [text for text in ax.texts if text.get_text() == "n/a"]
    assert (artists.words_above(ax, mark.xy[0]), artists.words_below(ax, mark.xy[0])) == (
        "RN-mini", "Supervised"
    )  # fmt: skip
    assert f"Undefined, marked n/a: `{DISPLAYED[7]}`." in part.caption


def test_a_study_of_baselines_only_says_so(draw):
    part, _ = draw("b", [row for row in pool() if row["family"] == "baseline"])
    (ax,) = part.figure.axes
    assert [text.get_text() for text in ax.texts] == ["The study has no model for this figure."]
    assert not ax.containers


def test_a_missing_column_is_named(draw, saved, tmp_path):
    draw("a")
    path = tmp_path / "table.csv"
    pd.read_csv(path).drop(columns="high").to_csv(path, index=False)
    with pytest.raises(InputError, match=r"table\.csv: .*expected also high"):
        saved(
            figure_02, path, FILES, letter="a", study=STUDY, models=pool(),
            dataset="imagenet", confidence=0.9,
        )  # fmt: skip

"""Figure 1: bars of this study's and of published models, with their intervals and words."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.ticker import PercentFormatter

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import (
    DISPLAYED,
    FILES,
    STUDY,
    estimates,
    ids_of,
    model,
    pool,
    rows_of,
    write_published,
)
from workflow_scripts.figures import figure_01
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES, without_baselines

ROBUSTNESS = ("effective_robustness", "low", "high")
PERCENT = ("percent_acc", "percent_acc_low", "percent_acc_high")
SHOWN = rows_of(pool(), *DISPLAYED)
PUBLISHED = [
    model("RN50 openai", "robust_zero_shot", "RN50", "OpenAI"),
    model("soups", "finetuned", "RN50", "OpenAI"),
    model("coca_ViT-B-32", "robust_zero_shot", "CoCa-ViT-B-32", "LAION-2B"),
]


@pytest.fixture
def tables(tmp_path):
    """The three tables; all their numbers differ."""
    write_published(tmp_path)
    own = estimates(ids_of(pool()), ROBUSTNESS, PERCENT, ("accuracy", "a", "b"))
    own.to_csv(tmp_path / "robustness.csv", index=False)
    return tmp_path


@pytest.fixture
def draw(saved, tables):
    def run(models=None, own="robustness", **changes):
        names = (own, "published", "finetuned")
        paths = [name and str(tables / f"{name}.csv") for name in names]
        settings = {"confidence": 0.9, "line_through": "pool", "no_line": "", **changes}
        settings |= {"study": STUDY, "models": models or pool()}
        return saved(figure_01, *paths, [*FILES, *FILES], **settings)

    return run


@pytest.mark.parametrize(("part", "columns"), [(0, ROBUSTNESS), (1, PERCENT)])
def test_bars_are_the_tables_numbers(draw, tables, part, columns):
    figure = draw()[part].figure
    above, below = figure.axes
    own = pd.read_csv(tables / "robustness.csv")
    artists.same(artists.bars(figure, above), artists.expected_bars(SHOWN, own, *columns))
    checkpoints = pd.read_csv(tables / "published.csv").drop_duplicates("model")
    group = pd.read_csv(tables / "finetuned.csv").query("model == 'soups'")
    checkpoints = checkpoints.assign(**dict.fromkeys(columns[1:], np.nan))
    published = artists.expected_bars(PUBLISHED, pd.concat([checkpoints, group]), *columns)
    published[2] = published[2]._replace(backbone="CoCa-\nViT-B-32")  # a long name over one bar
    artists.same(artists.bars(figure, below, figure_01.HATCH), published)
    assert len(artists.shapes(above)) == len(DISPLAYED) and len(artists.shapes(below)) == 3


def test_axes_and_legend(draw):
    for part, label, percent in zip(
        draw(),
        ("Effective robustness", r"%$_\mathrm{acc}$ (shifts / test set)"),
        (False, True),
        strict=True,
    ):
        above, below = part.figure.axes
        assert above.get_ylabel() == below.get_ylabel() == label
        assert above.get_ylim() == below.get_ylim()
        assert artists.title(above) == "This study (tiny)"
        assert artists.title(below).startswith("Published") and "not repro" in artists.title(below)
        formatter = above.yaxis.get_major_formatter()
        assert isinstance(formatter, PercentFormatter) == percent
        assert not percent or formatter.format_pct(0.504, 0.02) == "50%"
        assert artists.levels(above) == ([] if percent else [(0, "-")])
        names = [*(look.name for look in FAMILIES.values()), "Zero-shot CoCa"]  # it is published
        assert artists.labels(part.figure) == [*names, "Published"]
        (hatch,) = {shape.hatch for shape in artists.shapes(below)}
        assert part.figure.legends[0].legend_handles[-1].get_hatch() == hatch


def test_captions(draw):
    first, second = (part.caption for part in draw(line_through="testbed"))
    assert first.startswith("**Figure 1a. Effective robustness.**")
    assert second.startswith("**Figure 1b. %acc.**")
    line = "goes through the published accuracies of the ImageNet testbed"
    assert line in first and line not in second
    for caption in (first, second):
        own = texts.pool_sentence(STUDY, without_baselines(pool()))
        assert f" Upper panel: {own} " in caption
        assert "Intervals: 90 % by bootstrap over the images, for the choice" in caption
        assert "Published, not reproduced: 2 zero-shot checkpoints" in caption
        assert "mean of the 7 ViT-B/32" in caption and "no interval but their range" in caption


def change(tables, rows, **cells):
    """Set cells of the rows of some models."""
    table = pd.read_csv(tables / "robustness.csv")
    table.loc[table["model"].isin(rows), list(cells)] = list(cells.values())
    table.to_csv(tables / "robustness.csv", index=False)


def test_an_undefined_value_is_marked_where_its_bar_would_stand(draw, tables):
    whole = artists.shapes(draw()[0].figure.axes[0])
    change(tables, [DISPLAYED[3]], **dict.fromkeys(ROBUSTNESS, np.nan))
    part = draw()[0]
    ax = part.figure.axes[0]
    (mark,) = [text for text in ax.texts if text.get_text() == "n/a"]
    assert mark.xy == pytest.approx((whole[3].x, 0))
    assert artists.shapes(ax) == whole[:3] + whole[4:]
    assert f"Undefined, marked n/a: `{DISPLAYED[3]}`." in part.caption


def says_why_it_is_empty(part, reason):
    """Words stand in the upper panel's place and in the caption; the lower panel is as ever."""
    above, below = part.figure.axes
    assert [text.get_text() for text in above.texts] == [f"T{reason[1:]}."]
    assert not above.containers and len(below.containers) == 3
    assert f"T{reason[1:]}." in part.caption and "n/a" not in part.caption


def test_without_a_line_the_upper_panel_says_so(draw, tables):
    change(tables, DISPLAYED, **dict.fromkeys(ROBUSTNESS, np.nan))
    reason = "this study has too few baselines"
    robustness, percent = draw(no_line=reason)
    says_why_it_is_empty(robustness, reason)
    assert len(percent.figure.axes[0].containers) == len(DISPLAYED)
    assert f"T{reason[1:]}." not in percent.caption


def test_without_shifts_neither_part_needs_a_table_of_the_study(draw):
    reason = "this study has no distribution shifts"
    for part in draw(own=None, no_line=reason):
        says_why_it_is_empty(part, reason)
        names = ["Robust zero-shot CLIP", "Finetuned CLIP", "Zero-shot CoCa", "Published"]
        assert artists.labels(part.figure) == names


def test_a_study_of_baselines_only_says_so(draw):
    for part in draw([row for row in pool() if row["family"] == "baseline"]):
        above, below = part.figure.axes
        words = [text.get_text() for text in above.texts]
        assert words == ["The study has no model for this figure."]
        assert not above.containers and len(below.containers) == 3


def test_a_model_without_a_row_is_named(draw):
    absent = model("rn-new", "supervised", "RN-mini", None)
    with pytest.raises(InputError, match=r"found 0 rows of model 'rn-new'.*expected exactly one"):
        draw([*pool(), absent])

"""The table of indicators says in words what the intervals say."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, pool
from tests.unit.tables.cells import cells, words
from workflow_scripts.reporting.indication import CHANCE, COLUMNS, GROUPS, INDICATORS
from workflow_scripts.tables import table_indication

YES, REVERSED, AROUND = (0.7, 0.6, 0.9), (-0.5, -0.6, -0.1), (0.55, -0.1, 0.8)


@pytest.fixture
def associations():
    """Of the first indicator all holds, of the second it is reversed, of the third some holds."""
    keys = itertools.product(INDICATORS, GROUPS, CHANCE)
    table = pd.DataFrame(keys, columns=["indicator", "group", "statistic"])
    table = table.assign(undefined=0, models=9, robust=4, blocks=1, reason="")
    names = [*INDICATORS]
    for row, (indicator, group) in enumerate(zip(table["indicator"], table["group"], strict=True)):
        triple = (np.nan,) * 3
        if indicator == names[0] or (indicator == names[2] and group == GROUPS[1]):
            triple = YES
        elif indicator == names[1]:
            triple = REVERSED
        elif indicator == names[2]:
            triple = AROUND
        table.loc[row, ["value", "low", "high"]] = triple
    table.loc[table["value"].isna(), "reason"] = "no concepts"
    return table[[*COLUMNS]]


@pytest.fixture
def make(associations, tmp_path):
    def run(**changes):
        paths = [tmp_path / name for name in ("associations.csv", "table.csv", "table.md")]
        associations.to_csv(paths[0], index=False)
        settings = {"confidence": 0.9, "line_through": "pool", "no_line": ""}
        table_indication.main(*paths, study=STUDY, models=pool(), **settings | changes)
        return paths[1:]

    return run


def test_verdicts_follow_the_intervals(make):
    table = pd.read_csv(make()[0]).set_index("indicator")["verdict"]
    names = [*INDICATORS]
    assert set(table[names[0]]) == {"yes"} and set(table[names[1]]) == {"reversed"}
    assert sorted(set(table[names[2]])) == ["not shown", "yes"]
    assert set(table[names[3]]) == {"cannot be judged"}


def test_lines(make):
    titles, *lines = cells(make_plain(make()[1]))
    assert titles[:3] == ["Indicator", "One may rely on it", "To rank all models"]
    assert [line[0] for line in lines] == [n.replace("|", "/") for n in INDICATORS.values()]
    everything = (
        "To rank all models, CLIPs and models of one backbone; to tell robust ones among all "
        "models, CLIPs and models of one backbone"
    )
    assert lines[0][1] == everything and lines[0][2] == "yes, 0.70 (0.60 to 0.90)"
    assert lines[1][1].startswith("For nothing shown here. Points the wrong way: to rank all")
    assert lines[1][2] == "reversed, −0.50 (−0.60 to −0.10)"
    assert lines[2][1] == "To rank CLIPs; to tell robust ones among CLIPs"
    assert lines[3][1] == "Cannot be judged here"
    assert lines[3][2] == "cannot be judged: no concepts"


def make_plain(path):
    """The file with the bars inside of cells replaced."""
    path.write_text(path.read_text(encoding="utf-8").replace("\\|", "/"), encoding="utf-8")
    return path


def test_an_interval_without_width_is_marked(make, associations):
    associations.loc[0, ["value", "low", "high"]] = 1.0
    assert "yes, 1.00 (1.00 to 1.00)†" in make()[1].read_text(encoding="utf-8")


def test_words_above(make):
    text = words(make()[1])
    assert "Intervals: 90 % by bootstrap over the models, not the images." in text
    assert "Models: all models 9, of which 4 robust" in text and "Study `tiny`." in text
    assert "is measured here (equation 5)" in text
    assert "published, of the very weights" in words(make(no_line="no shifts")[1])

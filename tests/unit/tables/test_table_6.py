"""Table 6 has the best three concepts of each model's most privileged direction, best first."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, pool
from tests.unit.tables.cells import cells, words
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES, without_baselines
from workflow_scripts.tables import table_6

OWN = without_baselines(pool())
PLACES = (3, 1, 4, 2)  # not as they are to be shown
TITLES = ["Backbone", "Pretraining data", "Kind"] + [f"Top-{n} concept" for n in (1, 2, 3)]


@pytest.fixture
def top():
    """Four places of every model and sign; no number and no name twice."""
    signs = ("opposite", "convention")
    keys = itertools.product([row["model"] for row in pool()[::-1]], signs, PLACES)
    table = pd.DataFrame(keys, columns=["model", "sign", "place"])
    precision = np.linspace(0.99, 0.31, len(table))  # falls from model to model
    table["average_precision"] = precision - 0.002 * table["place"]
    table["name"] = [f"thing {n}{('', '-s', '-c')[n % 3]}" for n in range(len(table))]
    return table.assign(direction=3, category="object")


@pytest.fixture
def make(top, tmp_path):
    def run(table=top):
        paths = [tmp_path / name for name in ("top.csv", "table_6.csv", "table_6.md")]
        table.to_csv(paths[0], index=False)
        table_6.main(*paths, study=STUDY, models=pool(), dataset="broden")
        return paths[1:]

    return run


def concepts(top, name):
    """The cells of a model, from its rows."""
    own = top[(top["model"] == name) & (top["sign"] == "convention")].set_index("place")
    return [
        f"{own.loc[place, 'name']}".replace("-s", " scene").replace("-c", " colour")
        + f" ({own.loc[place, 'average_precision']:.2f})"
        for place in (1, 2, 3)
    ]


def test_cells(make, top):
    expected = [
        [row["backbone"], row["pretraining"] or "", FAMILIES[row["family"]].name]
        + concepts(top, row["model"])
        for row in OWN
    ]
    assert cells(make()[1]) == [TITLES, *expected]


def test_fewer_concepts_than_places(make, top):
    few = top[(top["model"] != OWN[0]["model"]) | (top["place"] == 1)]
    assert cells(make(few)[1])[1][3:] == [concepts(top, OWN[0]["model"])[0], "N.A.", "N.A."]


def test_csv_has_the_shown_rows_alone(make, top):
    table = pd.read_csv(make()[0])
    shown = top[(top["sign"] == "convention") & (top["place"] <= 3)]
    shown = shown[shown["model"].isin([row["model"] for row in OWN])].reset_index(drop=True)
    pd.testing.assert_frame_equal(table, shown, check_dtype=False)


def test_words_above(make):
    text = words(make()[1])
    assert text.startswith("**Table 6. Top concepts of the most privileged direction.** The 3 conc")
    assert "`broden`" in text and texts.pool_sentence(STUDY, OWN) in text

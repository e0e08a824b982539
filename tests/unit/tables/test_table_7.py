"""Table 7 has the polysemanticity of the zero-shot models, by one sign and by either."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, ids_of, pool
from tests.unit.tables.cells import cells, words
from workflow_scripts.reporting import texts
from workflow_scripts.tables import table_7

OWN = [row for row in pool() if row["family"].endswith("zero_shot")]
NUMBERS = ["polysemanticity", "per_component", "directions", "width"]
TITLES = ["Backbone", "Pretraining data", "Polysemanticity", "Directions", "Either sign"]


@pytest.fixture
def values():
    """Three signs at two thresholds; no number twice."""
    keys = [
        ids_of(pool()).assign(threshold=threshold, sign=sign)
        for threshold in (0.85, 0.9)
        for sign in ("either", "opposite", "convention")
    ]
    table = pd.concat(keys, ignore_index=True)
    numbers = np.random.default_rng(0).permutation(np.linspace(1, 90, 4 * len(table)))
    return table.assign(**dict(zip(NUMBERS, numbers.round(3).reshape(4, -1), strict=True)))


@pytest.fixture
def made(values, tmp_path):
    paths = [tmp_path / name for name in ("values.csv", "table_7.csv", "table_7.md")]
    values.to_csv(paths[0], index=False)
    table_7.main(*paths, study=STUDY, models=pool(), dataset="broden", threshold=0.85)
    return paths[1:]


def rows(values, sign):
    chosen = values[(values["threshold"] == 0.85) & (values["sign"] == sign)]
    return chosen.set_index("model").loc[[row["model"] for row in OWN]]


def test_cells(made, values):
    own, either = rows(values, "convention"), rows(values, "either")
    expected = [
        [row["backbone"], row["pretraining"], f"{one.polysemanticity:.1f}",
         f"{one.directions:.0f}", f"{both.polysemanticity:.1f}"]
        for row, one, both in zip(OWN, own.itertuples(), either.itertuples(), strict=True)
    ]  # fmt: skip
    assert cells(made[1]) == [TITLES, *expected]


def test_csv(made, values):
    table = pd.read_csv(made[0])
    assert list(table) == ["model", "backbone", "pretraining", *NUMBERS, "either_sign"]
    assert table["model"].tolist() == [row["model"] for row in OWN]
    np.testing.assert_allclose(table[NUMBERS], rows(values, "convention")[NUMBERS])
    np.testing.assert_allclose(table["either_sign"], rows(values, "either")["polysemanticity"])


def test_words_above(made):
    text = words(made[1])
    assert text.startswith("**Table 7. Polysemanticity of the zero-shot models.** Number of concep")
    assert "`broden`" in text and "at least 0.85" in text
    assert texts.pool_sentence(STUDY, OWN) in text

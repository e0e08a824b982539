"""The table of concept counts has a section a threshold, and all that a count depends on."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, ids_of, pool
from tests.unit.tables.cells import sections, words
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES, without_baselines
from workflow_scripts.tables import table_concept_counts

OWN = without_baselines(pool())
TITLES = ["Model", "Family", "Directions", "Concepts", "Draws", "Chance", "Above chance",
          "Beyond null", "Opposite sign", "Either sign"]  # fmt: skip
ORDER = [
    ("concepts", "RN-mini", 0.9, "robust_zero_shot 9.0 > finetuned 2.5", True),
    ("above_chance", "ViT-mini", 0.85, "non_robust_zero_shot 3.0 > supervised 1.0", False),
]


@pytest.fixture
def counts():
    """Three signs at two thresholds, the higher one first; no number twice."""
    keys = [
        ids_of(pool()).assign(threshold=threshold, sign=sign)
        for threshold in (0.9, 0.85)
        for sign in ("either", "convention", "opposite")
    ]
    table = pd.concat(keys, ignore_index=True)
    names = table_concept_counts.NUMBERS
    numbers = np.random.default_rng(0).permutation(len(names) * len(table)) + 0.25
    return table.assign(**dict(zip(names, numbers.reshape(len(names), -1), strict=True)))


@pytest.fixture
def made(counts, tmp_path):
    paths = [tmp_path / name for name in ("counts.csv", "order.csv", "table.csv", "table.md")]
    counts.to_csv(paths[0], index=False)
    columns = ["quantity", "backbone", "threshold", "order", "holds"]
    pd.DataFrame(ORDER, columns=columns).to_csv(paths[1], index=False)
    settings = {"dataset": "broden", "threshold": 0.9, "confidence": 0.995}
    table_concept_counts.main(*paths, study=STUDY, models=pool(), **settings)
    return paths[2:]


@pytest.mark.parametrize(("section", "threshold"), [(0, 0.85), (1, 0.9)])
def test_cells(made, counts, section, threshold):
    rows = counts[counts["threshold"] == threshold].set_index(["model", "sign"])
    expected = []
    for model in OWN:
        own = rows.loc[(model["model"], "convention")]
        others = [rows.loc[(model["model"], sign), "concepts"] for sign in ("opposite", "either")]
        above = own["above_chance"], own["above_chance_low"], own["above_chance_high"]
        expected.append(
            [
                f"`{model['model']}`",
                FAMILIES[model["family"]].name,
                f"{own['directions']:.0f}",
                f"{own['concepts']:.0f}",
                f"{own['draws_low']:.0f}–{own['draws_high']:.0f}",
                f"{own['chance']:.1f}",
                "{:.1f} ({:.1f}–{:.1f})".format(*above),
                f"{own['beyond_null']:.0f}",
                *(f"{count:.0f}" for count in others),
            ]  # fmt: skip
        )
    assert sections(made[1])[section] == [TITLES, *expected]


def test_sections_begin_with_their_threshold(made):
    headings = [line for line in made[1].read_text().splitlines() if line.startswith("#")]
    assert headings == [
        "### Threshold 0.85", "### Threshold 0.9, the paper's", "### Order of the families"
    ]  # fmt: skip


def test_order_of_the_families(made):
    order = sections(made[1])[2]
    assert order == [
        ["Mean over the family", "Backbone", "Threshold", "Order", "As at the paper's threshold"],
        ["Concepts", "RN-mini", "0.9", "Robust zero-shot CLIP 9.0 > Finetuned CLIP 2.5", "yes"],
        ["Above chance", "ViT-mini", "0.85", "Non-robust zero-shot CLIP 3.0 > Supervised 1.0",
         "no"],
    ]  # fmt: skip


def test_csv_and_words_above(made, counts):
    shown = counts[counts["model"].isin([model["model"] for model in OWN])]
    assert len(shown) < len(counts)  # no row of what is not shown
    own = shown.reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_csv(made[0]), own, check_dtype=False)
    text = words(made[1])
    assert text.startswith("**Unique concepts, and what they depend on.** Concepts: those of `brod")
    assert "the 99.5 % interval" in text and texts.pool_sentence(STUDY, OWN) in text

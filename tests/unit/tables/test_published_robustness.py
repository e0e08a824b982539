"""The table of kurtosis beside published robustness has the models that have both."""

import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import DISPLAYED, STUDY, estimates, ids_of, pool, rows_of
from tests.unit.tables.cells import cells, words
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES, without_baselines
from workflow_scripts.tables import published_robustness

TITLES = ["Model", "Family", "Kurtosis", "Effective robustness", "Shifts", "Published as"]
OWN = without_baselines(pool())
KURTOSIS = ["kurtosis", "low", "high"]
KNOWN = rows_of(pool(), "vit-supervised", "rn-rectified", "rn-web-large-ft")  # in no order
PUBLISHED = [
    ("timm one", 5, 0.71, 0.52, -0.0126), ("timm two", 4, 0.72, 0.53, 0.0216),
    ("soups", 5, 0.73, 0.54, 0.3146),
]  # fmt: skip
COLUMNS = ["published_as", "shifts", "accuracy", "shift_accuracy", "effective_robustness"]


@pytest.fixture
def kurtosis():
    both = pd.concat([ids_of(pool()).assign(dataset=name) for name in ("other", "imagenet")])
    return estimates(both.reset_index(drop=True), tuple(KURTOSIS), low=1, high=40)


@pytest.fixture
def make(kurtosis, tmp_path):
    def run(known=KNOWN):
        published = pd.DataFrame(PUBLISHED[: len(known)], columns=COLUMNS)
        published.insert(0, "model", [row["model"] for row in known])
        paths = [tmp_path / name for name in ("kurtosis.csv", "published.csv", "t.csv", "t.md")]
        kurtosis.to_csv(paths[0], index=False)
        published.to_csv(paths[1], index=False)
        settings = {"models": pool(), "test": "imagenet", "confidence": 0.9}
        published_robustness.main(*paths, study=STUDY, **settings)
        return paths[2:]

    return run


def test_cells(make, kurtosis):
    rows = kurtosis[kurtosis["dataset"] == "imagenet"].set_index("model")
    robustness = {"rn-web-large-ft": ("0.315", "5", "soups"),
                  "rn-rectified": ("0.022", "4", "timm two"),
                  "vit-supervised": ("−0.013", "5", "timm one")}  # fmt: skip
    expected = []
    for row in [row for row in OWN if row["model"] in robustness]:
        value, low, high = rows.loc[row["model"], KURTOSIS].astype(float)
        interval = f"{value:.2f} ({low:.2f} to {high:.2f})"
        name = FAMILIES[row["family"]].name
        expected.append([f"`{row['model']}`", name, interval, *robustness[row["model"]]])
    assert cells(make()[1]) == [TITLES, *expected]


def test_csv_has_every_model(make, kurtosis):
    table = pd.read_csv(make()[0]).set_index("model")
    assert list(table) == ["family", *KURTOSIS, *COLUMNS]
    assert list(table.index) == [row["model"] for row in OWN]
    assert table["family"].tolist() == [row["family"] for row in OWN]
    rows = kurtosis[kurtosis["dataset"] == "imagenet"].set_index("model").loc[table.index]
    pd.testing.assert_frame_equal(table[KURTOSIS], rows[KURTOSIS])
    known = table[COLUMNS].dropna()
    assert known.sort_values("accuracy").to_records(index=False).tolist() == PUBLISHED
    assert set(known.index) == {row["model"] for row in KNOWN}


def test_words_above(make):
    text = words(make()[1])
    assert text.startswith("**Kurtosis beside published robustness.** Kurtosis is measured here on")
    assert (
        "on `imagenet`; effective robustness is published, of the very weights, for 3 of " in text
    )
    assert f"for 3 of {len(DISPLAYED)} models" in text and "Intervals: 90 %" in text
    assert texts.rectified_sentence(OWN) in text and texts.pool_sentence(STUDY, OWN) in text


def test_a_study_of_which_nothing_is_published(make):
    text = make([])[1].read_text(encoding="utf-8")
    assert f"for 0 of {len(DISPLAYED)} models" in text and "|" not in text

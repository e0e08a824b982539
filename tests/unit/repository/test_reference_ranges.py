"""The committed reference ranges are those of the replicates, where these have the number."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.unit.inputs.docs_scripts import script
from workflow_scripts.cards.references import ranges
from workflow_scripts.plan.exhibits import card
from workflow_scripts.plan.run import Run

ROOT = Path(__file__).resolve().parents[3]
reference_ranges = script("reference_ranges")


def test_the_committed_ranges_hold_the_replicates():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    run = Run.load(ROOT, config | {"study": "miniature"})
    settings = card.settings(run)
    found = reference_ranges.of_replicates(
        card.measures_of(run), settings["models"], settings["test"]["id"], settings["threshold"]
    )
    assert {*found} == {"kurtosis", "importance_ratio", "accuracy", "concepts",
                        "effective_robustness"}  # fmt: skip
    own = ranges(found, settings["models"]).set_index(["indicator", "family"])
    committed = pd.read_csv(ROOT / card.MINIATURE).set_index(["indicator", "family"])
    for name in ("models", "low", "high"):
        assert committed.loc[own.index, name].tolist() == pytest.approx(own[name].tolist())

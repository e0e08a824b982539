"""The kept reference: its own replicates are healthy runs, and what is broken is caught."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.tables.verification import compare_numbers, reference_numbers

REFERENCE = Path(__file__).resolve().parents[3] / "resources" / "reference" / "miniature"
REPLICATES = 5


@pytest.fixture(scope="module")
def kept():
    return reference_numbers(str(REFERENCE / "numbers.csv"), REPLICATES)


def broken(keys, values, new):
    """What is outside, of a run with these numbers."""
    found = pd.Series(new, index=pd.MultiIndex.from_frame(keys))
    table = compare_numbers(keys, values, found)
    return table[table["broken"].astype(bool)]


@pytest.mark.parametrize("number", range(REPLICATES))
def test_each_replicate_is_a_healthy_run_by_the_others(kept, number):
    keys, values = kept
    assert broken(keys, np.delete(values, number, axis=1), values[:, number]).empty


def test_another_definition_of_kurtosis_is_caught(kept):
    keys, values = kept
    new = values[:, 0] - 3 * (keys["column"] == "kurtosis").to_numpy()
    assert "kurtosis" in {*broken(keys, values, new)["column"]}


def test_clips_trained_at_another_temperature_are_caught(kept):
    """With the logit scale at 14 instead of 100 both signatures went, and robustness stayed."""
    keys, values = kept
    clips = keys["row"].str.match("(rn|vit|coca)_web").to_numpy()
    new = values[:, 0].copy()
    new[clips & (keys["column"] == "kurtosis")] = 2.9
    new[clips & (keys["column"] == "importance_ratio")] /= 5.5
    assert "importance_ratio" in {*broken(keys, values, new)["column"]}


def test_a_model_trained_on_another_set_is_caught(kept):
    """As one came out that was trained on ImageNet-Captions in place of the small web set."""
    keys, values = kept
    measured = {"imagenet-sketch": 0.1425, "imagenet-r": 0.448}
    new = values[:, 0].copy()
    for dataset, accuracy in measured.items():
        new[(keys["row"] == f"vit_web-small; {dataset}") & (keys["column"] == "accuracy")] = (
            accuracy
        )
    own = (keys["row"] == "vit_web-small") & (keys["column"] == "effective_robustness")
    new[own] = -0.05414
    assert {"accuracy", "effective_robustness"} <= {*broken(keys, values, new)["column"]}

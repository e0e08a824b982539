"""Replicates are complete draws of the experiment: other seeds, the same images."""

import json

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.analysis.claims import OPEN
from workflow_scripts.plan.replicates import APART

SHOWN = ["rn_captions-td", "rn_supervised"]


@pytest.fixture(scope="module")
def replicated(finished, tmp_path_factory):
    """Two models of the finished tiny study, and a second draw of them."""
    project = finished.copy(tmp_path_factory.mktemp("replicates"))
    made = {path: path.stat().st_mtime_ns for path in project.results.rglob("*.safetensors")}
    project.run("replicates", "--config", "replicates=2", f"models=[{','.join(SHOWN)}]")
    assert all(path.stat().st_mtime_ns == time for path, time in made.items())
    return project


def test_a_replicate_has_other_seeds_and_the_same_images(replicated):
    first, second = replicated.results, replicated.results / "replicates" / "2"
    assert {path.name for path in second.iterdir()} == {"models", "activations", "measures"}
    for model in (*SHOWN, "baseline_rn_60x3"):
        cards = [json.loads((each / "models" / model / "card.json").read_text())
                 for each in (first, second)]  # fmt: skip
        seeds = [card["training"]["seed"] for card in cards]
        assert seeds[1] == seeds[0] + APART
        assert cards[0]["sha256"]["encoder"] != cards[1]["sha256"]["encoder"]
    # What makes a data set is part of no replicate, nor are models that were not chosen.
    assert not {"rn_adversary", "rn_web"} & {each.name for each in (second / "models").iterdir()}


def test_numbers_are_those_of_both_replicates(replicated):
    measures = [replicated.results / part / "measures" for part in ("", "replicates/2")]
    found = pd.read_csv(measures[0] / "replicates" / "numbers.csv")
    kurtosis = [pd.read_csv(each / "indicators" / "kurtosis.csv")["kurtosis"] for each in measures]
    own = found[(found["table"] == "indicators/kurtosis") & (found["column"] == "kurtosis")]
    assert own["row"].tolist() == [f"{model}; imagenet" for model in SHOWN]
    both = pd.concat(kurtosis, axis=1)
    assert own["mean"].tolist() == pytest.approx(both.mean(axis=1).tolist())
    assert own["standard_deviation"].tolist() == pytest.approx(both.std(axis=1).tolist())
    assert (own["replicates"] == 2).all() and (own["standard_deviation"] > 0).all()


def test_claims_are_judged_on_both_replicates(replicated):
    folder = replicated.results / "measures" / "replicates" / "claims" / "verdicts"
    found = pd.read_csv(folder / "summary.csv")
    verdicts = found[found["evidence"] == "study"]["verdicts"].str.split("; ")
    assert (verdicts.map(len) == 2).all()
    differ = verdicts.map(lambda each: len({*each} - {OPEN}) > 1)
    assert (found.loc[differ.index[differ], "verdict"] == OPEN).all()


def test_figures_show_means_and_single_replicates(replicated):
    options = ("--config", "replicates=2", f"models=[{','.join(SHOWN)}]")
    replicated.run("figure_1", "figure_2", "figure_3", "table_1", *options)
    folder = replicated.results / "measures"
    means = pd.read_csv(folder / "replicates" / "indicators" / "kurtosis.csv")
    single = [pd.read_csv(folder.parent / part / "measures" / "indicators" / "kurtosis.csv")
              for part in ("", "replicates/2")]  # fmt: skip
    both = np.stack([each["kurtosis"] for each in single], axis=1)
    assert means["kurtosis"].tolist() == pytest.approx(both.mean(axis=1))
    dots = [[float(value) for value in text.split()] for text in means["kurtosis_replicates"]]
    np.testing.assert_allclose(dots, both)
    caption = (replicated.results / "figures" / "figure_02a.md").read_text()
    assert "means over 2 replicates" in caption and "images alone" not in caption

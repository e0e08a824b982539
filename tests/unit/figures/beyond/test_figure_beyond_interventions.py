"""The figure of interventions: each arm at its mean, its models below it, differences in words."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import FILES, STUDY
from workflow_scripts.figures.beyond import figure_beyond_interventions as script

REFERENCES = {
    "As in the study": "As in the study", "Finetuned": "Finetuned",
    "Logit scale 14": "As in the study", "Finetuned, kurtosis": "Finetuned",
}  # fmt: skip
QUANTITIES = list(script.PANELS)


@pytest.fixture
def page(saved, tmp_path):
    rng = np.random.default_rng(0)
    models = pd.DataFrame({"arm": np.repeat([*REFERENCES], 3)})
    for name in QUANTITIES:
        models[name] = rng.uniform(1, 9, len(models))
    arms = pd.DataFrame(itertools.product(REFERENCES, QUANTITIES), columns=["arm", "quantity"])
    arms["value"] = rng.uniform(1, 9, len(arms))
    arms = arms.assign(
        reference=arms["arm"].map(REFERENCES), seeds=3, low=arms["value"] - 0.5,
        high=arms["value"] + 0.25, pairs=3, difference=-1.5, difference_low=-2.0,
        difference_high=0.25,
    )  # fmt: skip
    paths = tmp_path / "models.csv", tmp_path / "arms.csv"
    models.to_csv(paths[0], index=False)
    arms.to_csv(paths[1], index=False)
    told = {"study": STUDY, "dataset": "imagenet", "confidence": 0.95}
    (only,) = saved(script, *paths, FILES, **told, line_through="pool", no_line="")
    return only, models, arms


def test_arms_stand_at_their_means_with_their_models(page):
    only, models, arms = page
    places, keyed = script.places_of(arms), arms.set_index(["arm", "quantity"])
    for ax, name in zip(only.figure.axes, QUANTITIES, strict=True):
        found = artists.curves(ax)
        for reference, line in zip(("As in the study", "Finetuned"), found[:2], strict=True):
            assert set(line.x) == {keyed.loc[(reference, name), "value"]}
        for number, arm in enumerate(REFERENCES):
            interval, mean, single = found[2 + 3 * number : 5 + 3 * number]
            row = keyed.loc[(arm, name)]
            assert interval.x == [row["low"], row["high"]]
            assert (mean.x, mean.y) == ([row["value"]], [places[arm]])
            assert single.x == models.loc[models["arm"] == arm, name].tolist()


def test_arms_stand_below_their_references(page):
    places = script.places_of(page[2])
    assert sorted(places, key=places.__getitem__) == [
        "As in the study", "Logit scale 14", "Finetuned", "Finetuned, kurtosis",
    ]  # fmt: skip


def test_the_caption_tells_the_differences_and_that_it_is_not_the_papers(page):
    caption = page[0].caption
    assert "the paper does not have it" in caption
    words = "Logit scale 14: kurtosis −1.50 (−2.00 to +0.25), effective robustness −1.50"
    assert f"Differences from “As in the study”, paired by seed: {words}" in caption
    assert "Differences from “Finetuned”, paired by seed: Finetuned, kurtosis: " in caption

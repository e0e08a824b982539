"""The figure of interventions: each arm at its mean, its models around it, differences in words."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import FILES, STUDY
from workflow_scripts.figures.beyond import figure_beyond_interventions as script

ARMS = ["As in the study", "Logit scale 14", "Weight decay 2"]
QUANTITIES = ["effective_robustness", *script.PANELS]


@pytest.fixture
def page(saved, tmp_path):
    rng = np.random.default_rng(0)
    models = pd.DataFrame({"arm": np.repeat(ARMS, 3)})
    for name in QUANTITIES:
        models[name] = rng.uniform(1, 9, len(models))
    arms = pd.DataFrame(itertools.product(ARMS, QUANTITIES), columns=["arm", "quantity"])
    arms["value"] = rng.uniform(1, 9, len(arms))
    arms = arms.assign(
        seeds=3, low=arms["value"] - 0.5, high=arms["value"] + 0.25, pairs=3, difference=-1.5,
        difference_low=-2.0, difference_high=0.25,
    )  # fmt: skip
    paths = tmp_path / "models.csv", tmp_path / "arms.csv"
    models.to_csv(paths[0], index=False)
    arms.to_csv(paths[1], index=False)
    told = {"study": STUDY, "dataset": "imagenet", "confidence": 0.95}
    (only,) = saved(script, *paths, FILES, **told, line_through="pool", no_line="")
    return only, models, arms.set_index(["arm", "quantity"])


def test_arms_stand_at_their_means_with_their_models(page):
    only, models, arms = page
    for ax, name in zip(only.figure.axes, script.PANELS, strict=True):
        found = artists.curves(ax)
        for place, arm in enumerate(ARMS):
            single, across, upright, mean = found[4 * place : 4 * place + 4]
            own = models[models["arm"] == arm]
            assert single.x == own[name].tolist()
            assert single.y == own["effective_robustness"].tolist()
            x, y = (arms.loc[(arm, each)] for each in (name, "effective_robustness"))
            assert (across.x, upright.y) == ([x["low"], x["high"]], [y["low"], y["high"]])
            assert (mean.x, mean.y) == ([x["value"]], [y["value"]])
    assert len({curve.colour for curve in artists.curves(only.figure.axes[1])}) == len(ARMS)


def test_the_caption_tells_the_differences_and_that_it_is_not_the_papers(page):
    caption = page[0].caption
    assert "the paper does not have it" in caption
    words = "Logit scale 14: kurtosis −1.50 (−2.00 to +0.25), effective robustness −1.50"
    assert words in caption

"""A measured accuracy is judged by what is published of the same weights, or by chance."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from workflow_scripts.analysis.published_weights import KEYS
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.indicators import accuracy_check as sanity

FOLDER = Path(__file__).resolve().parents[3] / "resources" / "published"
PUBLISHED = {name: str(FOLDER / f"{name}_accuracy.csv") for name in KEYS}
COLUMNS = {"imagenet": "imagenet", "imagenet-r": "imagenet_r"}


def weights(published, architecture, size=224, stated=True, deviates=None):
    return {
        "model": "m",
        "published": published,
        "architecture": architecture,
        "size": size,
        "stated": stated,
        "deviates": deviates,
    }


@pytest.fixture
def judge(tmp_path):
    """The table of one model, by data set, from its number of correct images."""

    def run(model, correct, images=50000, classes=1000, columns=COLUMNS, test="imagenet"):
        rows = [
            {"model": "m", "dataset": each, "images": images, "classes": classes, "correct": count}
            for each, count in correct.items()
        ]
        table = pd.DataFrame(rows).eval("accuracy = correct / images")
        write_csv(tmp_path / "accuracy.csv", table)
        sanity.main(
            tmp_path / "accuracy.csv", PUBLISHED, tmp_path / "check.csv", models=[model],
            columns=columns, test=test, confidence=0.95,
        )  # fmt: skip
        found = pd.read_csv(tmp_path / "check.csv", keep_default_na=False).set_index("dataset")
        assert list(found.reset_index()[list(sanity.COLUMNS)]) == list(sanity.COLUMNS)
        return found

    return run


def test_as_published_within_the_binomial_interval(judge, caplog):
    found = judge(weights("open_clip:openai", "RN50-quickgelu"), {"imagenet": 29800})
    row = found.loc["imagenet"]
    assert (row["published"], row["published_as"]) == (0.5982, "open_clip RN50-quickgelu openai")
    assert (row["verdict"], row["cause"]) == (sanity.AS_PUBLISHED, "")
    # Clopper and Pearson's ends are quantiles of beta distributions.
    ends = beta.ppf([0.025, 0.975], [29800, 29801], [20201, 20200])
    np.testing.assert_allclose([row["low"], row["high"]], ends, rtol=1e-9)
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_the_interval_is_that_of_the_number_of_images(judge):
    model = weights("open_clip:openai", "RN50-quickgelu")
    few = judge(model, {"imagenet": 58}, images=100).loc["imagenet"]
    many = judge(model, {"imagenet": 29000}).loc["imagenet"]
    assert (few["verdict"], many["verdict"]) == (sanity.AS_PUBLISHED, sanity.BELOW)


def test_the_other_activation_function_is_told_by_its_own_published_accuracy(judge, caplog):
    """RN50 of CC-12M: 36.47 % with QuickGELU, 35.91 % without."""
    right, wrong = ("RN50-quickgelu", 18235), ("RN50", 17955)
    for architecture, correct in (right, wrong):
        row = judge(weights("open_clip:cc12m", architecture), {"imagenet": correct}).loc["imagenet"]
        assert row["verdict"] == sanity.AS_PUBLISHED
    row = judge(weights("open_clip:cc12m", "RN50-quickgelu"), {"imagenet": 17955}).loc["imagenet"]
    assert row["verdict"] == sanity.BELOW
    assert row["cause"] == "activation function: it is what RN50 has"
    (warning,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    said = warning.getMessage()
    assert said.startswith(
        "m on imagenet: accuracy 0.3591 (0.3549 to 0.3633) is below what is publ"
    )
    assert said.endswith("0.3647; likely cause: activation function: it is what RN50 has")


@pytest.mark.parametrize(
    ("model", "correct", "verdict", "cause"),
    [
        (weights("torchvision:vit_b_32", "x", stated=False), 37956, sanity.AS_PUBLISHED, ""),
        (weights("torchvision:vit_b_32", "x", stated=False), 37400, sanity.BELOW, sanity.UNLIKE),
        (weights("model_soups:model_1", "ViT-B-32"), 38633, sanity.AS_PUBLISHED, ""),
        (weights("timm:tf_efficientnet_lite0.in1k", "x"), 37423, sanity.AS_PUBLISHED, ""),
        (weights("timm:tf_efficientnet_lite0.in1k", "x"), 40000, sanity.ABOVE, "other weights"),
        (weights("timm:tf_efficientnet_lite0.in1k", "x"), 40, sanity.BELOW, "order of the classes"),
        (
            weights("timm:tf_efficientnet_lite0.in1k", "x", deviates="view;normalisation"),
            36000, sanity.BELOW, "the row deviates in view, normalisation, as it says",
        ),
        (weights("", "x"), 60, sanity.AT_CHANCE, "order of the classes"),
        (weights("", "x"), 90, sanity.ABOVE_CHANCE, ""),
        # timm measured it, but with other images
        (weights("timm:tf_efficientnet_lite0.in1k", "x", 300, False), 90, sanity.ABOVE_CHANCE, ""),
    ],
)  # fmt: skip
def test_verdicts(judge, model, correct, verdict, cause):
    row = judge(model, {"imagenet": correct}).loc["imagenet"]
    assert row["verdict"] == verdict
    assert row["cause"].startswith(cause) and bool(row["cause"]) == bool(cause)


def test_a_number_holds_for_its_own_images_alone(judge):
    """A shift is compared where its accuracy is published; another test set with chance."""
    model = weights("open_clip:openai", "RN50-quickgelu")
    found = judge(model, {"imagenet": 29910, "imagenet-r": 30365, "imagenet-v2": 25000})
    assert list(found.index) == ["imagenet", "imagenet-r"]
    assert found["verdict"].tolist() == [sanity.AS_PUBLISHED] * 2
    found = judge(model, {"imagenet-v2": 26000}, columns={}, test="imagenet-v2")
    row = found.loc["imagenet-v2"]
    assert (row["published"], row["published_as"], row["chance"]) == ("", "", 0.001)
    assert row["verdict"] == sanity.ABOVE_CHANCE


def test_a_name_that_is_not_published(judge):
    expected = "row m, column published .*cc12n.*open_clip_accuracy.csv.*did you mean 'cc12m'"
    with pytest.raises(InputError, match=expected):
        judge(weights("open_clip:cc12n", "RN50"), {"imagenet": 1})
    # An architecture tells the name of its weights, which not everybody has measured.
    row = judge(weights("timm:own.of_mine", "x", stated=False), {"imagenet": 90}).loc["imagenet"]
    assert row["published"] == ""

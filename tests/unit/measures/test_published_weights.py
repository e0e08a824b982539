"""Published robustness of a study's weights: each above the line of its own shifts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from workflow_scripts.analysis.published_weights import KEYS
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.measures.robustness import published_weights

FOLDER = Path(__file__).resolve().parents[3] / "resources" / "published"
PUBLISHED = {name: str(FOLDER / f"{name}_accuracy.csv") for name in KEYS}
LINES = pd.DataFrame(
    [(5, True, 0.757, -1.571, 0.99), (4, True, 0.753, -1.558, 0.99), (4, False, 1.2, -2.2, 0.9)],
    columns=["shifts", "used", "slope", "intercept", "r"],
)
NAMES = {
    "clip": ("open_clip:openai", "ViT-B-32-quickgelu"),
    "lite": ("timm:tf_efficientnet_lite0.in1k", "tf_efficientnet_lite0"),
    "vit": ("torchvision:vit_b_32", "torchvision_ViT-B-32"),
    "own": ("", "RN50"),
}


@pytest.fixture
def table(tmp_path):
    write_csv(tmp_path / "lines.csv", LINES)
    models = [
        {"model": key, "published": name, "architecture": file, "size": 224, "stated": bool(name)}
        for key, (name, file) in NAMES.items()
    ]
    output = tmp_path / "weights.csv"
    published_weights.main(PUBLISHED, tmp_path / "lines.csv", output, models=models)
    return pd.read_csv(output).set_index("model")


def above(accuracy, shifts, slope, intercept):
    return np.mean(shifts) - expit(slope * logit(accuracy) + intercept)


def test_four_shifts_and_five_have_their_own_lines(table):
    assert list(table.index) == ["clip", "lite"]  # torchvision states no shift
    assert table["shifts"].tolist() == [5, 4]
    clip = above(0.6332, [0.5592, 0.6933, 0.4229, 0.3155, 0.4431], 0.757, -1.571)
    lite = above(0.74846, [0.62650, 0.36033, 0.24392, 0.03053], 0.753, -1.558)
    np.testing.assert_allclose(table["effective_robustness"], [clip, lite], atol=1e-9)
    assert clip > 0.2 and -0.02 < lite < 0


def test_a_study_of_which_nothing_is_published(tmp_path):
    write_csv(tmp_path / "lines.csv", LINES)
    output = tmp_path / "weights.csv"
    published_weights.main(PUBLISHED, tmp_path / "lines.csv", output, models=[])
    assert list(pd.read_csv(output)) == published_weights.COLUMNS

"""The table of accuracies beside published ones says which do not fit, and why."""

import pandas as pd

from tests.unit.inputs.figure_inputs import STUDY, model
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.tables import sanity

ROW = {
    "model": "a", "dataset": "imagenet", "images": 50000, "classes": 1000, "correct": 17955,
    "accuracy": 0.3591, "low": 0.3549, "high": 0.3633, "chance": 0.001, "published": 0.3647,
    "published_as": "open_clip RN50-quickgelu cc12m", "verdict": "below what is published",
    "cause": "activation function: it is what RN50 has",
}  # fmt: skip
CHANCE = ROW | {"model": "b", "published": None, "published_as": "", "verdict": "above chance"}


def make(folder, *rows):
    write_csv(folder / "in.csv", pd.DataFrame(rows))
    sanity.main(
        folder / "in.csv", folder / "sanity.csv", folder / "sanity.md", study=STUDY,
        models=[model("a", "supervised", "RN", None)], test="imagenet", confidence=0.95,
    )  # fmt: skip
    return (folder / "sanity.md").read_text(encoding="utf-8")


def test_what_does_not_fit_is_bold_and_has_a_cause(tmp_path):
    text = make(tmp_path, ROW, CHANCE | {"cause": ""})
    assert "1 of 2 accuracies have a published one beside them; 1 is not as it should be." in text
    assert (
        "| `a` | `imagenet` | 50000 | 35.91 (35.49 to 36.33) | 36.47 | open_clip RN50-quickgelu "
        "cc12m | 0.10 | **below what is published**: activation function: it is what RN50 has |"
    ) in text
    assert (
        "| `b` | `imagenet` | 50000 | 35.91 (35.49 to 36.33) |  |  | 0.10 | above chance |" in text
    )
    table = pd.read_csv(tmp_path / "sanity.csv", keep_default_na=False)
    assert table["cause"].tolist() == [ROW["cause"], ""]


def test_a_study_without_published_accuracies(tmp_path):
    text = make(tmp_path, CHANCE | {"cause": ""})
    assert "0 of 1 accuracies have a published one beside them; 0 are not as it should be." in text
    assert "nan" not in text

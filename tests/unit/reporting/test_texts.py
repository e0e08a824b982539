"""Sentences of captions name the study, its models, and what is missing."""

import numpy as np
import pandas as pd

from tests.unit.inputs.figure_inputs import STUDY, model, pool
from workflow_scripts.reporting import texts

MISSING = {
    "name": "tiny",
    "images": 100,
    "left_out": 3,
    "missing": [
        model("a", "non_robust_zero_shot", "RN50", "Captions-t") | {"reason": "private"},
        model("b", "non_robust_zero_shot", "RN50", "Captions-td") | {"reason": "private"},
        model("c", "finetuned", "RN50", "Captions-t") | {"reason": "its parent a is missing"},
        model("d", "supervised", "RN50", None) | {"reason": "lost"},
    ],
    "outdated": ["e", "f"],
}


def test_a_study_that_lacks_nothing_has_its_name_alone():
    assert texts.study_sentence(STUDY) == "Study `tiny`."


def test_what_a_study_lacks():
    assert texts.study_sentence(MISSING) == (
        "Study `tiny`. At most 100 images of each data set were measured. "
        "Models of the study not chosen for this run: 3. "
        "Not in this study's figures: RN50 Captions-t, RN50 Captions-td (private); finetuned "
        "RN50 Captions-t (its parent a is missing); RN50 supervised (lost). "
        "Made of other settings, data or code than now, and kept: `e`, `f`."
    )


def test_models_are_named_by_family():
    few = [row for row in pool() if row["family"] in ("supervised", "finetuned", "baseline")][:3]
    assert texts.pool_sentence(STUDY, few) == (
        "Study `tiny`. Models: 3. Finetuned CLIP (2): `rn-web-large-ft`, `rn-web-small-ft`. "
        "Supervised (1): `rn-supervised`. "
        "No model of: Robust zero-shot CLIP, Non-robust zero-shot CLIP."
    )
    (rectified,) = [row for row in pool() if row["family"] == "rectified"]
    named = "rectified (1, a kind that the paper does not have): `rn-rectified`."
    said = texts.pool_sentence(STUDY, [*few, rectified])
    assert (
        "Models: 4. " in said and f"Supervised (1): `rn-supervised`. Supervised, {named} No" in said
    )
    whole = texts.pool_sentence(STUDY, pool())
    assert "Models: 14. Robust zero-shot CLIP (4): " in whole
    assert "baseline" not in whole and "No model of" not in whole


def test_undefined_values_and_models_left_out_are_named():
    values = pd.DataFrame({"value": [np.nan, 0, np.nan]}, index=["a", "b", "c"])
    assert texts.undefined_sentence(values) == "Undefined, marked n/a: `a`, `c`."
    assert texts.undefined_sentence(values.loc[["b"]]) == ""
    assert texts.left_out_sentence(["a", "b"], "they are") == "Left out, since they are: `a`, `b`."
    assert texts.left_out_sentence([], "they are") == ""


def test_the_line_and_the_intervals():
    assert texts.line_sentence("pool", "") == ""
    assert texts.line_sentence("pool", "no shifts") == "No shifts."
    assert "published accuracies of the ImageNet testbed" in texts.line_sentence("testbed", "")
    study = {"name": "s", "missing": [], "left_out": 0, "images": None}
    found = texts.interval_sentence(0.995, study)
    assert found.startswith("Intervals: 99.5 % by bootstrap") and "images alone (other" in found
    assert "alone (the weights are given)" in texts.interval_sentence(0.9, study | {"given": True})
    assert "replicates" not in texts.study_sentence(study)
    study |= {"replicates": 5, "means": False}
    assert "Of 5 replicates it shows the first." in texts.study_sentence(study)
    assert "images alone" in texts.interval_sentence(0.9, study)
    study |= {"means": True}
    assert "first" not in texts.study_sentence(study)
    found = texts.interval_sentence(0.9, study)
    assert "means over 5 replicates" in found and "90 % over seeds and images" in found


def test_markdown():
    assert texts.paragraph("Head.", "One.", "", "Two.") == "**Head.** One. Two.\n"
    titles = [["a", "b"], ["---", "---:"]]
    assert texts.markdown_rows(titles) == ""  # no titles above nothing
    assert texts.markdown_rows([*titles, ["1", "2"]]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |\n"

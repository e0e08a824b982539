"""study.yaml: views, normalisations, templates and recipes."""

import pytest

from tests.unit.inputs.study_inputs import SETTINGS


@pytest.mark.parametrize(
    ("changes", "place", "expected", "suggestion"),
    [
        ({"view": "mini23"}, "view", "the name of a view (mini32)", "mini32"),
        ({"normalisation": "opena"}, "normalisation", "a normalisation (openai)", "openai"),
        (
            {"views": {"mini32": {"size": 32, "interpolation": "cubic"}}},
            "views.mini32.interpolation",
            "one of nearest, bilinear, bicubic",
            "bicubic",
        ),
        (
            {"views": {"mini32": {"size": 32, "resize": 24, "interpolation": "bicubic"}}},
            "views.mini32.resize",
            "at least 32, the size of the crop",
            None,
        ),
        (
            {"views": {"Mini 32": {"size": 32, "interpolation": "bicubic"}}, "view": "Mini 32"},
            "views.Mini 32",
            "a name of lower-case letters",
            None,
        ),
        ({"templates": ["a {}", "a picture"]}, "templates[1]", "a sentence with {} once", None),
        (
            {"normalisations": {"openai": {"mean": [0.5, 0.5], "std": [1, 1, 1]}}},
            "normalisations.openai.mean",
            "three numbers",
            None,
        ),
        (
            {"normalisations": {"openai": {"mean": [0.5, 0.5, 0.5], "std": [1, 0, 1]}}},
            "normalisations.openai.std[1]",
            "a number above 0",
            None,
        ),
    ],
)
def test_a_mistake_in_the_settings(workplace, changes, place, expected, suggestion):
    workplace.settings(**changes)
    workplace.refuses(f"{SETTINGS}, key {place}", expected, suggestion)


HELD = {"kurtosis": 3, "kurtosis_weight": 1}


@pytest.mark.parametrize(
    ("recipe", "changes", "key", "expected", "suggestion"),
    [
        ("clip", {"epocs": 3}, "epocs", "one of origin, epochs", "epochs"),
        ("clip", {"label_smoothing": 0.1}, "label_smoothing", "no such key in a recipe of", None),
        ("clip", {"decay_factor": 0.1}, "decay_factor", "only with the schedule steps", None),
        ("clip", {"crop_scale": [0.9, 1]}, "crop_scale", "only with images from the archive", None),
        (
            "clip",
            {"images": "archive", "crop_scale": [0.9, 1]},
            "shift_pixels",
            "no such key with images from the archive",
            None,
        ),
        ("clip", {"images": "archiv"}, "images", "one of store, archive", "archive"),
        ("scratch", {"logit_scale": 100}, "logit_scale", "only in a recipe of origin", None),
        ("scratch", {"learning_rate": "1e-3x"}, "learning_rate", "a number above 0", None),
        ("scratch", {"betas": [0.9, 1]}, "betas[1]", "a number from 0 to below 1", None),
        ("scratch", {"schedule": "cosin"}, "schedule", "one of cosine, constant, steps", "cosine"),
        ("scratch", {"precision": "half"}, "precision", "one of float32, bfloat16", None),
        ("scratch", {"logit_bias": -10}, "logit_bias", "only in a recipe of origin contr", None),
        ("scratch", {"view_scale": 0.3}, "view_scale", "only in a recipe of origin self", None),
        ("clip", {"kurtosis_weight": 1}, "kurtosis", "a number, 1 or more", None),
        ("clip", HELD | {"kurtosis": "parent"}, "kurtosis", "only a finetuned model has a p", None),
        ("clip", HELD | {"kurtosis": 0.9}, "kurtosis", "a number, 1 or more", None),
    ],
)
def test_a_mistake_in_a_recipe(workplace, recipe, changes, key, expected, suggestion):
    recipes = workplace.plain_settings()["recipes"]
    recipes[recipe].update(changes)
    workplace.settings(recipes=recipes)
    workplace.refuses(f"{SETTINGS}, key recipes.{recipe}.{key}", expected, suggestion)


@pytest.mark.parametrize(
    ("recipe", "key", "expected"),
    [
        ("clip", "logit_scale", "a number above 0"),
        ("scratch", "label_smoothing", "a number from 0 to below 1"),
        ("scratch", "epochs", "a whole number, 1 or more"),
        ("scratch", "decay_factor", "a number above 0 up to 1"),
        ("scratch", "shift_pixels", "a whole number, 0 or more"),
    ],
)
def test_a_key_that_a_recipe_needs(workplace, recipe, key, expected):
    recipes = workplace.plain_settings()["recipes"]
    del recipes[recipe][key]
    workplace.settings(recipes=recipes)
    workplace.refuses(f"{SETTINGS}, key recipes.{recipe}.{key}", expected, found="no such key")


def test_yaml_with_a_fault_names_the_line(workplace):
    workplace.replace("study.yaml", "views:", "views: [")
    mistake = workplace.mistake()
    assert mistake.place.startswith(f"{SETTINGS}, line ")
    assert "a fault in the YAML" in mistake.found


def test_a_key_that_occurs_twice(workplace):
    workplace.replace("study.yaml", "view: mini32", "view: mini32\nview: mini32")
    workplace.refuses(f"{SETTINGS}, line 6, key view", "each key once", found="a second time")

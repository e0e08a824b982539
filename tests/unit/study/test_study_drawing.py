"""study.yaml: the section `drawing` of a study that draws its images, beside its tables."""

import copy
from typing import Any

import pytest

from tests.unit.inputs.study_inputs import CLASSES, MODELS, SETTINGS

STYLES = {"photo": 0.5, "sketch": 0.25, "neon": 0.25}
DRAWN = {"ties": 0.9, "styles": STYLES, "rotation": [[0.5, 0.1], [0.5, 1.2]], "displacement": 0.1}
SHARES = "shares of 1 together"


@pytest.fixture
def drawing(workplace) -> dict[str, Any]:
    """The section of a study that draws its images, with an adversary for ImageNet-R."""
    workplace.cell(MODELS, "rn_baseline-1000", "family", "adversary")
    datasets = {name: copy.deepcopy(DRAWN) for name in workplace.load().datasets}
    datasets["web-large"] |= {"root": "", "described": 0.15}
    datasets["imagenet-train"] |= {"described": 0.3}
    datasets["imagenet"] |= {"described": 0.0}
    datasets["objectnet"] |= {"root": "objectnet-1.0", "images": 250}
    datasets["imagenet-r"] |= {"adversary": "rn_baseline-1000", "candidates": 900}
    return {
        "size": 32,
        "seed": 0,
        "extra_objects": ["moon"],
        "objectnet": {"Vehicle": ["car"], "Thing (any)": ["tree", "coffee mug"]},
        "datasets": datasets,
    }


def test_a_drawing_is_read_as_it_is_written(workplace, drawing):
    workplace.settings(drawing=drawing)
    assert workplace.load().settings["drawing"] == drawing


@pytest.mark.parametrize(
    ("name", "key", "value", "place", "expected", "suggestion"),
    [
        ("imagenet", "ties", None, "", "a number from 0 to 1", None),
        ("imagenet", "ties", 1.1, "", "a number from 0 to 1", None),
        ("imagenet", "styles", {"photo": 0.5, "foto": 0.5}, ".foto", "one of photo", "photo"),
        ("imagenet", "styles", {"photo": 0.5, "sketch": 0.4}, "", SHARES, None),
        ("imagenet", "styles", {}, "", "at least one style with its share", None),
        ("imagenet", "rotation", [[0.5, 1], [0.4, 2]], "", SHARES, None),
        ("imagenet", "rotation", [[1, -0.1]], "[0][1]", "a number, 0 or more", None),
        ("imagenet", "rotation", [[1]], "[0]", "a share and an angle in radians", None),
        ("imagenet", "root", "../up/", "", "the name of a folder, or nothing in quotes", None),
        ("imagenet", "described", 0.5, "", "0 for a data set without captions", None),
        ("web-small", "described", 2, "", "a number from 0 to 1", None),
        ("imagenet-r", "adversary", "rn_supervised", "", "adversary (rn_baseline-1000)", None),
        ("imagenet-r", "candidates", 150, "", "at least 200, the images of imagenet-r", None),
        ("imagenet-r", "candidates", None, "", "a whole number, 1 or more", None),
        ("imagenet-v2", "candidates", 500, "", "no such key without an adversary", None),
    ],
)
def test_a_mistake_in_the_drawing_of_a_data_set(
    workplace, drawing, name, key, value, place, expected, suggestion
):
    drawing["datasets"][name] |= {key: value}
    if value is None:
        del drawing["datasets"][name][key]
    workplace.settings(drawing=drawing)
    at = f"{SETTINGS}, key drawing.datasets.{name}.{key}{place}"
    workplace.refuses(at, expected, suggestion)


@pytest.mark.parametrize(
    ("key", "value", "place", "expected", "suggestion"),
    [
        ("size", 0, "size", "a whole number, 1 or more", None),
        ("sise", 32, "sise", "one of size, seed, extra_objects, objectnet, datasets", "size"),
        ("extra_objects", ["moon", "tree"], "extra_objects[1]", "an object of no class", None),
        (
            "objectnet",
            {"Thing": ["car", "tree", "coffee mug"]},
            "objectnet",
            "2, the classes of objectnet",
            None,
        ),
    ],
)
def test_a_mistake_in_the_drawing(workplace, drawing, key, value, place, expected, suggestion):
    workplace.settings(drawing=drawing | {key: value})
    workplace.refuses(f"{SETTINGS}, key drawing.{place}", expected, suggestion)


@pytest.mark.parametrize(
    ("group", "members", "place", "expected"),
    [
        ("Vehicle", ["car", "boat"], ".Vehicle[1]", "the layout objectnet (car, coffee mug, tree)"),
        ("Vehicle", ["car", "tree"], ".Thing (any)[0]", "each class in one of ObjectNet's"),
        ("Thing (any)", ["tree"], "", "each class of the class list in one"),
    ],
)
def test_objectnets_classes_divide_those_of_its_list(
    workplace, drawing, group, members, place, expected
):
    drawing["objectnet"][group] = members
    workplace.settings(drawing=drawing)
    workplace.refuses(f"{SETTINGS}, key drawing.objectnet{place}", expected)


def test_a_class_of_objectnet_without_members(workplace, drawing):
    drawing["objectnet"]["Vehicle"] = []
    workplace.settings(drawing=drawing)
    empty, left_out = workplace.mistakes()
    assert empty.place == f"{SETTINGS}, key drawing.objectnet.Vehicle"
    assert "at least one" in empty.expected
    assert left_out.found == "none with 'car'"


def test_every_data_set_is_drawn_and_nothing_else(workplace, drawing):
    drawing["datasets"]["imagenet-q"] = drawing["datasets"].pop("imagenet")
    workplace.settings(drawing=drawing)
    unknown, missing = workplace.mistakes()
    assert unknown.place == f"{SETTINGS}, key drawing.datasets.imagenet-q"
    assert unknown.suggestion == "imagenet-r"
    assert missing.place == f"{SETTINGS}, key drawing.datasets.imagenet"
    assert missing.found == "no such key"


@pytest.mark.parametrize("dataset", ["imagenet", "objectnet"])
def test_an_adversary_filters_shifts_alone(workplace, drawing, dataset):
    drawing["datasets"][dataset] |= {"adversary": "rn_baseline-1000", "candidates": 900}
    workplace.settings(drawing=drawing)
    at = f"{SETTINGS}, key drawing.datasets.{dataset}.adversary"
    workplace.refuses(at, "an adversary only for a shift", found="for a data set of role")


def test_two_classes_of_a_drawing_with_one_name(workplace, drawing):
    workplace.settings(drawing=drawing)
    workplace.cell(CLASSES, "n00000004", "name", "car")
    at = workplace.at(CLASSES, "n00000004", "name")
    workplace.refuses(at, "a different name in each row", found="'car' as in row 2 (n00000001)")

"""Drawn scenes and their factors: what was drawn, in the table, is what its reader finds."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.datasets import draw_scenes, labelled_membership
from workflow_scripts.drawing.factors import factors
from workflow_scripts.drawing.scenes import STYLES, Scenes
from workflow_scripts.drawing.sets import drawn_blocks
from workflow_scripts.drawing.shapes import HOLE, SHAPES
from workflow_scripts.drawing.surfaces import BACKGROUNDS, COLOURS, TEXTURES
from workflow_scripts.files.concepts import read_membership
from workflow_scripts.job.errors import InputError

OBJECTS = ["cat", "car", "cup"]
DRAWN = {
    "objects": OBJECTS,
    "classes": [{"wnid": f"n{place}", "name": name} for place, name in enumerate(OBJECTS)],
    "picture": {
        "seed": 3,
        "size": 32,
        "scene": {
            "ties": 0.0,
            "styles": dict.fromkeys(STYLES, 1 / len(STYLES)),
            "rotation": [[0.5, 0.1], [0.5, 1.2]],
            "displacement": 0.25,
        },
    },
}
IMAGES = 60


def scene_of(**changes):
    """A photo of a red, striped cat on grass, upright in the middle, unless changed."""
    usual = {"object": "cat", "colour": "red", "texture": "striped", "place": "grass",
             "style": "photo", "pose": (0.0, 0.7, 0.0, 0.0)}  # fmt: skip
    asked = usual | changes
    places = {"colour": list(COLOURS), "texture": TEXTURES, "place": BACKGROUNDS, "style": STYLES}
    found = {key: np.array([names.index(asked[key])]) for key, names in places.items()}
    background = found.pop("place")
    return Scenes([asked["object"]], background=background, pose=np.array([asked["pose"]]), **found)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenes") / "scenes.zip"
    draw_scenes.main(path, dataset="scenes", root="scenes", images=IMAGES, **DRAWN)
    return path


def read(archive, folder, **settings):
    paths = (folder / "concepts.h5", folder / "concepts.csv")
    labelled_membership.main(archive, *paths, dataset="scenes", **{"concepts": None} | settings)
    return read_membership(paths[0]), pd.read_csv(paths[1])


def test_the_membership_is_what_was_drawn(archive, tmp_path):
    membership, _ = read(archive, tmp_path)
    scenes = [
        block.select([row])
        for block, _ in drawn_blocks("scenes", IMAGES, **DRAWN)
        for row in range(len(block))
    ]
    assert len(membership.ids) == len(scenes) == IMAGES
    keys = list(membership.concepts[["category", "name"]].itertuples(index=False, name=None))
    for row, scene in enumerate(scenes):
        assert membership.ids[row] == f"scenes/images/{row:06d}.png"
        own = membership.members[membership.starts[row] : membership.starts[row + 1]]
        shown = {keys[place] for place in own}
        assert shown == {*factors(scene)}
        assert ("style", STYLES[scene.style[0]]) in shown
        colour = ("colour", list(COLOURS)[scene.colour[0]])
        assert (colour in shown) == (STYLES[scene.style[0]] != "sketch")
        assert (("pose", "turned right") in shown) == (scene.pose[0, 0] >= 0.5)
        on_ground = ("place", BACKGROUNDS[scene.background[0]]) in shown
        assert on_ground == (STYLES[scene.style[0]] in ("photo", "painting"))


def test_counts_are_those_of_the_table(archive, tmp_path):
    membership, table = read(archive, tmp_path)
    with zipfile.ZipFile(archive) as zipped:
        labels = pd.read_csv(zipped.open("scenes/labels.csv"))
    counted = labels.groupby(["category", "concept"])["image"].nunique()
    assert table.set_index(["category", "name"])["images"].to_dict() == counted.to_dict()
    assert membership.concepts["number"].tolist() == list(range(1, len(counted) + 1))


def test_a_sample_of_the_images_is_that_of_the_store(archive, tmp_path):
    membership, table = read(archive, tmp_path, limit=20)
    whole, _ = read(archive, tmp_path)
    assert len(membership.ids) == 20
    assert set(membership.ids) < set(whole.ids)
    assert len(table) == len(whole.concepts)


def test_another_number_of_concepts_is_refused(archive, tmp_path):
    with pytest.raises(InputError, match=r"concepts, expected 5 .*column classes"):
        read(archive, tmp_path, concepts=5)


def test_factors_of_a_photo():
    parts = {("part", part.name) for part in SHAPES["cat"] if part.role != HOLE}
    looks = {("colour", "red"), ("texture", "striped"), ("place", "grass"), ("style", "photo")}
    assert set(factors(scene_of())) == parts | looks | {("pose", "upright")}


@pytest.mark.parametrize(
    ("style", "seen"),
    [
        ("sketch", {"part"}),
        ("cartoon", {"colour", "part"}),
        ("painting", {"colour", "texture", "place", "part"}),
        ("silhouette", {"colour"}),
        ("neon", {"colour", "part"}),
    ],
)
def test_a_style_hides_what_it_does_not_draw(style, seen):
    categories = {category for category, _ in factors(scene_of(style=style))}
    assert categories == seen | {"style", "pose"}


@pytest.mark.parametrize(
    ("pose", "names"),
    [
        ((-0.6, 0.65, 0.2, 0.0), {"turned left", "small", "on the right"}),
        ((0.6, 0.8, -0.2, 0.0), {"turned right", "large", "on the left"}),
        ((0.3, 0.7, 0.0, -0.2), {"high"}),
        ((0.3, 0.7, 0.0, 0.2), {"low"}),
        ((0.3, 0.7, 0.0, 0.0), set()),
    ],
)
def test_names_of_a_pose(pose, names):
    found = {name for category, name in factors(scene_of(pose=pose)) if category == "pose"}
    assert found == names


def test_a_turn_to_the_right_is_clockwise_on_the_page():
    """The tip of an arrow that points to the right goes down."""
    from workflow_scripts.drawing.renderer import placement

    turn, _ = placement((0.6, 1.0, 0.0, 0.0), 32)
    tip = np.array([1.0, 0.0]) @ turn
    assert tip[1] > 0  # pixels are counted downwards

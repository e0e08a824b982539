"""The picture world: what is asked for is drawn, described and packed, the same each time."""

import io
import json
import time
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from workflow_scripts.archives.layouts import list_images
from workflow_scripts.archives.members import open_archive
from workflow_scripts.drawing import captions, packing
from workflow_scripts.drawing.renderer import rasterise, render
from workflow_scripts.drawing.scenes import STYLES, class_looks, draw_scenes
from workflow_scripts.drawing.shapes import SHAPES
from workflow_scripts.drawing.surfaces import BACKGROUNDS, COLOURS, TEXTURES

NAMES = ["car", "cat", "cup", "fish"]
CLASSES = [{"wnid": f"n{number:08d}", "name": name} for number, name in enumerate(NAMES)]
WNIDS = [row["wnid"] for row in CLASSES]
LOOKS = class_looks(NAMES, seed=0)
PLAIN = {"ties": 0.5, "styles": {"photo": 1.0}, "rotation": [[1.0, 0.1]], "displacement": 0.1}


def scenes(objects, seed=0, **changes):
    return draw_scenes(np.random.default_rng(seed), objects, LOOKS, **{**PLAIN, **changes})


def looks_of(drawn):
    return np.stack([drawn.colour, drawn.texture, drawn.background], axis=1)


# Scenes


def test_no_two_classes_look_alike():
    looks = class_looks(sorted(SHAPES), seed=3)
    assert len(set(looks.values())) == len(SHAPES)
    for values, kinds in zip(zip(*looks.values(), strict=True), (COLOURS, TEXTURES, BACKGROUNDS),
                             strict=True):  # fmt: skip
        assert set(values) == set(range(len(kinds)))
    assert class_looks(sorted(SHAPES), seed=3) == looks != class_looks(sorted(SHAPES), seed=4)


@pytest.mark.parametrize("ties", [0.0, 0.6, 1.0])
def test_ties_are_the_share_of_usual_looks(ties):
    drawn = scenes(["cat"] * 4000, ties=ties)
    usual = (looks_of(drawn) == LOOKS["cat"]).mean(axis=0)
    by_chance = 1 / np.array([len(COLOURS), len(TEXTURES), len(BACKGROUNDS)])
    np.testing.assert_allclose(usual, ties + (1 - ties) * by_chance, atol=0.03)


def test_an_object_of_no_class_has_no_usual_looks():
    drawn = scenes(["moon"] * 2000, ties=1.0)
    assert len(np.unique(looks_of(drawn), axis=0)) > 200


def test_styles_rotations_and_places_are_as_asked():
    styles = {"photo": 0.5, "neon": 0.3, "sketch": 0.2}
    drawn = scenes(["cat"] * 4000, styles=styles, rotation=[[0.75, 0.1], [0.25, 1.2]],
                   displacement=0.3)  # fmt: skip
    counts = np.bincount(drawn.style, minlength=len(STYLES)) / 4000
    np.testing.assert_allclose(counts, [styles.get(name, 0) for name in STYLES], atol=0.03)
    angle = np.abs(drawn.pose[:, 0])
    assert angle.max() <= 1.2
    np.testing.assert_allclose((angle > 0.1).mean(), 0.25 * 1.1 / 1.2, atol=0.03)
    shift = np.abs(drawn.pose[:, 2:])
    assert 0.29 < shift.max() <= 0.3


# Pixels


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_every_object_is_seen_and_different(name):
    surface, _, outlines = rasterise(name, (0.0, 0.75, 0.0, 0.0), 32)
    assert 0.04 < surface.mean() < 0.75
    assert outlines.mean() > 0.02
    for other in SHAPES:
        if other != name:
            unlike = np.abs(surface - rasterise(other, (0.0, 0.75, 0.0, 0.0), 32)[0]).mean()
            assert unlike > 0.01, f"{name} looks like {other}"


def test_rotation_turns_and_displacement_shifts():
    upright = rasterise("arrow", (0.0, 0.7, 0.0, 0.0), 32)[0]
    turned = rasterise("arrow", (np.pi / 2, 0.7, 0.0, 0.0), 32)[0]
    assert np.abs(np.rot90(upright, -1) - turned).mean() < 0.02
    shifted = rasterise("arrow", (0.0, 0.5, 0.25, 0.0), 32)[0]
    centred = rasterise("arrow", (0.0, 0.5, 0.0, 0.0), 32)[0]
    assert np.abs(np.roll(centred, 4, axis=1) - shifted).mean() < 0.01


@pytest.mark.parametrize("style", STYLES)
def test_every_style_shows_the_object(style):
    drawn = scenes(["star"] * 8, styles={style: 1.0})
    pixels = render(drawn, 32, np.random.default_rng(1))
    assert pixels.shape == (8, 32, 32, 3) and pixels.dtype == np.uint8
    assert pixels.std() > 15
    if style == "sketch":
        assert (pixels == pixels[..., :1]).all()  # grey


def test_the_same_scenes_give_the_same_pixels():
    drawn = scenes(NAMES * 5, styles={"photo": 0.5, "painting": 0.25, "sketch": 0.25})
    first, again, other = (render(drawn, 32, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=(1, 2, 3)).all()


# Captions


def test_captions_tell_what_is_seen():
    drawn = scenes(["cat"], ties=1.0)
    colour, texture, background = LOOKS["cat"]
    words = [BACKGROUNDS[background], TEXTURES[texture], list(COLOURS)[colour], "cat"]
    assert captions.title(drawn) == "a cat"
    assert captions.tags(drawn) == words
    description = captions.description(drawn)
    assert description.startswith("a photo of a ") and all(word in description for word in words)
    sketch = scenes(["cat"], styles={"sketch": 1.0})
    assert captions.description(sketch) == "a sketch of a cat"


@pytest.mark.parametrize("share", [0.0, 0.15, 0.3, 1.0])
def test_a_share_is_spread_evenly(share):
    falls = np.array([captions.falls_on(number, share) for number in range(1000)])
    counts = np.cumsum(falls)
    assert (np.abs(counts - share * np.arange(1, 1001)) <= 1).all()


# Packing: the readers read what the writers write


def blocks(objects, **changes):
    drawn = scenes(objects, **changes)
    pixels = render(drawn, 16, np.random.default_rng(0))
    half = len(drawn) // 2
    for rows in (np.arange(half), np.arange(half, len(drawn))):
        yield drawn.select(rows), pixels[rows]


def packed(path, layout, objects=NAMES * 3, **options):
    """An archive of the objects; it and the scene of each image by name."""
    scene_of = {}

    def members():
        for name, content, scene in packing.LAYOUTS[layout](
            "top", blocks(objects), CLASSES, **options
        ):
            if scene is not None:
                scene_of[name] = scene.objects[0]
            yield name, content

    packing.pack(path, members())
    return open_archive(path), scene_of


@pytest.mark.parametrize("layout", ["wnid_folders", "numbered_folders"])
@pytest.mark.parametrize("file", ["a.tar", "a.tar.gz", "a.zip"])
def test_labels_are_read_as_they_were_drawn(tmp_path, layout, file):
    archive, scene_of = packed(tmp_path / file, layout)
    listing = list_images(layout, [archive], CLASSES, WNIDS)
    assert {name: NAMES[label] for name, label in listing.labels.items()} == scene_of
    assert Counter(listing.labels.values()) == dict.fromkeys(range(4), 3)


def test_objectnet_is_read_as_it_was_drawn(tmp_path):
    groups = {"Animal (any)": ["cat", "fish"], "Mug": ["cup"]}
    drawn = ["cat", "fish", "cup", "moon", "cat", "pyramid"]
    archive, scene_of = packed(tmp_path / "o.zip", "objectnet", drawn, names=groups)
    listing = list_images("objectnet", [archive], CLASSES, [WNIDS[1], WNIDS[2], WNIDS[3]])
    labels = {"cat": 1, "fish": 1, "cup": 2}
    expected = {name: labels[each] for name, each in scene_of.items() if each in labels}
    assert listing.labels == expected
    assert listing.class_groups == [[1, 3], [2]]
    assert listing.left_out == 2


def test_objectnet_images_have_a_red_border(tmp_path):
    archive, scene_of = packed(tmp_path / "o.zip", "objectnet", ["cat"] * 2, names={"Cat": ["cat"]})
    image = np.asarray(Image.open(io.BytesIO(archive.read(next(iter(scene_of))))))
    assert image.shape == (20, 20, 3)
    frame = np.ones((20, 20), dtype=bool)
    frame[2:-2, 2:-2] = False
    assert (image[frame] == (255, 0, 0)).all()
    assert (image[2:-2, 2:-2] != (255, 0, 0)).any()


def test_web_captions_are_read_as_they_were_written(tmp_path):
    archive, scene_of = packed(tmp_path / "w.tar", "webdataset", NAMES * 5, described=0.3)
    listing = list_images("webdataset", [archive], CLASSES, None)
    assert set(listing.labels) == set(scene_of)
    plain = [listing.captions[name] == f"a {each}" for name, each in scene_of.items()]
    assert sum(plain) == 14
    assert all(each in listing.captions[name] for name, each in scene_of.items())
    record = json.loads(archive.read("000000003.json"))
    assert record["caption"] == listing.captions["000000003.jpg"]


@pytest.mark.parametrize("file", ["a.tar", "a.tar.gz", "a.zip"])
def test_the_same_images_give_the_same_archive(tmp_path, file, monkeypatch):
    packed(tmp_path / file, "wnid_folders")
    first = (tmp_path / file).read_bytes()
    later = time.time() + 1e6
    monkeypatch.setattr(time, "time", lambda: later)
    packed(tmp_path / file, "wnid_folders")
    assert (tmp_path / file).read_bytes() == first


def test_an_archive_is_whole_or_absent(tmp_path):
    def members():
        yield "a.jpg", b"content"
        raise RuntimeError("the drawing fails")

    with pytest.raises(RuntimeError):
        packing.pack(tmp_path / "a.tar", members())
    assert list(tmp_path.iterdir()) == []

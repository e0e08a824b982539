"""The drawn Broden is one: complete, read without differences, with the concepts it should have."""

import csv
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from workflow_scripts.datasets import concept_membership as reader
from workflow_scripts.datasets import draw_concepts as draw_broden
from workflow_scripts.drawing.broden_files import MINIMUM_IMAGES
from workflow_scripts.drawing.broden_images import draw_pictures
from workflow_scripts.drawing.broden_vocabulary import CATEGORIES, CODES
from workflow_scripts.drawing.shapes import SHAPES
from workflow_scripts.job.errors import InputError

IMAGES = 600
SETTINGS = {
    "dataset": "broden",
    "root": "broden1_224",
    "images": IMAGES,
    "classes": [{"wnid": f"n{row:08d}", "name": name} for row, name in enumerate(SHAPES)],
    "objects": list(SHAPES),
    "picture": {
        "seed": 0,
        "size": 32,
        "scene": {
            "ties": 0.0,
            "styles": {"photo": 1.0},
            "rotation": [[1.0, 0.3]],
            "displacement": 0.2,
        },
    },
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("broden") / "broden1_224.zip"
    draw_broden.main(path, **SETTINGS)
    return path


def table(archive, name):
    with zipfile.ZipFile(archive) as file:
        return list(csv.DictReader(io.StringIO(file.read(f"broden1_224/{name}").decode())))


def test_counts_are_those_that_the_reader_finds(archive, tmp_path):
    outputs = [tmp_path / name for name in ("c.h5", "concepts.csv", "categories.csv")]
    reader.main(archive, *outputs, 2, dataset="broden", images=IMAGES, concepts=None)
    concepts, categories = (pd.read_csv(path) for path in outputs[1:3])
    assert (concepts["difference"] == 0).all()
    assert (categories[["difference", "differing_concepts"]] == 0).all(axis=None)
    assert categories["category"].tolist() == list(CATEGORIES)
    assert (categories["concepts"] >= 5).all()
    assert len(concepts) >= 60
    assert concepts["images"].min() <= 15
    assert concepts["images"].max() > 0.8 * IMAGES
    assert concepts["categories"].str.contains(";").any(), "no label of several categories"


def test_all_files_are_there(archive):
    with zipfile.ZipFile(archive) as file:
        names = set(file.namelist())
        index = table(archive, "index.csv")
        assert len(index) == IMAGES
        for row in index:
            cells = [row[category] for category in CATEGORIES]
            planes = [item for cell in cells for item in cell.split(";") if item.endswith(".png")]
            assert {f"broden1_224/images/{name}" for name in [row["image"], *planes]} <= names
        assert any(";" in row["part"] for row in index), "no image with several planes of parts"
        assert {f"broden1_224/c_{category}.csv" for category in CATEGORIES} <= names
        row = next(row for row in index if row["object"])
        plane = Image.open(io.BytesIO(file.read(f"broden1_224/images/{row['object']}")))
        image = Image.open(io.BytesIO(file.read(f"broden1_224/images/{row['image']}")))
    assert plane.mode == "RGB"
    assert plane.size == (int(row["sw"]), int(row["sh"])) == (16, 16)
    assert image.size == (int(row["iw"]), int(row["ih"])) == (32, 32)


def test_numbers_follow_the_frequency(archive):
    labels = table(archive, "label.csv")
    assert [int(row["number"]) for row in labels] == list(range(1, len(labels) + 1))
    frequencies = [int(row["frequency"]) for row in labels]
    assert frequencies == sorted(frequencies, reverse=True)
    assert min(frequencies) >= MINIMUM_IMAGES


def test_the_same_seed_gives_the_same_archive(archive, tmp_path):
    draw_broden.main(tmp_path / "again.zip", **SETTINGS)
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_label_maps_lie_on_the_objects():
    """Where the object map has the object's code, the picture differs from its background."""
    rng = np.random.default_rng(5)
    drawings = draw_pictures(rng, ["ball"], 40, {}, SETTINGS["picture"]["scene"], 32)
    code = CODES["ball"]
    shares = [(dict(each.planes)["object"] == code).mean() for each in drawings]
    assert min(shares) > 0.03 and max(shares) < 0.7
    for drawing in drawings:
        codes = dict(drawing.planes)["object"]
        assert len(np.unique(codes)) == 2  # the ball and what is behind it


def test_rare_categories_are_left_out(tmp_path):
    archive = tmp_path / "few.zip"
    draw_broden.main(archive, **(SETTINGS | {"images": 100}))
    assert {"color", "scene"} <= table(archive, "index.csv")[0].keys()
    assert "texture" not in table(archive, "index.csv")[0]
    assert "texture" not in {row["name"] for row in table(archive, "category.csv")}
    with pytest.raises(InputError, match="no label is in 10 of the 5 images"):
        draw_broden.main(archive, **(SETTINGS | {"images": 5}))


def test_unknown_objects_are_named(tmp_path):
    with pytest.raises(InputError, match="unicorn"):
        draw_broden.main(tmp_path / "b.zip", **(SETTINGS | {"objects": ["unicorn"]}))

"""Broden is read as it is meant, its counts are compared with its own, and damage is named."""

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.authentic import archives as authentic
from tests.unit.inputs import broden_inputs
from tests.unit.inputs.own_inputs import photographs
from workflow_scripts.archives.members import open_archive
from workflow_scripts.datasets import concept_membership as broden
from workflow_scripts.datasets import image_store as store
from workflow_scripts.files.concepts import read_membership
from workflow_scripts.files.digests import recorded_digest, write_digest
from workflow_scripts.job.errors import InputError


def read(archive, folder, images=5, concepts=7, limit=None):
    """Run the script; the paths of what it wrote."""
    outputs = [folder / name for name in ("concepts.h5", "concepts.csv", "categories.csv")]
    settings = {"dataset": "broden", "images": images, "concepts": concepts, "limit": limit}
    write_digest(archive)
    broden.main(archive, *outputs, 2, **settings)
    return outputs


def test_a_label_map_larger_than_is_safe(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    with pytest.raises(InputError, match=r"label map .*\.png: is beyond a limit of the decoder"):
        read(broden_inputs.write(tmp_path), tmp_path)


@pytest.mark.parametrize("zipped", [True, False])
def test_membership_is_what_the_label_maps_show(tmp_path, zipped):
    outputs = read(broden_inputs.write(tmp_path, zipped=zipped), tmp_path)
    membership = read_membership(outputs[0])
    numbers = membership.concepts["number"]
    starts = membership.starts
    found = [
        set(numbers[membership.members[first:last]])
        for first, last in zip(starts[:-1], starts[1:], strict=True)
    ]
    assert found == broden_inputs.SHOWN
    assert [name.removeprefix("broden1_224/images/") for name in membership.ids] == [
        row[0] for row in broden_inputs.INDEX
    ]
    assert membership.concepts["images"].tolist() == [2, 3, 1, 1, 3, 2, 1]


def test_counts_equal_those_of_the_tables(tmp_path, caplog):
    with caplog.at_level("INFO"):
        path, concepts, categories = read(broden_inputs.write(tmp_path), tmp_path)
    table = pd.read_csv(concepts)
    assert table["number"].tolist() == [row[0] for row in broden_inputs.LABELS]
    assert table["counted"].tolist() == [row[3] for row in broden_inputs.LABELS]
    assert (table["difference"] == 0).all()
    assert table["category"].tolist()[1] == "material"
    by_category = pd.read_csv(categories).set_index("category")
    assert by_category["counted"].to_dict() == broden_inputs.CATEGORIES
    assert (by_category[["difference", "differing_concepts"]] == 0).all(axis=None)
    assert "all counts equal" in caplog.text
    assert "7 concepts, 13 memberships" in caplog.text
    assert recorded_digest(path) == read_membership(path).digest


def test_folders_are_concepts(tmp_path, caplog):
    photographs(tmp_path / "set", "red/1.png", "red/2.png", "wood/1.png")
    outputs = [tmp_path / name for name in ("concepts.h5", "concepts.csv", "categories.csv")]
    settings = {"layout": "concept_folders", "images": None, "concepts": None, "own": True}
    with caplog.at_level("INFO"):
        broden.main(tmp_path / "set", *outputs, 2, dataset="concepts", **settings)
    membership = read_membership(outputs[0])
    assert membership.concepts["name"].tolist() == ["red", "wood"]
    assert membership.concepts["images"].tolist() == [2, 1]
    assert membership.members.tolist() == [0, 0, 1]
    assert membership.ids.tolist() == ["red/1.png", "red/2.png", "wood/1.png"]
    assert "all counts equal" in caplog.text


def test_other_frequencies_are_reported(tmp_path, caplog):
    rows = [[*row, 0.5, ""] for row in broden_inputs.LABELS]
    rows[0][2:4] = ["color(9)", 9]
    label = broden_inputs.table("number,name,category,frequency,coverage,syns", rows)
    codes = broden_inputs.table(
        "code,number,name,frequency,coverage", [[1, 1, "red-c", 9, 0.5], [2, 300, "blue-c", 1, 0.5]]
    )
    archive = broden_inputs.write(tmp_path, {"label.csv": label, "c_color.csv": codes})
    _, concepts, categories = read(archive, tmp_path)
    assert pd.read_csv(concepts)["difference"].tolist() == [-7, 0, 0, 0, 0, 0, 0]
    assert pd.read_csv(categories)["differing_concepts"].tolist() == [1, 0, 0, 0, 0, 0]
    assert "1 of 7 concepts differ" in caplog.text
    assert "red-c (2 counted, 9 in label.csv)" in caplog.text


def test_the_image_store_holds_the_same_images(tmp_path):
    archive = broden_inputs.write(tmp_path)
    view = {"size": 4, "interpolation": "bicubic"}
    settings = {"dataset": "broden", "layout": "broden", "images": 5, "classes": None,
                "class_list": None, "study_classes": [], "view": view}  # fmt: skip
    write_digest(archive)
    store.main([archive], tmp_path / "store.h5", 1, **settings)
    with h5py.File(tmp_path / "store.h5") as file:
        assert file["labels"][:].tolist() == [-1] * 5
        assert file["pixels"][:].mean(axis=(1, 2, 3)).tolist() == [0, 40, 80, 120, 160]
        assert file.attrs["class_groups"] == "[]"
        ids = set(file["ids"].asstr()[:])
    assert ids == set(read_membership(read(archive, tmp_path)[0]).ids)


def test_a_part_of_the_images_is_that_of_the_store(tmp_path, caplog):
    """Also on an archive in which labels of whole images are too rare to be listed."""
    made = authentic.broden(tmp_path, images=120)
    with caplog.at_level("INFO"):
        outputs = read(made.path, tmp_path, images=120, concepts=made.classes, limit=50)
    settings = {"dataset": "broden", "layout": "broden", "images": 120, "classes": None,
                "class_list": None, "study_classes": [], "limit": 50,
                "view": {"size": 4, "interpolation": "bicubic"}}  # fmt: skip
    store.main(made.paths, tmp_path / "v.h5", 1, **settings)
    part = read_membership(outputs[0])
    with h5py.File(tmp_path / "v.h5") as file:
        assert set(file["ids"].asstr()[:]) == set(part.ids)
    assert len(part.ids) == 50
    assert "50 images of 120" in caplog.text
    assert "differ from Broden's" not in caplog.text
    # What is said of an image does not depend on the others.
    whole = read_membership(read(made.path, tmp_path, 120, made.classes)[0])
    assert labels_by_image(part).items() < labels_by_image(whole).items()


def labels_by_image(membership):
    parts = np.split(membership.members, membership.starts[1:-1])
    return {name: part.tolist() for name, part in zip(membership.ids, parts, strict=True)}


def test_labels_too_rare_to_be_listed_are_none(tmp_path):
    index = INDEX.replace(",6;5\r", ",6;0;5\r").replace(",,,,,,\r", ",,,,,0,\r")
    assert index.count("0") > INDEX.count("0")
    outputs = read(broden_inputs.write(tmp_path, {"index.csv": index.encode()}), tmp_path)
    assert read_membership(outputs[0]).concepts["images"].tolist() == [2, 3, 1, 1, 3, 2, 1]


def test_an_archive_that_was_changed_is_refused(tmp_path):
    archive = broden_inputs.write(tmp_path)
    read(archive, tmp_path)
    archive.write_bytes(archive.read_bytes() + b"x")
    outputs = [tmp_path / name for name in "abc"]
    with pytest.raises(InputError, match="found SHA-256 .*, expected"):
        broden.main(archive, *outputs, 1, dataset="broden", images=5, concepts=7)


def test_an_archive_of_ones_own_has_no_digest_and_any_number_of_images(tmp_path):
    outputs = [tmp_path / name for name in "abc"]
    archive = broden_inputs.write(tmp_path)
    broden.main(archive, *outputs, 1, dataset="mine", images=None, concepts=None, own=True)
    assert len(read_membership(outputs[0]).concepts) == 7


# Damage

INDEX = broden_inputs.files()["broden1_224/index.csv"].decode()
LABEL = broden_inputs.files()["broden1_224/label.csv"].decode()
DAMAGE = {
    "missing label map": ({"images/a/1_part_2.png": None}, r"line 2.*no file .*a/1_part_2\.png"),
    "missing image": ({"images/a/4.jpg": None}, r"line 5.*no file .*a/4\.jpg"),
    "unknown number in a map": (
        {"images/a/1_object.png": broden_inputs.png([[2, 2], [0, 555]])},
        r"a/1\.jpg has the label number 555, expected one of the 7",
    ),
    "unknown number of an image": (
        {"index.csv": INDEX.replace(",6;5\r", ",6;99\r").encode()},
        r"a/2\.jpg has the label number 99",
    ),
    "map of another size": (
        {"images/a/2_color.png": broden_inputs.png([[1, 1, 1], [1, 1, 1]])},
        r"a/2_color\.png: found pixels of shape \(2, 3, 3\), expected \(2, 2, 3\)",
    ),
    "truncated map": (
        {"images/a/1_color.png": broden_inputs.png([[1, 1], [1, 300]])[:50]},
        r"a/1_color\.png: cannot be decoded",
    ),
    "grey map": (
        {"images/a/1_color.png": broden_inputs.encoded([[1, 1], [1, 1]], "PNG")},
        r"a/1_color\.png: found pixels of shape \(2, 2\)",
    ),
    "no index": ({"index.csv": None}, "found 0 files index.csv"),
    "no labels": ({"label.csv": None}, "label.csv"),
    "no table of a category": ({"c_part.csv": None}, "c_part.csv"),
    "another category": (
        {"index.csv": INDEX.replace("texture", "texturing", 1).encode()},
        "line 2: found the categories .*texturing, expected those of category.csv",
    ),
    "number that is none": (
        {"label.csv": LABEL.replace("\r\n3,leg", "\r\nthree,leg").encode()},
        "label.csv, line 4: found 'three' in column number, expected a whole number",
    ),
    "number twice": (
        {"label.csv": LABEL.replace("\r\n3,leg", "\r\n2,leg").encode()},
        "label.csv, line 4: found number 2 a second time",
    ),
    "image twice": (
        {"index.csv": INDEX.replace("a/5.jpg", "a/4.jpg").encode()},
        r"index.csv, line 6: found image 'a/4\.jpg' a second time",
    ),
    "label of an unknown category": (
        {"label.csv": LABEL.replace("part(1)", "bit(1)", 1).encode()},
        r"label.csv, line 4: found category 'bit\(1\)'",
    ),
    "cells missing": (
        {"index.csv": INDEX.replace(",val,4,4,2,2,,,,,,\r", ",val,4,4\r").encode()},
        "index.csv, line 5: found no value in column",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named(tmp_path, kind):
    changes, message = DAMAGE[kind]
    archive = broden_inputs.write(tmp_path, changes)
    with pytest.raises(InputError, match=message):
        read(archive, tmp_path)
    assert not (tmp_path / "concepts.h5").exists()


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"images": 6}, r"found 5 images, expected 6 \(datasets.tsv, row broden, column images\)"),
        ({"concepts": 8}, r"found 7 concepts, expected 8 .*column classes\)"),
    ],
)
def test_wrong_counts_are_named(tmp_path, declared, message):
    with pytest.raises(InputError, match=message):
        read(broden_inputs.write(tmp_path), tmp_path, **declared)


def test_damaged_archive_is_named(tmp_path):
    path = broden_inputs.write(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="damaged"):
        open_archive(path).names()

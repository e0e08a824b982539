"""Folders of images, each named by what they show."""

import pytest

from tests.unit.inputs.own_inputs import photographs
from workflow_scripts.archives.concept_folders import folder_tables
from workflow_scripts.archives.layouts import list_images, open_archives
from workflow_scripts.archives.members import open_archive
from workflow_scripts.job.errors import InputError


def test_a_folder_is_a_concept_and_a_copy_the_same_image(tmp_path):
    folder = photographs(tmp_path, "wood/1.png", "set/red/1.png", "red/3.jpg")
    (folder / "wood" / "copy.png").write_bytes((folder / "set" / "red" / "1.png").read_bytes())
    (folder / "notes.txt").write_text("no image")
    tables = folder_tables(open_archive(folder))
    assert {number: label.name for number, label in tables.labels.items()} == {1: "red", 2: "wood"}
    shown = {image.member: image.labels["folder"] for image in tables.images}
    assert shown == {"red/3.jpg": [1], "set/red/1.png": [1, 2], "wood/1.png": [2]}
    assert [label.frequency for label in tables.labels.values()] == [2, 2]
    assert tables.category_frequency == {"folder": 4}
    listing = list_images("concept_folders", open_archives("concept_folders", [folder]), [], None)
    assert listing.labels == dict.fromkeys(shown, -1)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("1.png", "wood/1.png", "red/1.png"), "found 1.png and 0 other images outside folders"),
        (("wood/1.png", "a/wood/2.png"), "images in fewer than two folders"),
        ((), "images in fewer than two folders"),
    ],
)
def test_folders_that_are_no_concepts(tmp_path, names, message):
    with pytest.raises(InputError, match=message):
        folder_tables(open_archive(photographs(tmp_path, *names)))

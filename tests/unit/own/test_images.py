"""Images as data sets of a study, and its classes."""

import tarfile

import pytest

from tests.unit.inputs.own_inputs import ROOT, photographs, request
from workflow_scripts.job.errors import InputError
from workflow_scripts.own.images import images_of

LABELLED = ("cat/1.png", "cat/2.png", "dog_house/1.png")


def of(images, **given):
    given = {key: str(value) for key, value in given.items()}
    return images_of(request(images=str(images), **given), ROOT)


@pytest.fixture
def labelled(tmp_path):
    return photographs(tmp_path / "labelled", *LABELLED)


def test_images_without_classes(labelled):
    images = of(labelled)
    assert images.classes is None and not images.lines
    (row,) = images.datasets
    assert (row["title"], row["role"], row["layout"]) == ("labelled", "test", "unlabelled")


def test_folders_name_the_classes(labelled, tmp_path):
    images = of(labelled, classes="folders", shifted=f"drawn={labelled}")
    assert images.classes == [
        {"wnid": "cat", "name": "cat"}, {"wnid": "dog_house", "name": "dog house"}
    ]  # fmt: skip
    assert [(row["dataset"], row["layout"]) for row in images.datasets] == [
        ("images", "wnid_folders"), ("drawn", "wnid_folders"),
    ]  # fmt: skip
    archive = tmp_path / "labelled.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(labelled, "labelled")
    assert of(archive, classes="folders").classes == images.classes


def test_a_file_names_them(labelled, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("cat\tdomestic cat\ndog_house\nbird\n")
    images = of(labelled, classes=names)
    assert [row["name"] for row in images.classes] == ["domestic cat", "dog_house", "bird"]
    assert images.lines == ["1 classes without images, such as bird"]
    flat = photographs(tmp_path / "flat", "1.png", "2.png")
    assert of(flat, classes=names).lines == [
        f"{flat}: no folders of classes, hence no labels and no accuracy"
    ]
    numbered = photographs(tmp_path / "numbered", "0/1.png", "2/1.png")
    assert of(numbered, classes=names).datasets[0]["layout"] == "numbered_folders"


def test_imagenet_and_its_five_shifts_have_the_testbeds_line(tmp_path):
    test = photographs(tmp_path / "val", "n01440764/1.png", "n01443537/1.png")
    names = ("imagenet-v2", "imagenet-r", "imagenet-sketch", "imagenet-a", "objectnet")
    images = of(test, classes="imagenet", shifted=",".join(f"{name}={test}" for name in names))
    assert images.has_testbed_line and len(images.classes) == 1000
    rows = {row["dataset"]: row for row in images.datasets}
    assert rows["imagenet-r"]["class_list"] in images.lists
    assert rows["objectnet"]["layout"] == "objectnet"
    assert not of(test, classes="imagenet", shifted=f"imagenet-r={test}").has_testbed_line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cat\nfish\n", r"1 folders of no class \(dog_house\)"),
        ("cat\ncat\ndog_house\n", "1 classes twice"),
        ("cat\ta\tb\n", "three columns in line 1"),
        ("\tname\n", "line 1 of .* without a folder"),
    ],
)
def test_names_that_do_not_fit(labelled, tmp_path, content, message):
    names = tmp_path / "names.txt"
    names.write_text(content)
    with pytest.raises(InputError, match=message):
        of(labelled, classes=names)


def test_what_is_missing(labelled, tmp_path):
    flat = photographs(tmp_path / "flat", "1.png")
    mixed = photographs(tmp_path / "mixed", "1.png", *LABELLED)
    for images, given, message in [
        (tmp_path / "nowhere", {}, "images .*which is not there"),
        (labelled, {"concepts": tmp_path / "nowhere"}, "concepts .*which is not there"),
        (labelled, {"classes": "folders", "shifted": tmp_path / "nowhere"}, "shifted .*not there"),
        (labelled, {"classes": tmp_path / "nowhere.txt"}, "expected folders, imagenet or such"),
        (labelled, {"shifted": labelled}, "shifted .*without labels"),
        (labelled, {"classes": "folders", "shifted": f"images={labelled}"}, "'images' twice"),
        (flat, {"classes": "folders"}, "'folders', but .* has none"),
        (mixed, {"classes": "folders"}, "1 images outside folders"),
        (labelled, {"concepts": flat}, "without folders of images, expected a folder .* concept"),
        (labelled, {"concepts": mixed}, "concepts .* 1 images outside folders"),
    ]:
        with pytest.raises(InputError, match=message):
            of(images, **given)


def test_concepts_are_brodens_or_folders(labelled, tmp_path):
    broden = tmp_path / "broden"
    broden.mkdir()
    (broden / "index.csv").touch()
    row = of(labelled, concepts=broden).datasets[-1]
    assert (row["dataset"], row["role"], row["layout"]) == ("concepts", "concepts", "broden")
    row = of(labelled, concepts=labelled).datasets[-1]
    assert (row["role"], row["layout"]) == ("concepts", "concept_folders")

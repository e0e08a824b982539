"""The texts of a pretraining: captions of a store, and versions of ImageNet-Captions."""

import json
import zipfile

import h5py
import numpy as np
import pytest

from tests.authentic import archives as authentic
from workflow_scripts.archives.members import open_archive
from workflow_scripts.files.image_stores import load_training_set
from workflow_scripts.job.errors import InputError
from workflow_scripts.training import texts

COUNT = 30
ENTRIES = [
    {"filename": "1.JPEG", "wnid": "n1", "title": "a car", "description": "red", "tags": ["x y"]},
    {"filename": "2.JPEG", "wnid": "n1", "title": "a cat", "description": "", "tags": []},
    {"filename": "9.JPEG", "wnid": "n2", "title": "", "description": "", "tags": []},
    {"filename": "7.JPEG", "wnid": "n2", "title": "", "description": "in a box", "tags": ["z"]},
]  # fmt: skip


@pytest.fixture
def path(tmp_path):
    """A captioned store in which everything tells its row."""
    path = tmp_path / "store.h5"
    with h5py.File(path, "w") as store:
        store["pixels"] = np.zeros((COUNT, 1, 1, 3), np.uint8)
        store["labels"] = np.arange(COUNT)
        text = h5py.string_dtype()
        store.create_dataset("ids", data=[str(row) for row in range(COUNT)], dtype=text)
        captions = [f"caption {row}" for row in range(COUNT)]
        store.create_dataset("caption", data=captions, dtype=text)
        store.attrs["complete"] = True
    return path


@pytest.mark.parametrize("limit", [None, COUNT, 7])
def test_captions_are_those_of_the_images(path, limit):
    _, labels, _ = load_training_set(path, limit, seed=3)
    captions = texts.web_captions(path, limit, seed=3)
    assert captions == [f"caption {row}" for row in labels.tolist()]


def test_a_store_without_captions(path):
    with h5py.File(path, "a") as store:
        del store["caption"]
    with pytest.raises(InputError, match="store.h5: holds no captions"):
        texts.web_captions(path, None, 0)


def test_a_caption_that_names_one_class_has_its_label():
    captions = [
        "a cat", "A Cat on a mat", "a cat and a car", "a carton", "hot dog", "dog", "cat, cat", "",
    ]  # fmt: skip
    found = texts.named_classes(captions, ["car", "cat", "dog", "hot dog"])
    assert found == {0: 1, 1: 1, 4: 3, 5: 2, 6: 1}


def test_a_name_of_two_classes_tells_neither():
    """As crane, the bird and the machine, in ImageNet."""
    found = texts.named_classes(
        ["a crane", "a Crane and a dog", "a dog"], ["crane", "dog", "Crane"]
    )
    assert found == {2: 1}


def test_captions_that_name_no_class_are_refused():
    with pytest.raises(InputError, match="none of 1 captions names one of the 2 classes"):
        texts.named_classes(["a tree"], ["car", "cat"])


# ImageNet-Captions


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("t", {1: "a car", 2: "a cat"}),
        ("td", {1: "a car red", 2: "a cat", 7: "in a box"}),
        ("tdt", {1: "a car red x y", 2: "a cat", 7: "in a box z"}),
    ],
)
def test_versions_of_the_captions(tmp_path, version, expected):
    path = tmp_path / "captions.json"
    path.write_text(json.dumps(ENTRIES))
    ids = [f"n1/{row}.JPEG" for row in range(10)]
    assert texts.imagenet_captions(path, ids, version) == expected


@pytest.mark.parametrize("version", ["t", "td", "tdt"])
def test_captions_of_a_training_set_in_the_authentic_formats(tmp_path, version):
    train = authentic.imagenet_train(tmp_path, per_class=4)
    path = authentic.imagenet_captions(tmp_path, train, share=1)
    ids = open_archive(train.path, nested=True).names()
    found = texts.imagenet_captions(path, ids, version)
    assert list(found) == list(range(len(ids)))  # each image's own, as all have a title
    for entry, row in zip(json.loads(path.read_text()), found, strict=True):
        parts = {"t": 1, "td": 2, "tdt": 3}[version]
        expected = [entry["title"], entry["description"], " ".join(entry["tags"])][:parts]
        assert ids[row].endswith(f"/{entry['filename']}")
        assert found[row] == " ".join(filter(None, expected))


def test_captions_may_lack_a_description_and_tags():
    entry = {"title": "a car", "description": None, "tags": None}
    assert texts.compose(entry, "tdt") == "a car"


@pytest.mark.parametrize(
    "content", ["", "[", "{}", '[{"filename": "1.JPEG"}]', "[1]"],
    ids=["empty", "no JSON", "no list", "no title", "no objects"],
)  # fmt: skip
def test_captions_that_are_none(tmp_path, content):
    path = tmp_path / "captions.json"
    path.write_text(content)
    with pytest.raises(InputError, match="(expected ImageNet-Captions|has none of)"):
        texts.imagenet_captions(path, ["n1/1.JPEG"], "t")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_captions_in_an_encoding_that_is_marked(tmp_path, encoding):
    path = tmp_path / "captions.json"
    path.write_text(json.dumps(ENTRIES, ensure_ascii=False), encoding=encoding)
    assert texts.imagenet_captions(path, ["n1/1.JPEG"], "t") == {0: "a car"}
    path.write_bytes('[{"filename": "é"}]'.encode("latin-1"))
    with pytest.raises(InputError, match="captions.json: found byte e9 at place 15, expected a"):
        texts.imagenet_captions(path, ["n1/1.JPEG"], "t")


def test_captions_of_other_images(tmp_path):
    path = tmp_path / "captions.json"
    path.write_text(json.dumps(ENTRIES))
    with pytest.raises(InputError, match="has none of the images' filenames, such as '55.JPEG'"):
        texts.imagenet_captions(path, ["n1/55.JPEG"], "t")


def test_captions_in_the_zip_file_that_is_published(tmp_path):
    path = tmp_path / "imagenet_captions.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imagenet_captions.json", json.dumps(ENTRIES))
        archive.writestr("__MACOSX/._imagenet_captions.json", b"\0\5\26")
    assert texts.imagenet_captions(path, ["n1/1.JPEG"], "t") == {0: "a car"}

    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other.json", "[]")
    with pytest.raises(InputError, match="a zip file with 2 JSON files, not one"):
        texts.imagenet_captions(path, ["n1/1.JPEG"], "t")
    path.write_bytes(path.read_bytes()[:40] + path.read_bytes()[60:])
    with pytest.raises(InputError, match="imagenet_captions.zip: cannot be read"):
        texts.imagenet_captions(path, ["n1/1.JPEG"], "t")

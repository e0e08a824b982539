"""Training sets from image stores: rows, captions, and versions of ImageNet-Captions."""

import json
import zipfile

import h5py
import numpy as np
import pytest

from tests.authentic import archives as authentic
from workflow_scripts.archives.members import open_archive
from workflow_scripts.files import image_stores as stores
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
    """A store in which everything tells its row."""
    path = tmp_path / "store.h5"
    with h5py.File(path, "w") as store:
        rows = np.arange(COUNT)
        store["pixels"] = np.broadcast_to(rows[:, None, None, None], (COUNT, 4, 4, 3)).astype("u1")
        store["labels"] = rows * 10
        text = h5py.string_dtype()
        store.create_dataset("ids", data=[f"n1/{row}.JPEG" for row in rows], dtype=text)
        store.create_dataset("caption", data=[f"caption {row}" for row in rows], dtype=text)
        store.attrs["complete"] = True
    return path


@pytest.mark.parametrize("limit", [None, COUNT, 7])
def test_pixels_labels_ids_and_captions_belong_together(path, limit):
    pixels, labels, ids = stores.load_training_set(path, limit, seed=3)
    rows = pixels[:, 0, 0, 0].numpy()
    assert len(rows) == (limit or COUNT)
    assert sorted(set(rows)) == list(rows)
    assert labels.tolist() == (rows * 10.0).tolist()
    assert ids.tolist() == [f"n1/{row}.JPEG" for row in rows]
    captions = texts.web_captions(path, limit, seed=3)
    assert captions == [f"caption {row}" for row in rows]


def test_smaller_samples_are_parts_of_larger_ones():
    small, large = (set(stores.select_rows(100, limit, seed=1)) for limit in (10, 50))
    assert len(small) == 10 and small < large
    assert small != set(stores.select_rows(100, 10, seed=2))


def test_more_images_than_there_are():
    with pytest.raises(InputError, match="column images: found 31, expected at most 30"):
        stores.select_rows(30, 31, seed=0)


def test_a_store_without_captions(path):
    with h5py.File(path, "a") as store:
        del store["caption"]
    with pytest.raises(InputError, match="store.h5: holds no captions"):
        texts.web_captions(path, None, 0)


def test_a_store_that_was_never_completed(path):
    with h5py.File(path, "a") as store:
        del store.attrs["complete"]
    with pytest.raises(InputError, match="store.h5: was never completed; delete it"):
        stores.load_training_set(path, None, 0)


@pytest.mark.parametrize("content", [None, b"", b"HDF" * 50])
def test_a_store_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "store.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="store.h5: cannot be read"):
        stores.load_training_set(path, None, 0)


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
    with pytest.raises(InputError, match="captions.json: (cannot be read as|has none of)"):
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

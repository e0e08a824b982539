"""Image stores hold open_clip's own pixels, and damaged images and wrong counts are named."""

import io
import json

import h5py
import numpy as np
import pytest
from PIL import Image

from tests.unit.image_inputs import encoded, picture, write_archive
from workflow_scripts.datasets import store
from workflow_scripts.lib.digests import write_digest
from workflow_scripts.lib.errors import InputError
from workflow_scripts.lib.stores import open_store

CLASSES = [{"wnid": f"n{number:08d}", "name": f"thing {number}"} for number in range(3)]
WNIDS = [row["wnid"] for row in CLASSES]
VIEW = {"size": 16, "interpolation": "bicubic"}


def openclip_pixels(content, size, interpolation):
    """Pixels of open_clip's evaluation transform, without its normalisation."""
    from workflow_scripts.lib.torchvision_operators import ensure

    ensure()
    from open_clip.transform import image_transform

    transform = image_transform(
        size, is_train=False, mean=(0, 0, 0), std=(1, 1, 1), interpolation=interpolation
    )
    tensor = transform(Image.open(io.BytesIO(content)))
    return (tensor.permute(1, 2, 0) * 255).round().byte().numpy()


IMAGES = [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"),
          ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA")]  # fmt: skip
SIZES = [(16, 16), (17, 16), (33, 20), (15, 41), (101, 67), (7, 9), (64, 64)]


@pytest.mark.parametrize(("kind", "mode"), IMAGES, ids="-".join)
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_pixels_are_those_of_openclip(kind, mode, interpolation):
    for size in (16, 15):
        view = {"size": size, "interpolation": interpolation}
        for width, height in SIZES:
            content = encoded(picture(width, height, mode), kind)
            pixels = store.decode(content, "image", view, border=0)
            expected = openclip_pixels(content, size, interpolation)
            np.testing.assert_array_equal(pixels, expected, f"{width} x {height} to {size}")


def test_the_shorter_side_can_be_longer_than_the_crop():
    from torchvision.transforms import CenterCrop, InterpolationMode, Resize

    image = picture(61, 40)
    expected = CenterCrop(16)(Resize(24, InterpolationMode.BICUBIC)(image))
    np.testing.assert_array_equal(store.apply_view(image, {**VIEW, "resize": 24}), expected)


def test_a_border_is_cut_off_first():
    inner = picture(40, 30)
    framed = Image.new("RGB", (44, 34), (255, 0, 0))
    framed.paste(inner, (2, 2))
    np.testing.assert_array_equal(
        store.apply_view(framed, VIEW, border=2), store.apply_view(inner, VIEW)
    )


def images(count=7):
    """An archive's members: images of three classes, in the order of storage."""
    return {
        f"{WNIDS[number % 3]}/{number}.jpeg": encoded(picture(20 + number, 25, seed=number))
        for number in range(count)
    }


def make(tmp_path, members, count=None, threads=2, **settings):
    """Run the script on an archive of `members`; the path of the store."""
    archive = write_archive(tmp_path / "set.tar", members)
    settings = {
        "dataset": "imagenet", "layout": "wnid_folders", "images": count or len(members),
        "classes": 3, "class_list": WNIDS, "study_classes": CLASSES, "view": VIEW, **settings,
    }  # fmt: skip
    write_digest(archive)
    store.main(archive, tmp_path / "v.h5", tmp_path / "v.json", threads, **settings)
    return tmp_path / "v.h5"


def test_a_store_holds_what_the_archive_does(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "BLOCK", 3)  # several blocks
    members = images()
    with open_store(make(tmp_path, members)) as file:
        assert file["ids"].asstr()[:].tolist() == list(members)
        assert file["labels"][:].tolist() == [0, 1, 2, 0, 1, 2, 0]
        assert file["pixels"].dtype == np.uint8
        for row, content in enumerate(members.values()):
            expected = store.decode(content, "", VIEW, 0)
            np.testing.assert_array_equal(file["pixels"][row], expected)
        assert json.loads(file.attrs["class_groups"]) == [[0], [1], [2]]
        assert json.loads(file.attrs["view"]) == VIEW
        digest = file.attrs["digest"]
    written = json.loads((tmp_path / "v.json").read_text())
    assert written == {"dataset": "imagenet", "images": 7, "left_out": 0, "sha256": digest}


def test_the_digest_is_that_of_the_content(tmp_path):
    members = images()
    digests = []
    for number, content in enumerate([members, members, {**members, list(members)[3]: b""}]):
        folder = tmp_path / str(number)
        folder.mkdir()
        if number == 2:
            content[list(members)[3]] = encoded(picture(20, 20, seed=99))
        make(folder, content, threads=1 + number)
        digests.append(json.loads((folder / "v.json").read_text())["sha256"])
    assert digests[0] == digests[1] != digests[2]


def test_captions_are_stored_beside_their_images(tmp_path):
    members = {}
    for number in range(3):
        members[f"{number}.txt"] = f"thing №{number}".encode()
        members[f"{number}.jpg"] = encoded(picture(20, 20, seed=number))
    settings = {"layout": "webdataset", "classes": None, "class_list": None}
    with h5py.File(make(tmp_path, members, count=3, **settings)) as file:
        assert file["caption"].asstr()[:].tolist() == [f"thing №{number}" for number in range(3)]
        assert file["labels"][:].tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"GIF?" + data, lambda data: b""],
    ids=["truncated", "no image", "empty"],
)  # fmt: skip
def test_a_corrupt_image_is_named_and_nothing_is_left(tmp_path, damage):
    members = images()
    name = list(members)[4]
    members[name] = damage(members[name])
    with pytest.raises(
        InputError, match=f"set.tar, image {name}: cannot be decoded .* Obtain the archive"
    ):
        make(tmp_path, members)
    assert {path.name for path in tmp_path.iterdir()} == {"set.tar", "set.tar.sha256"}


def test_a_wrong_number_of_images(tmp_path):
    message = r"found 7 images, expected 8 \(datasets.tsv, row imagenet, column images\)"
    with pytest.raises(InputError, match=message):
        make(tmp_path, images(), count=8)


def test_a_wrong_number_of_classes(tmp_path):
    message = r"scored on 3 classes, expected 4 \(datasets.tsv, row imagenet, column classes\)"
    with pytest.raises(InputError, match=message):
        make(tmp_path, images(), classes=4)
    assert not (tmp_path / "v.h5").exists()


def test_an_archive_without_images(tmp_path):
    with pytest.raises(InputError, match="found 0 images, expected 5"):
        make(tmp_path, {"LICENSE": b""}, count=5)

"""Image stores hold what the archive does; damaged images and wrong counts are named.

That pixels are open_clip's own is tested in test_image_store_views.py.
"""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

from tests.authentic import archives as authentic
from tests.unit.inputs.image_inputs import encoded, picture, write_archive
from workflow_scripts.datasets import image_store as store
from workflow_scripts.files.digests import recorded_digest, sha256_file, write_digest
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.subset import chosen
from workflow_scripts.job.errors import InputError

CLASSES = [{"wnid": f"n{number:08d}", "name": f"thing {number}"} for number in range(3)]
WNIDS = [row["wnid"] for row in CLASSES]
VIEW = {"size": 16, "interpolation": "bicubic"}


def test_a_border_is_cut_off_first():
    inner = picture(40, 30)
    framed = Image.new("RGB", (44, 34), (255, 0, 0))
    framed.paste(inner, (2, 2))
    np.testing.assert_array_equal(
        store.apply_view(framed, VIEW, border=2), store.apply_view(inner, VIEW)
    )


@pytest.mark.parametrize("size", [(4, 30), (30, 3), (1, 1)])
def test_an_image_that_is_all_border(size):
    with pytest.raises(InputError, match="image a: cannot be decoded .* all of them border"):
        store.decode_view(encoded(picture(*size)), "image a", VIEW, border=2)
    assert store.decode_view(encoded(picture(5, 5)), "image a", VIEW, border=2).shape == (16, 16, 3)


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
    store.main([archive], tmp_path / "v.h5", threads, **settings)
    return tmp_path / "v.h5"


def test_a_store_holds_what_the_archive_does(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "BLOCK", 3)  # several blocks
    members = images()
    with opened(make(tmp_path, members)) as file:
        assert file["ids"].asstr()[:].tolist() == list(members)
        assert file["labels"][:].tolist() == [0, 1, 2, 0, 1, 2, 0]
        assert file["pixels"].dtype == np.uint8
        for row, content in enumerate(members.values()):
            expected = store.decode_view(content, "", VIEW, 0)
            np.testing.assert_array_equal(file["pixels"][row], expected)
        assert json.loads(file.attrs["class_groups"]) == [[0], [1], [2]]
        assert json.loads(file.attrs["view"]) == VIEW
        digest = file.attrs["digest"]
    assert recorded_digest(tmp_path / "v.h5") == digest


def test_a_store_does_not_depend_on_the_threads(tmp_path):
    made = authentic.imagenet_sketch(tmp_path, per_class=8)
    settings = imagenet(made, "wnid_folders")
    contents = []
    for threads in (1, 2, 7):
        store.main(made.paths, tmp_path / "v.h5", threads, **settings)
        contents.append((tmp_path / "v.h5").read_bytes())
    assert made.images > store.BLOCK
    assert contents[0] == contents[1] == contents[2]


def test_the_digest_is_that_of_the_content(tmp_path):
    members = images()
    digests = []
    for number, content in enumerate([members, members, {**members, list(members)[3]: b""}]):
        folder = tmp_path / str(number)
        folder.mkdir()
        if number == 2:
            content[list(members)[3]] = encoded(picture(20, 20, seed=99))
        make(folder, content, threads=1 + number)
        digests.append(recorded_digest(folder / "v.h5"))
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


def imagenet(made, layout, wnids=None, **settings):
    """Settings for a data set in an authentic format; its digests are written."""
    for path in made.paths:
        write_digest(path)
    classes = authentic.some_classes()
    wnids = wnids or [row["wnid"] for row in classes]
    return {
        "dataset": "set", "layout": layout, "images": made.images, "classes": made.classes,
        "class_list": wnids, "study_classes": classes, "view": VIEW, **settings,
    }  # fmt: skip


def test_an_encrypted_objectnet_without_its_border(tmp_path):
    made = authentic.objectnet(tmp_path, per_class=3)
    wnids = {wnid for row in authentic.objectnet_table() for wnid in row["wnids"]}
    wnids = sorted(wnids & {row["wnid"] for row in authentic.some_classes()})
    settings = imagenet(made, "objectnet", wnids)
    store.main(made.paths, tmp_path / "v.h5", 2, **settings)
    with opened(tmp_path / "v.h5") as file, zipfile.ZipFile(made.path) as archive:
        archive.setpassword(authentic.PASSWORD)
        for name, pixels in zip(file["ids"].asstr()[:], file["pixels"], strict=True):
            framed = Image.open(io.BytesIO(archive.read(name)))
            red, green, _ = np.asarray(framed)[0].mean(axis=0)
            assert red > green + 50, "no red border"
            inner = framed.crop((2, 2, framed.width - 2, framed.height - 2))
            np.testing.assert_array_equal(pixels, store.apply_view(inner, VIEW))
        assert file.attrs["left_out"] == 9


def test_a_store_of_two_archives(tmp_path):
    made = authentic.imagenet_val(tmp_path)
    settings = imagenet(made, "imagenet_val")
    store.main(made.paths, tmp_path / "v.h5", 2, **settings)
    with opened(tmp_path / "v.h5") as file:
        assert file.attrs["source"].split() == [sha256_file(path) for path in made.paths]
        assert sorted(file["ids"].asstr()[:])[0] == "ILSVRC2012_val_00000001.JPEG"
    made.paths[1].write_bytes(made.paths[1].read_bytes() + b"x")
    with pytest.raises(InputError, match="ILSVRC2012_devkit_t12.tar.gz: found SHA-256"):
        store.main(made.paths, tmp_path / "v.h5", 2, **settings)


def test_a_store_of_sixteen_bit_images_is_warned_of_once(tmp_path, caplog):
    members = images()
    for name in list(members)[2:5]:
        members[name] = encoded(Image.fromarray(np.full((20, 20), 40_000, "u2")), "PNG")
    make(tmp_path, members)
    (warning,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert warning.startswith("3 images are greyscale of more than eight bits, for one ")
    assert f"set.tar, image {sorted(list(members)[2:5])[0]}." in warning


# A part of the images


def test_a_part_of_the_images(tmp_path):
    made = authentic.imagenet_r(tmp_path, per_class=5)
    rows = {}
    for limit in (None, 7, 23, 60, 1000):
        settings = imagenet(made, "wnid_folders", limit=limit)
        store.main(made.paths, tmp_path / "v.h5", 2, **settings)
        with opened(tmp_path / "v.h5") as file:
            ids, labels = file["ids"].asstr()[:].tolist(), file["labels"][:].tolist()
            rows[limit] = dict(
                zip(ids, zip(labels, file["pixels"][:].tolist(), strict=True), strict=True)
            )
    assert [len(part) for part in rows.values()] == [60, 7, 23, 60, 60]
    assert list(rows[60].items()) == list(rows[None].items())
    assert rows[7].items() < rows[23].items() < rows[60].items()
    assert list(rows[23]) == [name for name in rows[None] if name in rows[23]]  # in their order


def test_all_images_are_counted_before_a_part_is_taken(tmp_path):
    with pytest.raises(InputError, match="found 7 images, expected 8"):
        make(tmp_path, images(), count=8, limit=3)


def test_other_sets_have_other_parts():
    names = [str(number) for number in range(100)]
    parts = [chosen(dataset, names, 30) for dataset in ("imagenet-v2", "imagenet-r")]
    assert parts[0] != parts[1]
    assert chosen("imagenet-v2", names[::-1], 30) == parts[0]


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


def test_a_folder_of_ones_own_without_labels(tmp_path, caplog):
    """Images at any depth, however many; the folder is left as it is."""
    folder = tmp_path / "photographs"
    for name, content in {"a/1.png": encoded(picture(20, 25), "PNG"), "2.JPG": None}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content or encoded(picture(30, 20, seed=1)))
    for name in ("notes.txt", "b.heic", ".DS_Store", "Thumbs.db", "a/._1.png"):
        (folder / name).write_text("no image")
    settings = {
        "dataset": "photographs", "layout": "unlabelled", "images": None, "classes": None,
        "class_list": None, "study_classes": CLASSES, "view": VIEW,
    }  # fmt: skip
    store.main([folder], tmp_path / "v.h5", 1, own=True, **settings)
    warning, few = (each.getMessage() for each in caplog.records if each.levelname == "WARNING")
    assert few == f"{folder}: only 2 images; intervals over them are wide"
    assert "photographs: passed over 2 files whose names do not end in .bmp, .gif," in warning
    assert warning.endswith("for one b.heic")
    with opened(tmp_path / "v.h5") as file:
        assert file["ids"].asstr()[:].tolist() == ["2.JPG", "a/1.png"]
        assert file["labels"][:].tolist() == [-1, -1] and file.attrs["class_groups"] == "[]"
    assert not list(tmp_path.glob("photographs.*"))
    for image in [*folder.rglob("*.png"), *folder.rglob("*.JPG")]:
        image.unlink()
    with pytest.raises(InputError, match="photographs: found no image, expected files ending in"):
        store.main([folder], tmp_path / "w.h5", 1, own=True, **settings)


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

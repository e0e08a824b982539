"""The readers on archives in the authentic formats: every image has the label that it should."""

import csv
import importlib.util
import io
import itertools
import json
import re
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from tests.authentic import archives as authentic
from tests.authentic.classes import (
    STUDY,
    challenge_ids,
    imagenet_classes,
    objectnet_table,
    some_classes,
)
from tests.authentic.tars import write_tar
from workflow_scripts.archives.layouts import list_images, open_archives
from workflow_scripts.archives.members import open_archive
from workflow_scripts.job.errors import InputError

CLASSES = some_classes()
WNIDS = [row["wnid"] for row in CLASSES]
LABEL = {wnid: label for label, wnid in enumerate(WNIDS)}


def listed(layout, made, classes=CLASSES, class_list=WNIDS):
    """The archives and their listing, which agrees with what was made."""
    archives = open_archives(layout, made.paths)
    listing = list_images(layout, archives, classes, class_list)
    assert len(listing.labels) == made.images
    assert len(listing.class_groups) == made.classes
    assert listing.left_out == made.left_out
    for name, content in archives[0].stream(set(listing.labels)):
        Image.open(io.BytesIO(content)).load()
        del listing.labels[name]
    assert not listing.labels, "not streamed"
    return list_images(layout, archives, classes, class_list)


def test_imagenet_val(tmp_path):
    made = authentic.imagenet_val(tmp_path, per_class=3)
    labels = listed("imagenet_val", made).labels
    # What an ImageNet user would do by hand: line N of the ground truth is image N.
    with tarfile.open(made.paths[1]) as kit:
        root = "ILSVRC2012_devkit_t12/data"
        truth = kit.extractfile(f"{root}/ILSVRC2012_validation_ground_truth.txt").read().split()
    ids = challenge_ids(CLASSES)
    assert list(ids.values()) != sorted(ids.values()), "numbers are in the order of the labels"
    for name, label in labels.items():
        number = int(re.search(r"_([0-9]{8})\.", name)[1])
        assert ids[WNIDS[label]] == int(truth[number - 1])
    assert Counter(labels.values()) == dict.fromkeys(range(len(CLASSES)), 3)
    assert list(labels) != sorted(labels), "images are in the order of their numbers"


def test_imagenet_val_of_all_classes(tmp_path):
    classes = imagenet_classes()
    made = authentic.imagenet_val(tmp_path, classes, per_class=1, size=(8, 8))
    wnids = [row["wnid"] for row in classes]
    labels = listed("imagenet_val", made, classes, wnids).labels
    assert sorted(labels.values()) == list(range(1000))


def test_imagenet_train_is_streamed_from_the_tars_inside(tmp_path):
    made = authentic.imagenet_train(tmp_path, per_class=4)
    listing = listed("imagenet_train", made)
    for name, label in listing.labels.items():
        folder, file = name.split("/")
        assert LABEL[folder] == label
        assert file.startswith(f"{folder}_")
    assert [path.name for path in tmp_path.iterdir()] == ["ILSVRC2012_img_train.tar"]


@pytest.mark.parametrize("variant", ["matched-frequency", "threshold0.7", "top-images"])
def test_imagenet_v2(tmp_path, variant):
    made = authentic.imagenet_v2(tmp_path, variant)
    labels = listed("numbered_folders", made).labels
    folders = list(dict.fromkeys(Path(name).parent.name for name in labels))
    assert folders[:4] == ["0", "1", "10", "11"], "folders are not sorted as text"
    assert all(int(Path(name).parent.name) == label for name, label in labels.items())
    first = made.path.read_bytes()[:2]
    assert (first == b"\x1f\x8b") == (variant == "top-images")


@pytest.mark.parametrize(
    "write", [authentic.imagenet_r, authentic.imagenet_a, authentic.imagenet_sketch]
)
def test_wnid_folders(tmp_path, write):
    subset = CLASSES[3:8]
    made = write(tmp_path, subset, per_class=3)
    wnids = [row["wnid"] for row in subset]
    listing = listed("wnid_folders", made, class_list=wnids)
    assert all(Path(name).parent.name == WNIDS[label] for name, label in listing.labels.items())
    assert listing.class_groups == [[label] for label in range(3, 8)]


def test_objectnet(tmp_path):
    made = authentic.objectnet(tmp_path, per_class=4)
    table = {row["folder"]: row for row in objectnet_table()}
    wnids = sorted({wnid for row in table.values() for wnid in row["wnids"]} & LABEL.keys())
    listing = listed("objectnet", made, class_list=wnids)
    assert sorted(map(len, listing.class_groups)) == [1, 2, 3]
    for name, label in listing.labels.items():
        own = table[Path(name).parent.name]["wnids"]
        group = next(group for group in listing.class_groups if label in group)
        assert {WNIDS[each] for each in group} == set(own)
    assert listing.border == 2
    assert made.left_out == 12


def test_all_of_objectnet(tmp_path):
    """The 113 classes that ImageNet has, by the authors' own mapping."""
    classes = imagenet_classes()
    made = authentic.objectnet(tmp_path, classes, per_class=1, size=(8, 8), outside=200)
    file = STUDY / "class_lists/objectnet.txt"
    listing = listed("objectnet", made, classes, file.read_text().split())
    assert Counter(map(len, listing.class_groups)) == {1: 104, 2: 6, 3: 3}
    assert (made.classes, made.images, made.left_out) == (113, 113, 200)


def test_broden(tmp_path):
    made = authentic.broden(tmp_path)
    archives = open_archives("broden", made.paths)
    listing = list_images("broden", archives, [], None)
    assert len(listing.labels) == made.images
    index = archives[0].read("broden1_224/index.csv").decode()
    assert "0" in {row["scene"] for row in csv.DictReader(io.StringIO(index))}


def test_web_pairs(tmp_path):
    made = authentic.web_pairs(tmp_path)
    listing = listed("webdataset", made, class_list=None)
    assert listing.captions["000000003.jpg"] == "a photo №3"


def test_archives_are_always_the_same(tmp_path):
    for write in (authentic.imagenet_val, authentic.objectnet, authentic.imagenet_v2):
        contents = []
        for number in range(2):
            folder = tmp_path / f"{write.__name__}{number}"
            folder.mkdir()
            contents.append([path.read_bytes() for path in write(folder).paths])
        assert contents[0] == contents[1]


# Damage


def test_a_development_kit_is_needed(tmp_path):
    made = authentic.imagenet_val(tmp_path)
    with pytest.raises(
        InputError, match="found 1 archives, expected 2 .* then the development kit"
    ):
        open_archives("imagenet_val", made.paths[:1])
    with pytest.raises(InputError, match="found 2 archives, expected 1 for layout wnid_folders"):
        open_archives("wnid_folders", made.paths)


def validation(tmp_path, images=None, **files):
    """The listing of a validation set; some of the kit's files are replaced (None: left out)."""
    made = authentic.imagenet_val(tmp_path, per_class=1)
    if images:
        with tarfile.open(made.path) as archive:
            contents = [archive.extractfile(member).read() for member in archive]
        write_tar(made.path, zip(images, contents, strict=False))
    if files:
        kit = open_archive(made.paths[1])
        members = dict(kit.stream(set(kit.names())))
        for name, content in files.items():
            path = next(each for each in members if name in each)
            members[path] = content(members[path])
        present = [(name, content) for name, content in members.items() if content is not None]
        write_tar(made.paths[1], present)
    return list_images("imagenet_val", open_archives("imagenet_val", made.paths), CLASSES, WNIDS)


def image_names(numbers):
    return [f"ILSVRC2012_val_{number:08d}.JPEG" for number in numbers]


def test_two_images_of_one_number(tmp_path):
    """Their number alone would be right."""
    names = image_names(range(1, len(CLASSES)))
    with pytest.raises(InputError, match="found .*_00000003.JPEG and again/.*_00000003.JPEG, exp"):
        validation(tmp_path, [*names, f"again/{names[2]}"])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"meta.mat": lambda data: None}, "found 0 files data/meta.mat, expected one"),
        ({"ground_truth": lambda data: None}, "found 0 files data/ILSVRC2012_validation_gr"),
        ({"meta.mat": lambda data: data[:400]}, "data/meta.mat: cannot be read"),
        ({"meta.mat": lambda data: b""}, "data/meta.mat: cannot be read"),
        ({"meta.mat": lambda data: b"MATLAB 7.3" * 90}, "data/meta.mat: cannot be read"),
        ({"ground_truth": lambda data: b"1\nx\n" + data}, "line 2: found 'x', expected the number"),
        ({"ground_truth": lambda data: b"13\n" + data}, "line 1: found '13', .* of the 12 classes"),
        ({"ground_truth": lambda data: b"0\n" + data}, "line 1: found '0'"),
        ({"ground_truth": lambda data: data + b"1\n"}, "found 12 images, expected 13, the number"),
        ({"ground_truth": lambda data: data[: len(data) // 2]}, "names from .* to ILSVRC2012_val_"),
    ],
)  # fmt: skip
def test_a_damaged_development_kit(tmp_path, files, message):
    with pytest.raises(InputError, match=message):
        validation(tmp_path, **files)


def test_a_truncated_meta_mat_is_always_named(tmp_path):
    content = authentic.meta_mat(challenge_ids(CLASSES))
    for end in range(0, len(content), 37):
        with pytest.raises(InputError, match="meta.mat"):
            validation(tmp_path, **{"meta.mat": lambda data, end=end: data[:end]})


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (image_names(range(12)), "found image ILSVRC2012_val_00000000.JPEG, expected names from"),
        (image_names(range(1, 12)), "found 11 images, expected 12, the number of labels"),
        (image_names(range(2, 14)), "found image ILSVRC2012_val_00000013.JPEG, .* has 12 labels"),
        (["a.JPEG", *image_names(range(1, 12))], "found image a.JPEG"),
        ([*image_names(range(1, 12)), *image_names([1])], "ILSVRC2012_val_00000001.JPEG' is in it"),
    ],
)
def test_other_validation_images(tmp_path, images, message):
    with pytest.raises(InputError, match=message):
        validation(tmp_path, images)


def test_validation_images_of_classes_that_are_not_listed(tmp_path):
    made = authentic.imagenet_val(tmp_path)
    archives = open_archives("imagenet_val", made.paths)
    with pytest.raises(InputError, match=f"is of class {WNIDS[-1]} .* one of the 11 wnids"):
        list_images("imagenet_val", archives, CLASSES, WNIDS[:-1])
    more = [*CLASSES, {"wnid": "n99999999", "name": "nothing"}]
    with pytest.raises(InputError, match="its 12 classes lack n99999999 and 0 others"):
        list_images("imagenet_val", archives, more, [*WNIDS, "n99999999"])


def test_a_damaged_tar_inside_is_named(tmp_path):
    made = authentic.imagenet_train(tmp_path)
    with tarfile.open(made.path) as archive:
        members = [(member.name, archive.extractfile(member).read()) for member in archive]
    members[4] = (members[4][0], b"no tar" * 200)
    write_tar(made.path, members)
    archive = open_archives("imagenet_train", made.paths)[0]
    with pytest.raises(InputError, match=f"cannot be read .*{members[4][0]}"):
        archive.names()


def test_captions_name_images_of_the_training_set(tmp_path):
    train = authentic.imagenet_train(tmp_path, per_class=4)
    entries = json.loads(authentic.imagenet_captions(tmp_path, train).read_text())
    assert len(entries) == train.images // 2
    names = {Path(name).name for name in open_archive(train.path, nested=True).names()}
    for entry in entries:
        assert sorted(entry) == ["description", "filename", "tags", "title", "wnid"]
        assert entry["filename"] in names


# What all studies of ImageNet share

LISTS = {path.stem: path.read_text().split() for path in (STUDY / "class_lists").iterdir()}


def test_classes_are_those_of_open_clip():
    from workflow_scripts.networks.torchvision_operators import ensure

    ensure()
    from open_clip import IMAGENET_CLASSNAMES

    classes = imagenet_classes()
    assert [row["name"] for row in classes] == list(IMAGENET_CLASSNAMES)
    wnids = [row["wnid"] for row in classes]
    assert wnids == sorted(set(wnids)) == LISTS["imagenet"]
    assert wnids == sorted(timm_file("imagenet_synsets.txt"))


@pytest.mark.parametrize("name", ["imagenet-r", "imagenet-a"])
def test_class_lists_of_200(name):
    assert LISTS[name] == timm_file(f"{name.replace('-', '_')}_synsets.txt")
    assert len(LISTS[name]) == 200


def test_every_list_is_sorted_and_of_imagenet():
    assert set(LISTS) == {"imagenet", "imagenet-r", "imagenet-a", "objectnet"}
    for wnids in LISTS.values():
        assert wnids == sorted(set(wnids))
        assert set(wnids) <= set(LISTS["imagenet"])
    assert 0 < len(set(LISTS["imagenet-r"]) & set(LISTS["imagenet-a"])) < 200


def test_objectnet_has_313_classes():
    table = objectnet_table()
    assert len({row["folder"] for row in table}) == len({row["name"] for row in table}) == 313
    groups = [row["wnids"] for row in table if row["wnids"]]
    assert Counter(map(len, groups)) == {1: 104, 2: 6, 3: 3}
    assert sorted(itertools.chain(*groups)) == LISTS["objectnet"]
    assert len(LISTS["objectnet"]) == 125


def timm_file(name):
    folder = Path(importlib.util.find_spec("timm").submodule_search_locations[0])
    return (folder / "data/_info" / name).read_text().split()

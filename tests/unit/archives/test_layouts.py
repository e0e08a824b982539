"""Labels and scoring of each authentic layout, from archives as small as they can be."""

import json

import pytest

from workflow_scripts.archives.layouts import list_images
from workflow_scripts.job.errors import InputError

# Twelve classes, since numbers sorted as text go wrong from 10 on.
CLASSES = [{"wnid": f"n{number:08d}", "name": f"thing {number}"} for number in range(12)]
WNIDS = [row["wnid"] for row in CLASSES]


class Members:
    """An archive in memory: names to bytes."""

    path = "set.tar"

    def __init__(self, members):
        self.members = members if isinstance(members, dict) else dict.fromkeys(members, b"")

    def names(self):
        return list(self.members)

    def stream(self, wanted):
        return ((name, self.members[name]) for name in self.members if name in wanted)

    def read(self, name):
        return self.members[name]


# wnid folders


def test_wnid_folders_at_any_depth():
    names = ["val/n00000010/b.JPEG", "n00000002/a.png", "x/y/n00000002/c.webp", "README.txt"]
    listing = list_images("wnid_folders", [Members(names)], CLASSES, WNIDS)
    assert listing.labels == {names[0]: 10, names[1]: 2, names[2]: 2}
    assert listing.class_groups == [[label] for label in range(12)]
    assert listing.left_out == listing.border == 0


def test_a_subset_is_scored_on_its_classes():
    subset = ["n00000010", "n00000002"]
    names = ["n00000010/b.jpg", "n00000002/a.jpg"]
    listing = list_images("wnid_folders", [Members(names)], CLASSES, subset)
    assert list(listing.labels.values()) == [10, 2]
    assert listing.class_groups == [[2], [10]]


@pytest.mark.parametrize("name", ["n00000011/a.jpg", "dogs/a.jpg", "a.jpg"])
def test_a_folder_outside_the_class_list(name):
    with pytest.raises(InputError, match=f"set.tar: {name} lies in folder .* one of the 11 wnids"):
        list_images("wnid_folders", [Members([name])], CLASSES, WNIDS[:11])


# numbered folders


def test_numbers_are_numbers_and_not_text():
    names = [f"v2/{number}/{number}.jpeg" for number in ("0", "1", "10", "11", "2")]
    listing = list_images("numbered_folders", [Members(names)], CLASSES, WNIDS)
    assert list(listing.labels.values()) == [0, 1, 10, 11, 2]
    assert listing.class_groups == [[label] for label in range(12)]


def test_numbers_may_have_zeros_in_front():
    listing = list_images("numbered_folders", [Members(["v2/007/a.jpeg"])], CLASSES, WNIDS)
    assert list(listing.labels.values()) == [7]


@pytest.mark.parametrize("folder", ["12", "-1", "n00000001", "1.0", "²"])
def test_a_number_outside_the_classes(folder):
    with pytest.raises(InputError, match=f"folder '{folder}', expected a label from 0 to 11"):
        list_images("numbered_folders", [Members([f"v2/{folder}/a.jpeg"])], CLASSES, WNIDS)


# ObjectNet

GROUPS = {"Desk (any)": ["thing 3"], "Mug": ["thing 11", "thing 5"]}


def objectnet(groups=GROUPS, **changes):
    """ObjectNet with ids in another order than the labels, and a class that is not ImageNet's."""
    ids = {label: (5 * label + 2) % 12 for label in range(12)}
    lines = [""] * 12
    for label, identifier in ids.items():
        lines[identifier] = f"thing {label}"
    folders = {"desk": "Desk (any)", "mug": "Mug", "spoon": "Spoon"}
    members = {
        "o/mappings/folder_to_objectnet_label.json": json.dumps(folders),
        "o/mappings/objectnet_to_imagenet_1k.json": json.dumps(
            {name: "; ".join(members) for name, members in groups.items()}
        ),
        "o/mappings/pytorch_to_imagenet_2012_id.json": json.dumps(
            {str(label): identifier for label, identifier in ids.items()}
        ),
        "o/mappings/imagenet_to_label_2012_v2": "\n".join(lines) + "\n",
        "o/images/mug/1.png": "", "o/images/spoon/2.png": "", "o/images/desk/3.png": "",
        "o/images/mug/4.png": "", "o/images/spoon/5.png": "",
    }  # fmt: skip
    members |= {f"o/{name}": content for name, content in changes.items()}
    return Members({name: content.encode() for name, content in members.items()})


LISTED = ["n00000003", "n00000005", "n00000011"]


def test_objectnet_maps_several_classes_to_one():
    listing = list_images("objectnet", [objectnet()], CLASSES, LISTED)
    assert listing.labels == {"o/images/mug/1.png": 5, "o/images/desk/3.png": 3,
                              "o/images/mug/4.png": 5}  # fmt: skip
    assert listing.class_groups == [[3], [5, 11]]


def test_objectnet_leaves_out_what_imagenet_lacks_and_crops_the_border():
    listing = list_images("objectnet", [objectnet()], CLASSES, LISTED)
    assert listing.left_out == 2
    assert listing.border == 2


def test_objectnet_of_another_version():
    with pytest.raises(InputError, match=r"ImageNet labels \[3, 5, 11\], expected .* \[3, 5\]"):
        list_images("objectnet", [objectnet()], CLASSES, LISTED[:2])


def test_objectnet_with_an_unknown_name():
    groups = {**GROUPS, "Mug": ["thing 99", "thing 5"]}
    with pytest.raises(InputError, match=r"class 'Mug' maps to \['thing 99'\]"):
        list_images("objectnet", [objectnet(groups)], CLASSES, LISTED)
    with pytest.raises(InputError, match="class 'Sofa' maps to no folder"):
        list_images("objectnet", [objectnet({"Sofa": ["thing 3"]})], CLASSES, LISTED)


def test_objectnet_with_faulty_mapping_files():
    file = "mappings/objectnet_to_imagenet_1k.json"
    with pytest.raises(InputError, match=f"{file}: cannot be read .JSONDecodeError"):
        list_images("objectnet", [objectnet(**{file: "{"})], CLASSES, LISTED)
    archive = objectnet()
    del archive.members[f"o/{file}"]
    with pytest.raises(InputError, match=f"found 0 files {file}, expected one"):
        list_images("objectnet", [archive], CLASSES, LISTED)


# webdataset


def test_captions_beside_their_images():
    members = {
        "000.jpg": b"", "000.txt": b" a cat \n", "000.json": b"{}",
        "001.png": b"", "001.txt": "a café".encode(),
    }  # fmt: skip
    listing = list_images("webdataset", [Members(members)], CLASSES, None)
    assert listing.labels == {"000.jpg": -1, "001.png": -1}
    assert listing.captions == {"000.jpg": "a cat", "001.png": "a café"}
    assert listing.class_groups == []


@pytest.mark.parametrize("text", [None, b"", b" \n"])
def test_an_image_without_a_caption(text):
    members = {"000.jpg": b"", "000.txt": b"a cat", "001.jpg": b""}
    members |= {} if text is None else {"001.txt": text}
    with pytest.raises(InputError, match=r"001.jpg and 0 other images have no caption \(.txt\)"):
        list_images("webdataset", [Members(members)], CLASSES, None)


def test_an_archive_without_images():
    for layout, classes in (("wnid_folders", WNIDS), ("webdataset", None)):
        assert list_images(layout, [Members(["LICENSE"])], CLASSES, classes).labels == {}

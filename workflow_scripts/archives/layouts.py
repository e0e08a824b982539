"""Which images an archive holds and what they are labelled, for each authentic layout.

Labels are indices into the study's classes. `class_groups` says on which classes a data set is
scored: a list of lists of such indices, since one class of ObjectNet may be several of ImageNet.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from workflow_scripts.archives import broden_tables, devkit
from workflow_scripts.archives.members import open_archive
from workflow_scripts.job.errors import InputError

IMAGE_ENDINGS = (".jpeg", ".jpg", ".png", ".webp")


@dataclass
class Listing:
    """Labels by member name, scoring, and what the store must know to decode them.

    `left_out` counts images of classes that are not scored; `border` is the number of pixels
    to crop on each side; `captions` are texts by member name.
    """

    labels: dict
    class_groups: list
    left_out: int = 0
    border: int = 0
    captions: dict = field(default_factory=dict)


@dataclass(frozen=True)
class _Layout:
    """How the images are listed, what the archives hold, and how the first of them is opened."""

    list: Callable
    contents: tuple[str, ...] = ("the images",)
    options: dict = field(default_factory=dict)


def open_archives(layout, paths):
    """The archives of a data set, the one with the images first.

    Parameters
    ----------
    layout : wnid_folders | numbered_folders | imagenet_val | imagenet_train | objectnet |
        webdataset | broden
    paths : of the archives; imagenet_val has its labels in a second one, the development kit

    Raises
    ------
    InputError if there are too few, too many, or one does not exist.
    """
    expected = _LAYOUTS[layout]
    if len(paths) != len(expected.contents):
        raise InputError(
            f"{', '.join(map(str, paths))}: found {len(paths)} archives, expected "
            f"{len(expected.contents)} for layout {layout}: {', then '.join(expected.contents)} "
            "(datasets.tsv, column source)"
        )
    first, *others = paths
    return [open_archive(first, **expected.options), *map(open_archive, others)]


def list_images(layout, archives, classes, class_list):
    """The `Listing` of a data set.

    Parameters
    ----------
    layout, archives : see `open_archives`
    classes : list of {"wnid", "name"} in label order
    class_list : wnids on which the data set is scored; None for images without classes

    Raises
    ------
    InputError naming the archive and the member or class that does not fit.
    """
    return _LAYOUTS[layout].list(*archives, classes, class_list)


def _image_names(archive):
    """Names of the images; not those of the files that macOS adds to archives beside each."""
    return [
        name
        for name in archive.names()
        if name.lower().endswith(IMAGE_ENDINGS) and not PurePosixPath(name).name.startswith("._")
    ]


def _indices(classes, class_list):
    index = {row["wnid"]: label for label, row in enumerate(classes)}
    return [index[wnid] for wnid in class_list]


def _wnid_folders(archive, classes, class_list):
    """Folders named by wnid (ImageNet, -R, -A, -Sketch), at any depth."""
    allowed = dict(zip(class_list, _indices(classes, class_list), strict=True))
    labels = {}
    for name in _image_names(archive):
        wnid = PurePosixPath(name).parent.name
        if wnid not in allowed:
            raise InputError(
                f"{archive.path}: {name} lies in folder {wnid!r}, expected one of the "
                f"{len(allowed)} wnids of the data set's class list; mend the list or the archive"
            )
        labels[name] = allowed[wnid]
    return Listing(labels, [[label] for label in sorted(allowed.values())])


def _imagenet_val(archive, kit, classes, class_list):
    """ImageNet's validation set: flat images, numbered like the lines of the kit's ground truth."""
    allowed = dict(zip(class_list, _indices(classes, class_list), strict=True))
    wnids = devkit.wnids(kit)
    if missing := sorted(set(class_list) - set(wnids.values())):
        raise InputError(
            f"{kit.path}: its {len(wnids)} classes lack {missing[0]} and {len(missing) - 1} others "
            "of the class list; the kit or the list is of another version"
        )
    truth = devkit.ground_truth(kit, wnids)
    labels = {}
    for name in _image_names(archive):
        number = devkit.image_number(name)
        if number is None or not 1 <= number <= len(truth):
            raise InputError(
                f"{archive.path}: found image {name}, expected names from "
                f"{devkit.image_name(1)} to {devkit.image_name(len(truth))}, as {kit.path} has "
                f"{len(truth)} labels"
            )
        wnid = truth[number - 1]
        if wnid not in allowed:
            raise InputError(
                f"{archive.path}: {name} is of class {wnid} ({kit.path}), expected one of the "
                f"{len(allowed)} wnids of the data set's class list; mend the list or the archive"
            )
        labels[name] = allowed[wnid]
    if len(labels) != len(truth):
        raise InputError(
            f"{archive.path}: found {len(labels)} images, expected {len(truth)}, the number of "
            f"labels in {kit.path}; the archive is incomplete or the kit another"
        )
    return Listing(labels, [[label] for label in sorted(allowed.values())])


def _numbered_folders(archive, classes, class_list):
    """Folders named by the label's number (ImageNet-V2); as text they would sort 0, 1, 10."""
    allowed = set(_indices(classes, class_list))
    labels = {}
    for name in _image_names(archive):
        folder = PurePosixPath(name).parent.name
        if not folder.isdecimal() or int(folder) not in allowed:
            raise InputError(
                f"{archive.path}: {name} lies in folder {folder!r}, expected a label from "
                f"{min(allowed)} to {max(allowed)} of the data set's class list"
            )
        labels[name] = int(folder)
    return Listing(labels, [[label] for label in sorted(allowed)])


def _objectnet(archive, classes, class_list):
    """ObjectNet: image folders per class and four mapping files; a red border of 2 pixels.

    ObjectNet's classes map to ImageNet's names, those to lines of the 2012 label file and those
    to labels. Classes without an ImageNet counterpart are left out and counted.
    """
    groups = _objectnet_groups(archive)
    mapped = sorted(label for group in groups.values() for label in group)
    expected = sorted(_indices(classes, class_list))
    if mapped != expected:
        raise InputError(
            f"{archive.path}: its mappings name the ImageNet labels {mapped}, expected those of "
            f"the class list, {expected}; the mapping files or the class list are of another "
            "version"
        )
    labels, left_out = {}, 0
    for name in _image_names(archive):
        group = groups.get(PurePosixPath(name).parent.name)
        if group is None:
            left_out += 1
        else:
            labels[name] = group[0]
    return Listing(labels, sorted(groups.values()), left_out, border=2)


def _objectnet_groups(archive):
    """ImageNet labels (sorted) of each ObjectNet image folder that has any."""
    folder_to_name = _mapping(archive, "folder_to_objectnet_label.json")
    name_to_imagenet = _mapping(archive, "objectnet_to_imagenet_1k.json")
    label_to_id = _mapping(archive, "pytorch_to_imagenet_2012_id.json")
    lines = _mapping_text(archive, "imagenet_to_label_2012_v2").splitlines()
    id_to_label = {int(identifier): int(label) for label, identifier in label_to_id.items()}
    name_to_label = {
        line.strip(): id_to_label[row] for row, line in enumerate(lines) if row in id_to_label
    }
    # Two classes of ImageNet have one name, "crane"; ObjectNet has none of them.
    for name, count in Counter(map(str.strip, lines)).items():
        if count > 1:
            name_to_label.pop(name, None)
    folders = {name: folder for folder, name in folder_to_name.items()}
    groups = {}
    for name, imagenet_names in name_to_imagenet.items():
        missing = [each for each in imagenet_names.split("; ") if each not in name_to_label]
        if missing or name not in folders:
            raise InputError(
                f"{archive.path}: ObjectNet's class {name!r} maps to {missing or 'no folder'}, "
                "which the other mapping files lack; they are of different versions"
            )
        groups[folders[name]] = sorted(name_to_label[each] for each in imagenet_names.split("; "))
    return groups


def _mapping_text(archive, file):
    names = [name for name in archive.names() if name.endswith(f"mappings/{file}")]
    if len(names) != 1:
        raise InputError(f"{archive.path}: found {len(names)} files mappings/{file}, expected one")
    return archive.read(names[0]).decode("utf-8")


def _mapping(archive, file):
    try:
        return json.loads(_mapping_text(archive, file))
    except json.JSONDecodeError as error:
        raise InputError(f"{archive.path}: mappings/{file} is no JSON ({error})") from error


def _webdataset(archive, classes, class_list):
    """Image-caption pairs as img2dataset writes them: NAME.jpg and NAME.txt, at any depth."""
    names = archive.names()
    images = {
        name.rsplit(".", 1)[0]: name for name in names if name.lower().endswith(IMAGE_ENDINGS)
    }
    texts = archive.stream({name for name in names if name.endswith(".txt")})
    captions = {
        images.get(name[: -len(".txt")]): text.decode("utf-8").strip() for name, text in texts
    }
    lacking = [name for name in images.values() if not captions.get(name)]
    if lacking:
        raise InputError(
            f"{archive.path}: {lacking[0]} and {len(lacking) - 1} other images have no caption "
            "(.txt), expected one each; remove them or add the captions"
        )
    return Listing(dict.fromkeys(images.values(), -1), [], captions=captions)


def _broden(archive, classes, class_list):
    """Broden: the images of index.csv; what they show is in its label maps, see `broden.py`."""
    images = broden_tables.list_images(archive, broden_tables.find_folder(archive))
    return Listing({image.member: -1 for image in images}, [])


_LAYOUTS = {
    "wnid_folders": _Layout(_wnid_folders),
    "numbered_folders": _Layout(_numbered_folders),
    "imagenet_val": _Layout(_imagenet_val, ("the images", "the development kit")),
    "imagenet_train": _Layout(_wnid_folders, options={"nested": True}),
    # The password is public: it makes people read that nobody may train on these images.
    "objectnet": _Layout(_objectnet, options={"password": b"objectnetisatestset"}),
    "webdataset": _Layout(_webdataset),
    "broden": _Layout(_broden),
}

"""Which images an archive holds and what they are labelled, for each authentic layout.

Labels are indices into the study's classes. `class_groups` says on which classes a data set is
scored: a list of lists of such indices, since one class of ObjectNet may be several of ImageNet.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from workflow_scripts.archives import broden_tables, devkit, objectnet
from workflow_scripts.archives.members import Archive, open_archive
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import decoded_text

Classes = Sequence[Mapping[str, str]]  # rows of classes.tsv in label order

IMAGE_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


@dataclass
class Listing:
    """The images of a data set, their scoring, and what has to be known to decode them.

    labels: by member name; -1 for images without classes
    class_groups: the labels on which the data set is scored
    left_out: number of images of classes that are not scored
    border: pixels to crop on each side
    captions: texts of the images by member name, if they have any
    """

    labels: dict[str, int]
    class_groups: list[list[int]]
    left_out: int = 0
    border: int = 0
    captions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Layout:
    """How a data set of a layout is read.

    list_images: the function that lists the images of the opened archives
    contents: what the archives hold
    options: arguments of `open_archive` for the first of them
    """

    list_images: Callable[..., Listing]
    contents: tuple[str, ...] = ("the images",)
    options: dict[str, Any] = field(default_factory=dict)


def open_archives(layout: str, paths: Sequence[Path | str]) -> list[Archive]:
    """The archives of a data set, the one with the images first.

    Parameters
    ----------
    layout: wnid_folders, numbered_folders, unlabelled, imagenet_val, imagenet_train, objectnet,
        webdataset or broden
    paths: of the archives; imagenet_val has its labels in a second one, the development kit

    Raises
    ------
    InputError: there are too few or too many, or one does not exist
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


def list_images(
    layout: str, archives: Sequence[Archive], classes: Classes, class_list: Sequence[str] | None
) -> Listing:
    """The images of a data set and their labels.

    Parameters
    ----------
    layout, archives: see `open_archives`
    classes: the study's classes, each with its wnid and name, in label order
    class_list: wnids on which the data set is scored; None for images without classes

    Raises
    ------
    InputError: a member or a class does not fit; names it and the archive
    """
    return _LAYOUTS[layout].list_images(*archives, classes, class_list)


def _image_names(archive: Archive) -> list[str]:
    return [name for name in archive.names() if name.lower().endswith(IMAGE_ENDINGS)]


def _by_key(archive: Archive, names: Iterable[str], key: Callable[[str], Any]) -> dict[Any, str]:
    """Names by a key that only one of them may have."""
    found: dict[Any, str] = {}
    for name in names:
        if (other := found.setdefault(key(name), name)) != name:
            raise InputError(
                f"{archive.path}: found {other} and {name}, expected one of them, since one would "
                "take the place of the other; remove one"
            )
    return found


def _indices(classes: Classes, class_list: Sequence[str]) -> list[int]:
    index = {row["wnid"]: label for label, row in enumerate(classes)}
    return [index[wnid] for wnid in class_list]


def _wnid_folders(archive: Archive, classes: Classes, class_list: Sequence[str]) -> Listing:
    """Folders named by wnid (ImageNet, -R, -A, -Sketch), at any depth."""
    allowed = dict(zip(class_list, _indices(classes, class_list), strict=True))
    labels = {}
    for name in _image_names(archive):
        wnid = PurePosixPath(name).parent.name
        if wnid not in allowed:
            raise InputError(
                f"{archive.path}: {name} lies in folder {wnid!r}, expected one of the "
                f"{len(allowed)} wnids of the data set's class list, or else of classes.tsv; mend "
                "the list or the archive"
            )
        labels[name] = allowed[wnid]
    return Listing(labels, [[label] for label in sorted(allowed.values())])


def _imagenet_val(
    archive: Archive, kit: Archive, classes: Classes, class_list: Sequence[str]
) -> Listing:
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
    for number, name in _by_key(archive, _image_names(archive), _number_or_name).items():
        if isinstance(number, str) or not 1 <= number <= len(truth):
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


def _numbered_folders(archive: Archive, classes: Classes, class_list: Sequence[str]) -> Listing:
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


def _objectnet(archive: Archive, classes: Classes, class_list: Sequence[str]) -> Listing:
    """ObjectNet: image folders per class and four mapping files.

    Classes without an ImageNet counterpart are left out and counted.
    """
    groups = objectnet.class_groups(archive)
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
    return Listing(labels, sorted(groups.values()), left_out, objectnet.BORDER)


def _webdataset(archive: Archive, classes: Classes, class_list: None) -> Listing:
    """Image-caption pairs as img2dataset writes them: NAME.jpg and NAME.txt, at any depth."""
    images = _by_key(archive, _image_names(archive), _stem)
    names = (name for name in archive.names() if name.lower().endswith(".txt"))
    texts = {name for key, name in _by_key(archive, names, _stem).items() if key in images}
    captions = {
        images[_stem(name)]: decoded_text(text, f"{archive.path}, {name}").strip()
        for name, text in archive.stream(texts)
    }
    lacking = [name for name in images.values() if not captions.get(name)]
    if lacking:
        raise InputError(
            f"{archive.path}: {lacking[0]} and {len(lacking) - 1} other images have no caption "
            "(.txt), expected one each; remove them or add the captions"
        )
    return Listing(dict.fromkeys(images.values(), -1), [], captions=captions)


def _unlabelled(archive: Archive, classes: Classes, class_list: None) -> Listing:
    """Images at any depth, of which nobody says what they show."""
    return Listing(dict.fromkeys(_image_names(archive), -1), [])


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0]


def _number_or_name(name: str) -> int | str:
    number = devkit.image_number(name)
    return name if number is None else number


def _broden(archive: Archive, classes: Classes, class_list: None) -> Listing:
    """Broden: the images of index.csv; what they show is in its label maps."""
    images = broden_tables.indexed_images(archive, broden_tables.find_folder(archive))
    return Listing({image.member: -1 for image in images}, [])


_LAYOUTS = {
    "wnid_folders": _Layout(_wnid_folders),
    "numbered_folders": _Layout(_numbered_folders),
    "unlabelled": _Layout(_unlabelled),
    "imagenet_val": _Layout(_imagenet_val, ("the images", "the development kit")),
    "imagenet_train": _Layout(_wnid_folders, options={"nested": True}),
    "objectnet": _Layout(_objectnet, options={"password": objectnet.PASSWORD}),
    "webdataset": _Layout(_webdataset),
    "broden": _Layout(_broden),
}

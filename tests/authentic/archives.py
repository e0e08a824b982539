"""Small archives with the names and the inner structure of the originals.

Each function writes one data set into a folder and returns `Made`. They take the same arguments:

folder: where to write
classes: rows {"wnid", "name"} of the study's classes in label order; `some_classes()` by default
per_class: number of images of each class
size: width and height of the images

What is in the images and their order follow from the names alone, so archives are always the same.
"""

import csv
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from scipy.io import savemat

from tests.authentic.classes import (
    Classes,
    challenge_ids,
    lemmas,
    objectnet_table,
    some_classes,
)
from tests.authentic.photos import encoded, jpeg, photo
from tests.authentic.tars import write_members, write_tar
from tests.authentic.zips import write_encrypted
from workflow_scripts.drawing.broden_files import broden_files
from workflow_scripts.drawing.broden_images import draw_images
from workflow_scripts.drawing.sets import generator
from workflow_scripts.drawing.shapes import SHAPES

PASSWORD = b"objectnetisatestset"
# ImageNet's validation images have these and others in any order; PNG is in a JPEG's name.
ODDITIES = {1: "L", 2: "CMYK", 3: "PNG"}
Size = tuple[int, int]
SIZE: Size = (64, 48)


@dataclass(frozen=True)
class Made:
    """The archives of a data set, that with the images first, and what a study declares of it."""

    paths: list[Path]
    images: int
    classes: int
    left_out: int = 0  # images of classes that are not scored

    @property
    def path(self) -> Path:
        """The archive with the images."""
        return self.paths[0]


# ImageNet


def imagenet_val(
    folder: Path, classes: Classes | None = None, per_class: int = 2, size: Size = SIZE
) -> Made:
    """ILSVRC2012_img_val.tar, flat and in no order, and the development kit with the labels."""
    classes = classes or some_classes()
    wnids = np.repeat([row["wnid"] for row in classes], per_class)
    wnids = np.random.default_rng(0).permutation(wnids).tolist()
    numbers = np.random.default_rng(1).permutation(len(wnids)) + 1

    def members() -> Iterator[tuple[str, bytes]]:
        for number in numbers.tolist():
            name = f"ILSVRC2012_val_{number:08d}.JPEG"
            yield name, _odd_photo(name, number, size)

    archive, kit = folder / "ILSVRC2012_img_val.tar", folder / "ILSVRC2012_devkit_t12.tar.gz"
    write_tar(archive, members())
    ids = challenge_ids(classes)
    truth = "".join(f"{ids[wnid]}\n" for wnid in wnids)
    root = "ILSVRC2012_devkit_t12"
    write_tar(
        kit,
        [
            (f"{root}/readme.txt", b"Development kit of a rehearsal.\n"),
            (f"{root}/data/meta.mat", meta_mat(ids)),
            (f"{root}/data/ILSVRC2012_validation_ground_truth.txt", truth.encode()),
        ],
    )
    return Made([archive, kit], len(wnids), len(classes))


def meta_mat(ids: Mapping[str, int]) -> bytes:
    """The kit's table of synsets as MATLAB wrote it: the classes, then synsets above them."""
    names = lemmas()
    rows: list[tuple[Any, ...]] = [
        (number, wnid, names[wnid], 0, [], 732) for wnid, number in ids.items()
    ]
    rows.sort()
    children = sorted(ids.values())
    rows.append((len(ids) + 1, "n00001740", "entity", 2, [len(ids) + 2, *children[:1]], 0))
    rows.append((len(ids) + 2, "n00001930", "physical entity", len(ids), children, 0))
    fields = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children",
              "wordnet_height", "num_train_images"]  # fmt: skip
    synsets = np.empty((len(rows), 1), dtype=[(field, object) for field in fields])
    for place, (number, wnid, words, count, below, images) in enumerate(rows):
        cells = (number, wnid, words, f"what is meant by {words}", count, below, 0, images)
        synsets[place, 0] = tuple(
            cell if isinstance(cell, str) else np.array(cell, dtype=float).reshape(1, -1)
            for cell in cells
        )
    buffer = io.BytesIO()
    savemat(buffer, {"synsets": synsets}, do_compression=True)
    # The first 116 bytes are a text of scipy's with the time of writing.
    return b"MATLAB 5.0 MAT-file".ljust(116) + buffer.getvalue()[116:]


def imagenet_train(
    folder: Path, classes: Classes | None = None, per_class: int = 2, size: Size = SIZE
) -> Made:
    """ILSVRC2012_img_train.tar: an archive for each class."""
    classes = classes or some_classes()

    def archives() -> Iterator[tuple[str, bytes]]:
        for row in classes:
            wnid = row["wnid"]
            inner = io.BytesIO()
            names = [f"{wnid}_{10 * number + 6}.JPEG" for number in range(per_class)]
            images = [
                (name, _odd_photo(name, number, size)) for number, name in enumerate(names, start=1)
            ]
            write_members(inner, images)
            yield f"{wnid}.tar", inner.getvalue()

    path = folder / "ILSVRC2012_img_train.tar"
    write_tar(path, archives())
    return Made([path], per_class * len(classes), len(classes))


def imagenet_captions(folder: Path, train: Made, share: float = 0.5) -> Path:
    """imagenet_captions.json for a share of the images of `train`, as `Made` by imagenet_train."""
    entries = []
    with tarfile.open(train.path) as outer:
        for member in outer:
            with tarfile.open(fileobj=outer.extractfile(member)) as inner:
                entries += [_caption(name, row) for row, name in enumerate(inner.getnames())]
    entries = entries[:: max(1, round(1 / share))]
    path = folder / "imagenet_captions.json"
    path.write_text(json.dumps(entries, indent=4), encoding="utf-8")
    return path


def _caption(name: str, row: int) -> dict[str, Any]:
    wnid = name.partition("_")[0]
    words = lemmas()[wnid].split(", ")
    return {
        "filename": name,
        "title": f"{words[0]} №{row}",
        "tags": words if row % 3 else [],
        "description": "" if row % 2 else f"A {words[-1]}\nseen <i>yesterday</i> &amp; today",
        "wnid": wnid,
    }


# The shifts


def imagenet_v2(
    folder: Path,
    variant: str = "threshold0.7",
    classes: Classes | None = None,
    per_class: int = 2,
    size: Size = SIZE,
) -> Made:
    """imagenetv2-VARIANT.tar.gz: folders named by the label, in the order of their names as text.

    The sizes of the three published files are multiples of 512 bytes as a tar's are: they are
    taken to be plain tar archives with the name of a gzipped one. The variant top-images is gzipped
    here, so that both are tried.
    """
    classes = classes or some_classes()
    root = f"imagenetv2-{variant}-format-val"

    def members() -> Iterator[tuple[str, bytes]]:
        for label in sorted(range(len(classes)), key=str):
            for number in range(per_class):
                name = sha1(f"{variant} {label} {number}".encode()).hexdigest()
                yield f"{root}/{label}/{name}.jpeg", jpeg(name, size)

    path = folder / f"imagenetv2-{variant}.tar.gz"
    write_tar(path, members(), gzipped=variant == "top-images")
    return Made([path], per_class * len(classes), len(classes))


def imagenet_r(
    folder: Path, classes: Classes | None = None, per_class: int = 2, size: Size = SIZE
) -> Made:
    """imagenet-r.tar: renditions; a README lies among the folders."""
    names = "art_{}.jpg", "cartoon_{}.jpg", "graffiti_{}.jpg"
    return _wnid_tar(folder, "imagenet-r", names, classes, per_class, size)


def imagenet_a(
    folder: Path, classes: Classes | None = None, per_class: int = 2, size: Size = SIZE
) -> Made:
    """imagenet-a.tar: names say what a network took the images for, with blanks and dots."""
    names = ("0.00011{}_digital clock _ digital clock_0.865662.jpg",)
    return _wnid_tar(folder, "imagenet-a", names, classes, per_class, size)


def _wnid_tar(
    folder: Path,
    root: str,
    names: Sequence[str],
    classes: Classes | None,
    per_class: int,
    size: Size,
) -> Made:
    classes = classes or some_classes()

    def members() -> Iterator[tuple[str, bytes]]:
        yield f"{root}/README.txt", b"About this data set.\n"
        for row in classes:
            for number in range(per_class):
                name = names[number % len(names)].format(number)
                path = f"{root}/{row['wnid']}/{name}"
                yield path, jpeg(path, size)

    path = folder / f"{root}.tar"
    write_tar(path, members())
    return Made([path], per_class * len(classes), len(classes))


def imagenet_sketch(
    folder: Path, classes: Classes | None = None, per_class: int = 2, size: Size = SIZE
) -> Made:
    """ImageNet-Sketch.zip: drawings, some of them grey."""
    classes = classes or some_classes()
    path = folder / "ImageNet-Sketch.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("sketch/"), b"")
        for row in classes:
            for number in range(per_class):
                name = f"sketch/{row['wnid']}/sketch_{number}.JPEG"
                content = jpeg(name, size, "L" if number % 2 else "RGB")
                archive.writestr(zipfile.ZipInfo(name), content)
    return Made([path], per_class * len(classes), len(classes))


def objectnet(
    folder: Path,
    classes: Classes | None = None,
    per_class: int = 2,
    size: Size = SIZE,
    outside: int = 3,
    password: bytes = PASSWORD,
) -> Made:
    """objectnet-1.0.zip: encrypted PNGs with a red border, and the four mapping files.

    There are the ObjectNet classes all of whose ImageNet classes are among `classes`, and `outside`
    others, which no class of ImageNet corresponds to.
    """
    classes = classes or some_classes()
    known = {row["wnid"] for row in classes}
    table = objectnet_table()
    scored = [row for row in table if row["wnids"] and known.issuperset(row["wnids"])]
    others = [row for row in table if not row["wnids"]][:outside]
    root = "objectnet-1.0"

    def members() -> Iterator[tuple[str, bytes]]:
        for name, content in _mappings(classes, scored, others).items():
            yield f"{root}/mappings/{name}", content
        for row in sorted(scored + others, key=lambda row: row["folder"]):
            for number in range(per_class):
                name = sha1(f"{row['folder']} {number}".encode()).hexdigest()[:15]
                yield f"{root}/images/{row['folder']}/{name}.png", _framed(name, size)

    path = folder / "objectnet-1.0.zip"
    write_encrypted(path, members(), password)
    return Made([path], per_class * len(scored), len(scored), per_class * len(others))


def _mappings(
    classes: Classes, scored: list[dict[str, Any]], others: list[dict[str, Any]]
) -> dict[str, bytes]:
    """The four files that map folders to names, names to ImageNet's names, those to labels."""
    words, ids = lemmas(), challenge_ids(classes)
    lines = sorted((number, words[wnid]) for wnid, number in ids.items())
    groups = {row["name"]: "; ".join(words[wnid] for wnid in row["wnids"]) for row in scored}
    # Here the numbers count from 0.
    labels = {str(label): ids[row["wnid"]] - 1 for label, row in enumerate(classes)}
    tables = {
        "folder_to_objectnet_label.json": {row["folder"]: row["name"] for row in scored + others},
        "objectnet_to_imagenet_1k.json": groups,
        "pytorch_to_imagenet_2012_id.json": labels,
    }
    files = {name: f"{json.dumps(table, indent=2)}\n".encode() for name, table in tables.items()}
    names = "".join(f"{line}\n" for _, line in lines)
    return files | {"imagenet_to_label_2012_v2": names.encode()}


def _framed(name: str, size: Size) -> bytes:
    """A photo with a red line around it, which a JPEG has smeared into the next pixels."""
    framed = ImageOps.expand(photo(name, *size), 1, (255, 0, 0))
    smeared = Image.open(io.BytesIO(encoded(framed, quality=90)))
    return encoded(smeared, "PNG")


# Concepts and web data


def broden(folder: Path, images: int = 100, side: int = 64) -> Made:
    """broden1_224.zip, drawn; the images are `side` pixels wide and high instead of 224.

    As in the original, labels of whole images that are too rare to be listed are 0 in index.csv.
    """
    rng = generator(0, "broden")
    scene = {"ties": 0.0, "styles": {"photo": 1.0}, "rotation": [[1.0, 0.3]], "displacement": 0.2}
    drawings = draw_images(rng, list(SHAPES), images, {}, scene, side)
    path = folder / "broden1_224.zip"
    concepts = 0
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in broden_files("broden1_224", drawings):
            if name.endswith("/index.csv") and b",scene" in content:
                content = _with_rare_labels(content)
            if name.endswith("/label.csv"):
                concepts = len(content.splitlines()) - 1
            archive.writestr(zipfile.ZipInfo(name), content)
    return Made([path], images, concepts)


def _with_rare_labels(index: bytes) -> bytes:
    """index.csv with a 0 where a row has no scene, as scenes too rare to be listed give."""
    rows = list(csv.DictReader(io.StringIO(index.decode())))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rows[0])
    writer.writeheader()
    writer.writerows(row | {"scene": row["scene"] or "0"} for row in rows)
    return buffer.getvalue().encode()


def web_pairs(folder: Path, images: int = 24, size: Size = SIZE) -> Made:
    """00000.tar: image-caption pairs as img2dataset writes them."""

    def members() -> Iterator[tuple[str, bytes]]:
        for number in range(images):
            key = f"{number:09d}"
            caption = f"a photo №{number}"
            yield f"{key}.jpg", jpeg(key, size)
            yield f"{key}.json", json.dumps({"key": key, "caption": caption}).encode()
            yield f"{key}.txt", caption.encode()

    path = folder / "00000.tar"
    write_tar(path, members())
    return Made([path], images, 0)


def _odd_photo(name: str, number: int, size: Size) -> bytes:
    """A JPEG; a few are grey, CMYK or PNGs in spite of their name, every tenth is upright."""
    kind = ODDITIES.get(number, "RGB")
    width, height = size if number % 10 else size[::-1]
    if kind == "PNG":
        return encoded(photo(name, width, height), "PNG")
    return jpeg(name, (width, height), kind)

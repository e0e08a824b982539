"""Drawn images to archives in the layouts of the originals.

ImageNet and its shifts come as wnid folders or numbered folders of JPEGs, ObjectNet as PNGs with
a red border beside its mapping files, web data as img2dataset's triples.
"""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from workflow_scripts.drawing import captions
from workflow_scripts.drawing.scenes import Scenes
from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.digests import write_digest

Blocks = Iterable[tuple[Scenes, np.ndarray]]  # scenes and their pixels, uint8 [B, S, S, 3]
Classes = Sequence[Mapping[str, str]]  # rows of classes.tsv in label order
Member = tuple[str, bytes, Scenes | None]  # name, content, and the scene that an image shows

BORDER = 2  # pixels of ObjectNet's red border on each side


def pack(path: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """Write (name, content) pairs as a tar, tar.gz or zip archive, and its digest beside it.

    The ending of `path` tells the format. The same members give the same archive: it holds no
    times.
    """
    with replacing(path) as temporary, _writer(temporary, path.name) as write:
        for name, content in members:
            write(name, content)
    write_digest(path)


def wnid_folders(root: str, blocks: Blocks, classes: Classes) -> Iterator[Member]:
    """Yield the images as ROOT/WNID/WNID_NUMBER.JPEG."""
    wnids = {row["name"]: row["wnid"] for row in classes}
    for number, scene, pixels in _one_by_one(blocks):
        wnid = wnids[scene.objects[0]]
        yield f"{root}/{wnid}/{wnid}_{number}.JPEG", image_file(pixels, "JPEG"), scene


def numbered_folders(root: str, blocks: Blocks, classes: Classes) -> Iterator[Member]:
    """Yield the images as ROOT/LABEL/NUMBER.jpeg, as ImageNet-V2 has it."""
    labels = {row["name"]: label for label, row in enumerate(classes)}
    for number, scene, pixels in _one_by_one(blocks):
        name = f"{root}/{labels[scene.objects[0]]}/{number:08d}.jpeg"
        yield name, image_file(pixels, "JPEG"), scene


def objectnet(
    root: str, blocks: Blocks, classes: Classes, names: Mapping[str, Sequence[str]]
) -> Iterator[Member]:
    """Yield ObjectNet's mapping files, then the images as ROOT/images/FOLDER/NUMBER.png.

    `names` maps ObjectNet's class names to lists of the study's class names; objects in none of
    them get a folder of their own, which the mapping to ImageNet leaves out.
    """
    name_of = {each: name for name, members in names.items() for each in members}
    yield from _objectnet_mappings(root, classes, names)
    for number, scene, pixels in _one_by_one(blocks):
        name = name_of.get(scene.objects[0], scene.objects[0])
        red = np.full([side + 2 * BORDER for side in pixels.shape[:2]] + [3], (255, 0, 0), np.uint8)
        red[BORDER:-BORDER, BORDER:-BORDER] = pixels
        yield f"{root}/images/{_folder(name)}/{number:08x}.png", image_file(red, "PNG"), scene


def webdataset(root: str, blocks: Blocks, classes: Classes, described: float) -> Iterator[Member]:
    """Yield NUMBER.jpg, NUMBER.txt (the image's caption) and NUMBER.json (a record).

    A share of `described` captions, evenly spread, describe the image; the others only name it.
    """
    for number, scene, pixels in _one_by_one(blocks):
        rich = captions.falls_on(number, described)
        caption = captions.description(scene) if rich else captions.title(scene)
        key = f"{number:09d}"
        yield f"{key}.jpg", image_file(pixels, "JPEG"), scene
        yield f"{key}.txt", caption.encode(), None
        yield f"{key}.json", json.dumps({"key": key, "caption": caption}).encode(), None


LAYOUTS: dict[str, Callable[..., Iterator[Member]]] = {
    "wnid_folders": wnid_folders,
    "numbered_folders": numbered_folders,
    "objectnet": objectnet,
    "webdataset": webdataset,
}


def image_file(pixels: np.ndarray, kind: str) -> bytes:
    """An image file of uint8 [H, W, 3]: PNG, or JPEG without loss of colour resolution."""
    buffer = io.BytesIO()
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"compress_level": 1}
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def _one_by_one(blocks: Blocks) -> Iterator[tuple[int, Scenes, np.ndarray]]:
    """Yield the number, the scene and the pixels of each image."""
    number = 0
    for scenes, pixels in blocks:
        for row in range(len(scenes)):
            yield number, scenes.select([row]), pixels[row]
            number += 1


def _folder(name: str) -> str:
    return name.lower().replace(" ", "_").replace("(", "").replace(")", "")


def _objectnet_mappings(
    root: str, classes: Classes, names: Mapping[str, Sequence[str]]
) -> Iterator[Member]:
    """ObjectNet's four mapping files, with the meaning that they have in the original."""
    count = len(classes)
    # The 2012 ids of the original are in another order than the labels; so are these.
    ids = [(7 * label + 3) % count for label in range(count)]
    lines = [""] * count
    for label, row in enumerate(classes):
        lines[ids[label]] = row["name"]
    files = {
        "folder_to_objectnet_label.json": {_folder(name): name for name in names},
        "objectnet_to_imagenet_1k.json": {name: "; ".join(each) for name, each in names.items()},
        "pytorch_to_imagenet_2012_id.json": {str(label): ids[label] for label in range(count)},
    }
    for file, content in files.items():
        yield f"{root}/mappings/{file}", json.dumps(content, indent=1).encode(), None
    yield f"{root}/mappings/imagenet_to_label_2012_v2", "\n".join(lines).encode(), None


@contextmanager
def _writer(path: Path, name: str) -> Iterator[Callable[[str, bytes], None]]:
    """A function write(name, content) into a new archive whose kind the final name tells."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as zipped:
            yield lambda member, content: zipped.writestr(zipfile.ZipInfo(member), content)
        return
    with ExitStack() as stack:
        target: IO[bytes] | gzip.GzipFile = stack.enter_context(path.open("wb"))
        if name.endswith("gz"):
            # gzip would record the name and the time of writing; the bytes follow from the content.
            target = stack.enter_context(gzip.GzipFile("", "wb", 1, target, mtime=0))
        archive = stack.enter_context(tarfile.open(fileobj=target, mode="w"))

        def write(member: str, content: bytes) -> None:
            info = tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))

        yield write

"""Small training archives: as ImageNet's comes, as a plain tar, and as a folder."""

import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

WNIDS = ["n01440764", "n01443537", "n02085620"]


def encoded(number, mode="RGB"):
    """A JPEG of a size and look of its own."""
    rng = np.random.default_rng(number)
    size = (int(rng.integers(40, 90)), int(rng.integers(40, 90)))
    image = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize(size)
    stream = io.BytesIO()
    image.convert(mode).save(stream, "JPEG")
    return stream.getvalue()


def contents(per_class=4):
    """Encoded images by name; two are as ImageNet has a few, in grey and CMYK."""
    modes = {1: "L", 2: "CMYK"}
    names = [(wnid, f"{wnid}/{wnid}_{n}.JPEG") for wnid in WNIDS for n in range(per_class)]
    return {name: encoded(n, modes.get(n, "RGB")) for n, (_, name) in enumerate(names)}


def add(archive, name, content):
    """Add a file to an open tar."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def tar_of_tars(path, images):
    """ImageNet's training archive: a tar for each class."""
    with tarfile.open(path, "w") as outer:
        for wnid in WNIDS:
            stream = io.BytesIO()
            with tarfile.open(fileobj=stream, mode="w") as inner:
                for name, content in images.items():
                    if name.startswith(wnid):
                        add(inner, Path(name).name, content)
            add(outer, f"{wnid}.tar", stream.getvalue())
    return path


def plain_tar(path, images):
    """A tar of class folders, which are members, too, and a file that is no image."""
    with tarfile.open(path, "w") as archive:
        for wnid in WNIDS:
            folder = tarfile.TarInfo(wnid)
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
        add(archive, "README", b"no image")
        for name, content in images.items():
            add(archive, name, content)
    return path


def folder(path, images):
    """Folders of classes."""
    for name, content in images.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


FORMS = {"tar of tars": tar_of_tars, "tar": plain_tar, "folder": folder}

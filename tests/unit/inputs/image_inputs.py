"""Small images and archives on which the stage `datasets` is tested."""

import io
import tarfile
import zipfile

import numpy as np
from PIL import Image


def picture(width, height, mode="RGB", seed=0):
    """A PIL image with structure and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 90 * np.sin(x / 3 + band) * np.cos(y / 5 + 2 * band) for band in range(4)]
    pixels = np.stack(waves, -1) + rng.normal(0, 20, (height, width, 4))
    pixels = np.clip(pixels, 0, 255).astype(np.uint8)
    if mode == "P":
        return Image.fromarray(pixels[..., :3]).quantize(64)
    bands = {"L": pixels[..., 0], "LA": pixels[..., :2], "RGB": pixels[..., :3]}
    return Image.fromarray(bands.get(mode, pixels), mode)


def encoded(image, kind="JPEG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def write_archive(path, members):
    """Write members, with a folder entry among them, as the ending of `path` says; the path."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("b/", b"")
            for name, content in members.items():
                archive.writestr(name, content)
    elif path.suffix:
        with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
            folder = tarfile.TarInfo("b")
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    else:
        for name, content in members.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    return path

"""The image store: an archive's images, decoded once for all models of a view.

A *view* is the preprocessing that precedes normalisation: size, crop and interpolation. The
pixels equal those of open_clip's own transforms: resize of the shorter side, centre crop,
conversion to RGB, in that order.
"""

import io
import json
import logging
import struct
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from workflow_scripts.archives.layouts import list_images, open_archives
from workflow_scripts.files.atomic import replacing, write_json
from workflow_scripts.files.digests import sha256_arrays, sha256_text, verified_digest
from workflow_scripts.files.subset import chosen
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress

BLOCK = 64  # images written at a time
AHEAD = 4  # images waiting for each thread, so that none waits for the disk
RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
# Those that Pillow raises for images that are corrupt, or larger than it deems safe.
_UNDECODABLE = (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError)
log = logging.getLogger(__name__)


def apply_view(image, view, border=0):
    """The pixels uint8 [S, S, 3] of a PIL image in a view.

    `view` has `size` (of the crop), optionally `resize` (of the shorter side, by default the
    crop's) and `interpolation`; `border` pixels are cut off each side first.

    Raises
    ------
    ValueError if nothing is left without the border.
    """
    if border:
        width, height = image.size
        if min(width, height) <= 2 * border:
            raise ValueError(f"{width} x {height} pixels, all of them border")
        image = image.crop((border, border, width - border, height - border))
    size, shorter = view["size"], view.get("resize", view["size"])
    width, height = image.size
    if min(width, height) != shorter:
        scaled = int(shorter * max(width, height) / min(width, height))
        target = (shorter, scaled) if width <= height else (scaled, shorter)
        image = image.resize(target, RESAMPLING[view["interpolation"]])
        width, height = target
    left, top = round((width - size) / 2), round((height - size) / 2)
    image = image.crop((left, top, left + size, top + size))
    # ASSUME: the conversion comes last, as in open_clip. torchvision's image folders convert first,
    # which gives other pixels for the few images that are CMYK, transparent or of a palette.
    return np.asarray(image.convert("RGB"))


def decode(content, name, view, border):
    """Pixels uint8 [S, S, 3] of an encoded image; `name` is for messages.

    Raises
    ------
    InputError naming the image if it is corrupt or truncated.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            return apply_view(image, view, border)
    except _UNDECODABLE as error:
        raise InputError(
            f"{name}: cannot be decoded ({error}); the image is corrupt or truncated. Obtain the "
            "archive again, or take the image out of it and lower `images` in datasets.tsv"
        ) from error


def decoded(archive, listing, view, threads):
    """Yield (name, pixels uint8 [S, S, 3]) in the archive's order, decoding in parallel.

    The main thread reads; the others decrypt, decompress, decode and resize, all of which happens
    outside Python's lock. Few images are held at a time, however large they are.
    """

    def pixels(name, load):
        return decode(load(), f"{archive.path}, image {name}", view, listing.border)

    waiting = deque()
    with ThreadPoolExecutor(threads) as pool:
        for name, load in archive.members(set(listing.labels)):
            waiting.append((name, pool.submit(pixels, name, load)))
            if len(waiting) > AHEAD * threads:
                name, future = waiting.popleft()
                yield name, future.result()
        for name, future in waiting:
            yield name, future.result()


def write_store(path, archive, listing, view, threads, attributes):
    """Write the HDF5 store; the digest of its content."""
    count, size = len(listing.labels), view["size"]
    names = []
    with replacing(path) as temporary, h5py.File(temporary, "w") as store:
        pixels = store.create_dataset("pixels", (count, size, size, 3), "uint8")
        block = np.empty((BLOCK, size, size, 3), dtype=np.uint8)
        images = decoded(archive, listing, view, threads)
        for name, image in progress(images, count, f"decoding {archive.path.name}"):
            block[len(names) % BLOCK] = image
            names.append(name)
            if len(names) % BLOCK == 0 or len(names) == count:
                start = (len(names) - 1) // BLOCK * BLOCK
                pixels[start : len(names)] = block[: len(names) - start]
        text = h5py.string_dtype("utf-8")
        labels = np.array([listing.labels[name] for name in names], dtype=np.int64)
        captions = [listing.captions[name] for name in names] if listing.captions else []
        groups = json.dumps(listing.class_groups)
        store.create_dataset("labels", data=labels)
        store.create_dataset("ids", data=names, dtype=text)
        if captions:
            store.create_dataset("caption", data=captions, dtype=text)
        digest = sha256_text(sha256_arrays(pixels, labels, np.array(names)), *captions, groups)
        store.attrs.update(view=json.dumps(view), class_groups=groups, left_out=listing.left_out)
        store.attrs.update(**attributes, digest=digest, complete=True)
    return digest


def check_counts(dataset, archive, listing, images, classes):
    """Compare what was found with the data set's row.

    Raises
    ------
    InputError naming the row, the count found and the count declared.
    """
    found = len(listing.labels)
    if found != images:
        raise InputError(
            f"{archive.path}: found {found} images, expected {images} (datasets.tsv, row "
            f"{dataset}, column images); the archive is incomplete or the table wrong"
        )
    groups = len(listing.class_groups)
    if classes is not None and groups != classes:
        raise InputError(
            f"{archive.path}: scored on {groups} classes, expected {classes} (datasets.tsv, row "
            f"{dataset}, column classes)"
        )


def main(archive_paths, store_path, digest_path, threads, *, dataset, view, limit=None, **expected):
    """Make the store of one data set and the digest file that represents its content.

    Parameters
    ----------
    archive_paths : of the data set's archives, the one with the images first; each has its digest
        beside it
    limit : how many images to take at most, at random; None for all
    expected : the data set's layout, images, classes and class_list, and study_classes
    """
    sources = [verified_digest(Path(path)) for path in archive_paths]
    archives = open_archives(expected["layout"], archive_paths)
    classes, class_list = expected["study_classes"], expected["class_list"]
    listing = list_images(expected["layout"], archives, classes, class_list)
    check_counts(dataset, archives[0], listing, expected["images"], expected["classes"])
    taken = chosen(dataset, listing.labels, limit)
    listing.labels = {name: label for name, label in listing.labels.items() if name in taken}
    attributes = {"dataset": dataset, "source": " ".join(sources)}
    digest = write_store(Path(store_path), archives[0], listing, view, threads, attributes)
    count = len(listing.labels)
    log.info("%s: %d images, %d left out", dataset, count, listing.left_out)
    write_json(
        Path(digest_path),
        {"dataset": dataset, "images": count, "left_out": listing.left_out, "sha256": digest},
    )


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            [represented(path) for path in snakemake.input.archives],
            snakemake.output.store,
            snakemake.output.digest,
            snakemake.threads,
            **snakemake.params.settings,
        )

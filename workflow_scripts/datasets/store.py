"""The image store: an archive's images, decoded once for all models of a view.

A *view* is the preprocessing that precedes normalisation: size, crop and interpolation. The
pixels equal those of open_clip's own transforms: resize of the shorter side, centre crop,
conversion to RGB, in that order.
"""

import io
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

import h5py
import numpy as np
from PIL import Image, UnidentifiedImageError

from workflow_scripts.datasets.archives import open_archive
from workflow_scripts.datasets.layouts import list_images
from workflow_scripts.lib.atomic import replacing, write_json
from workflow_scripts.lib.digests import sha256_arrays, sha256_text, verified_digest
from workflow_scripts.lib.errors import InputError
from workflow_scripts.lib.progress import progress

BLOCK = 256
RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
log = logging.getLogger(__name__)


def apply_view(image, view, border=0):
    """The pixels uint8 [S, S, 3] of a PIL image in a view.

    `view` has `size` (of the crop), optionally `resize` (of the shorter side, by default the
    crop's) and `interpolation`; `border` pixels are cut off each side first.
    """
    if border:
        width, height = image.size
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
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise InputError(
            f"{name}: cannot be decoded ({error}); the image is corrupt or truncated. Obtain the "
            "archive again, or take the image out of it and lower `images` in datasets.tsv"
        ) from error


def decoded_blocks(archive, listing, view, threads):
    """Yield (names, pixels uint8 [B, S, S, 3]) in the archive's order, decoding in parallel."""
    stream = archive.stream(set(listing.labels))
    with ThreadPoolExecutor(threads) as pool:
        while block := list(islice(stream, BLOCK)):
            names = [name for name, _ in block]
            places = [f"{archive.path}, image {name}" for name in names]
            contents = [content for _, content in block]
            pixels = pool.map(partial(decode, view=view, border=listing.border), contents, places)
            yield names, np.stack(list(pixels))


def write_store(path, archive, listing, view, threads):
    """Write the HDF5 store; the number of images written."""
    count, size = len(listing.labels), view["size"]
    names_seen = []
    with replacing(path) as temporary, h5py.File(temporary, "w") as store:
        pixels = store.create_dataset("pixels", (count, size, size, 3), "uint8")
        blocks = decoded_blocks(archive, listing, view, threads)
        for names, block in progress(blocks, -(-count // BLOCK), f"decoding {archive.path.name}"):
            start = len(names_seen)
            pixels[start : start + len(names)] = block
            names_seen += names
        text = h5py.string_dtype("utf-8")
        labels = np.array([listing.labels[name] for name in names_seen], dtype=np.int64)
        store.create_dataset("labels", data=labels)
        store.create_dataset("ids", data=names_seen, dtype=text)
        if listing.captions:
            captions = [listing.captions[name] for name in names_seen]
            store.create_dataset("caption", data=captions, dtype=text)
        store.attrs["view"] = json.dumps(view)
        store.attrs["class_groups"] = json.dumps(listing.class_groups)
        store.attrs["left_out"] = listing.left_out
        store.attrs["complete"] = True
    return count


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


def main(archive_path, store_path, digest_path, threads, *, dataset, view, **expected):
    """Make the store of one data set and the digest file that represents its content.

    `expected` has the data set's layout, images, classes and class_list, and study_classes.
    """
    archive = open_archive(archive_path)
    source = verified_digest(archive.path)
    classes, class_list = expected["study_classes"], expected["class_list"]
    listing = list_images(expected["layout"], archive, classes, class_list)
    check_counts(dataset, archive, listing, expected["images"], expected["classes"])
    count = write_store(Path(store_path), archive, listing, view, threads)
    with h5py.File(store_path, "r+") as store:
        digest = sha256_text(
            sha256_arrays(store["pixels"], store["labels"][:], store["ids"][:].astype(str)),
            *(store["caption"].asstr()[:] if "caption" in store else ()),
            store.attrs["class_groups"],
        )
        store.attrs.update(dataset=dataset, digest=digest, source=source)
    log.info("%s: %d images, %d left out", dataset, count, listing.left_out)
    write_json(
        Path(digest_path),
        {"dataset": dataset, "images": count, "left_out": listing.left_out, "sha256": digest},
    )


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.archive,
            snakemake.output.store,
            snakemake.output.digest,
            snakemake.threads,
            **snakemake.params.settings,
        )

"""The image store: an archive's images, decoded once for all models of a view.

A *view* is the preprocessing that precedes normalisation: size, crop and interpolation. The
pixels equal those of open_clip's own transforms: resize of the shorter side, centre crop,
conversion to RGB, in that order.
"""

import json
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

from workflow_scripts.archives.declared import Declared, check_counts, check_decoded
from workflow_scripts.archives.layouts import Listing, list_images, open_archives
from workflow_scripts.archives.members import Archive
from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.digests import (
    represented,
    sha256_arrays,
    sha256_file,
    sha256_text,
    verified_digest,
    write_digest,
)
from workflow_scripts.files.images import BrokenImageError, opened_image, warn_of_deep
from workflow_scripts.files.subset import chosen
from workflow_scripts.job.progress import progress

BLOCK = 64  # images written at a time
AHEAD = 4  # images waiting for each thread, so that none waits for the disk
RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
REMEDY = "Obtain the archive again, or take the image out of it and lower `images` in datasets.tsv"
log = logging.getLogger(__name__)


def apply_view(image: Image.Image, view: Mapping[str, Any], border: int = 0) -> np.ndarray:
    """The pixels uint8 [S, S, 3] of an image in a view.

    Parameters
    ----------
    image: in any mode.
    view: `size` (of the crop), optionally `resize` (of the shorter side, by default the crop's)
        and `interpolation`; with `squash`, the whole image becomes the square.
    border: pixels that are cut off each side first.

    Raises
    ------
    ValueError: nothing is left without the border.
    """
    if border:
        width, height = image.size
        if min(width, height) <= 2 * border:
            raise ValueError(f"{width} x {height} pixels, all of them border")
        image = image.crop((border, border, width - border, height - border))
    size, shorter = view["size"], view.get("resize", view["size"])
    width, height = image.size
    if view.get("squash"):
        if image.size != (size, size):
            image = image.resize((size, size), RESAMPLING[view["interpolation"]])
        width, height = size, size
    elif min(width, height) != shorter:
        # Cut to a whole number, where the crop below rounds: as torchvision does both.
        scaled = int(shorter * max(width, height) / min(width, height))
        target = (shorter, scaled) if width <= height else (scaled, shorter)
        image = image.resize(target, RESAMPLING[view["interpolation"]])
        width, height = target
    left, top = round((width - size) / 2), round((height - size) / 2)
    image = image.crop((left, top, left + size, top + size))
    # ASSUME: the conversion comes last, as in open_clip. torchvision's image folders convert first,
    # which gives other pixels for the few images that are CMYK, transparent or of a palette.
    return np.asarray(image.convert("RGB"))


def decode_view(
    content: bytes,
    name: str,
    view: Mapping[str, Any],
    border: int,
    deep: list[str] | None = None,
) -> np.ndarray:
    """The pixels uint8 [S, S, 3] of an encoded image in a view, see `apply_view`.

    Raises
    ------
    BrokenImageError: the image cannot be decoded; it is called `name`. See `opened_image`.
    """
    with opened_image(content, name, REMEDY, deep) as image:
        return apply_view(image, view, border)


def decoded(
    archive: Archive,
    listing: Listing,
    view: Mapping[str, Any],
    threads: int,
    broken: dict[str, str] | None = None,
) -> Iterator[tuple[str, np.ndarray | None]]:
    """Yield (name, pixels uint8 [S, S, 3]) in the archive's order, decoding in parallel.

    The main thread reads; the others decrypt, decompress, decode and resize, all of which happens
    outside Python's lock. Few images are held at a time, however large they are. At the end, a
    warning tells how many lost their shades. Of an image that cannot be decoded, `broken` gets the
    reason by its name, and the pixels are None.
    """
    broken = {} if broken is None else broken
    deep: list[str] = []

    def pixels(name: str, load: Callable[[], bytes]) -> np.ndarray:
        return decode_view(load(), f"{archive.path}, image {name}", view, listing.border, deep)

    def result(name: str, future: Future[np.ndarray]) -> tuple[str, np.ndarray | None]:
        try:
            return name, future.result()
        except BrokenImageError as error:
            broken[name] = str(error)
            return name, None

    waiting: deque[tuple[str, Future[np.ndarray]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for name, load in archive.members(set(listing.labels)):
            waiting.append((name, pool.submit(pixels, name, load)))
            if len(waiting) > AHEAD * threads:
                yield result(*waiting.popleft())
        for each in waiting:
            yield result(*each)
    warn_of_deep(deep)


def write_store(
    path: Path,
    archive: Archive,
    listing: Listing,
    view: Mapping[str, Any],
    threads: int,
    attributes: Mapping[str, str],
    skip_broken: bool = False,
) -> str:
    """Write the HDF5 file, with `attributes` besides its own.

    Parameters
    ----------
    skip_broken: whether images that cannot be decoded are left out, and told in the log.

    Returns
    -------
    The digest of its content.

    Raises
    ------
    InputError: images cannot be decoded and are not to be left out; all of them are counted.
    """
    count, shape = len(listing.labels), (view["size"], view["size"], 3)
    names: list[str] = []
    broken: dict[str, str] = {}
    with replacing(path) as temporary, h5py.File(temporary, "w") as store:
        # Only in chunks can it be cut to what is left.
        chunks = {"maxshape": (None, *shape), "chunks": (1, *shape)} if skip_broken else {}
        pixels = store.create_dataset("pixels", (count, *shape), "uint8", **chunks)
        block = np.empty((BLOCK, *shape), dtype=np.uint8)
        images = decoded(archive, listing, view, threads, broken)
        for name, image in progress(images, count, f"decoding {archive.path.name}"):
            if image is None:
                continue
            block[len(names) % BLOCK] = image
            names.append(name)
            if len(names) % BLOCK == 0:
                pixels[len(names) - BLOCK : len(names)] = block
        if rest := len(names) % BLOCK:
            pixels[len(names) - rest : len(names)] = block[:rest]
        check_decoded(archive.path, broken, len(names), skip_broken)
        if broken:
            pixels.resize(len(names), axis=0)
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


def main(
    archive_paths: Sequence[Path | str],
    store_path: Path | str,
    threads: int,
    *,
    view: Mapping[str, Any],
    limit: int | None = None,
    own: bool = False,
    skip_broken: bool = False,
    **declared: Any,
) -> None:
    """Make the store of one data set and, beside it, the digest of its content.

    Parameters
    ----------
    archive_paths: the data set's archives, the one with the images first; those of others have
        their digest beside them, which is checked.
    store_path: HDF5 to write: `pixels` uint8 [N, S, S, 3], `labels` int64 [N], `ids` [N] and, of a
        captioned set, `caption` [N].
    threads: number of threads that decode.
    view: see `apply_view`.
    limit: how many images to take at most, at random; None for all.
    own: whether the archives are a user's own, without a digest.
    skip_broken: whether images that cannot be decoded are left out.
    declared: the fields of `Declared`.

    Raises
    ------
    InputError: an archive was changed or is damaged, or holds other than what is declared.
    """
    expected = Declared(**declared)
    sources = [
        sha256_file(path) if own else verified_digest(path) for path in map(Path, archive_paths)
    ]
    archives = open_archives(expected.layout, archive_paths)
    listing = list_images(expected.layout, archives, expected.study_classes, expected.class_list)
    check_counts(archives[0], listing, expected)
    taken = chosen(expected.dataset, listing.labels, limit)
    listing.labels = {name: label for name, label in listing.labels.items() if name in taken}
    attributes = {"dataset": expected.dataset, "source": " ".join(sources)}
    digest = write_store(
        Path(store_path), archives[0], listing, view, threads, attributes, skip_broken
    )
    count = len(listing.labels)
    log.info("%s: %d images, %d left out", expected.dataset, count, listing.left_out)
    write_digest(Path(store_path), digest)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        own = snakemake.input.get("own", [])
        main(
            own or [represented(path) for path in snakemake.input.archives_digest],
            snakemake.output.store,
            snakemake.threads,
            own=bool(own),
            **snakemake.params.settings,
        )

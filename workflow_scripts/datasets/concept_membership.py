"""Which image of Broden shows which concept: a sparse membership table (Section 5).

A concept is present in an image if any pixel of any label map of it carries the concept's number,
or if the number is given for the image as a whole.
"""

import io
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from PIL import Image

from workflow_scripts.archives.broden_tables import read_tables
from workflow_scripts.archives.members import open_archive
from workflow_scripts.files.atomic import replacing, write_csv, write_json
from workflow_scripts.files.digests import sha256_arrays, verified_digest
from workflow_scripts.files.subset import chosen
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress

BLOCK = 256
SHOWN = 5  # differing frequencies that the log names
log = logging.getLogger(__name__)


def labels_of_plane(content, name, shape):
    """The different numbers above 0 in a label map, which a pixel encodes as R + 256 G.

    Raises
    ------
    InputError naming the label map if it is corrupt, of another size or without colour.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            pixels = np.asarray(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(
            f"label map {name}: cannot be decoded ({error}); the file is corrupt or truncated. "
            "Obtain the archive again"
        ) from error
    if pixels.shape[:2] != shape or pixels.ndim != 3 or pixels.shape[2] < 3:
        raise InputError(
            f"label map {name}: found pixels of shape {pixels.shape}, expected {(*shape, 3)} as in "
            "index.csv; the archive is damaged. Obtain it again"
        )
    red, green = pixels[..., 0].astype(np.int32), pixels[..., 1].astype(np.int32)
    numbers = np.flatnonzero(np.bincount((red + 256 * green).ravel()))
    return numbers[numbers > 0].tolist()


def read_labels(archive, images, threads):
    """The numbers in each image: a list of dicts category -> set, in the order of `images`."""
    found = [
        {category: set(numbers) for category, numbers in image.labels.items()} for image in images
    ]
    owners = {}  # a label map may serve several images or categories
    for row, image in enumerate(images):
        for category, planes in image.planes.items():
            for plane in planes:
                owners.setdefault(plane, []).append((row, category))

    def read(item):
        name, content = item
        return name, labels_of_plane(content, name, images[owners[name][0][0]].shape)

    stream = archive.stream(set(owners))
    blocks = iter(lambda: list(islice(stream, BLOCK)), [])
    with ThreadPoolExecutor(threads) as pool:
        for block in progress(blocks, -(-len(owners) // BLOCK), "reading label maps"):
            for name, numbers in pool.map(read, block):
                for row, category in owners[name]:
                    found[row][category].update(numbers)
    return found


def check_numbers(path, images, found, labels):
    """Raise InputError naming the first image with a number that label.csv lacks."""
    for image, categories in zip(images, found, strict=True):
        unknown = set().union(*categories.values()) - labels.keys()
        if unknown:
            raise InputError(
                f"{path}: image {image.member} has the label number {min(unknown)}, expected one "
                f"of the {len(labels)} in label.csv; the archive is damaged or of another version"
            )


def check_counts(path, dataset, tables, images, concepts):
    """Compare the numbers of images and concepts with the data set's row."""
    for found, expected, what in (
        (len(tables.images), images, "images"),
        (len(tables.labels), concepts, "concepts"),
    ):
        if expected is not None and found != expected:
            column = "images" if what == "images" else "classes"
            raise InputError(
                f"{path}: found {found} {what}, expected {expected} (datasets.tsv, row {dataset}, "
                f"column {column}); the archive is incomplete or the table wrong"
            )


def membership(found, labels):
    """Sparse table image x concept: `starts` int64 [N + 1] and `concepts` int32, both sorted.

    Concepts are counted from 0, in the order of `labels` (by number).
    """
    index = {number: place for place, number in enumerate(labels)}
    rows = [sorted({index[number] for part in each.values() for number in part}) for each in found]
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    return starts, np.array([concept for row in rows for concept in row], dtype=np.int32)


def concept_table(labels, starts, concepts, counts):
    """A row a concept: counted images, and how they compare with label.csv.

    `counted` is comparable with `frequency`, which counts an image once per category. `images` is
    the number of different images.
    """
    images = np.bincount(concepts, minlength=len(labels))
    rows = [
        {
            "number": label.number,
            "name": label.name,
            "category": next(iter(label.categories)),
            "categories": ";".join(label.categories),
            "images": images[place],
            "counted": sum(
                count for (_, number), count in counts.items() if number == label.number
            ),
            "frequency": label.frequency,
        }
        for place, label in enumerate(labels.values())
    ]
    table = pd.DataFrame(rows)
    return table.assign(difference=table["counted"] - table["frequency"])


def category_table(tables, counts):
    """A row a category: its concepts and labels of images, compared with category.csv."""
    rows = []
    for category, frequency in tables.category_frequency.items():
        own = {number: count for (name, number), count in counts.items() if name == category}
        keys = {number for name, number in tables.coded_frequency if name == category} | own.keys()
        differing = sum(
            own.get(number, 0) != tables.coded_frequency.get((category, number), 0)
            for number in keys
        )
        rows.append(
            {
                "category": category,
                "concepts": len(own),
                "counted": sum(own.values()),
                "frequency": frequency,
                "difference": sum(own.values()) - frequency,
                "differing_concepts": differing,
            }
        )
    return pd.DataFrame(rows)


def report_differences(concepts, categories):
    """Say in the log whether the counts equal Broden's own."""
    differing = concepts[concepts["difference"] != 0]
    if differing.empty and not categories["differing_concepts"].any():
        log.info("all counts equal the column frequency of Broden's tables")
        return
    named = ", ".join(
        f"{row.name} ({row.counted} counted, {row.frequency} in label.csv)"
        for row in differing.head(SHOWN).itertuples(index=False)
    )
    log.warning(
        "the counts of %d of %d concepts differ from Broden's column frequency: %s%s",
        *(len(differing), len(concepts), named, " and others" if len(differing) > SHOWN else ""),
    )


def main(
    archive_path,
    membership_path,
    concepts_path,
    categories_path,
    digest_path,
    threads,
    *,
    dataset,
    images,
    concepts,
    limit=None,
):
    """Write the membership table of Broden, its counts, and the digest that stands for it.

    Parameters
    ----------
    archive_path: Broden as a zip file, a tar file or a folder, with its digest beside it
    membership_path: HDF5 to write: `starts`, `concepts` (sparse rows), `ids` [N], and of each
        concept `number`, `name`, `category` (the main one), `images`
    concepts_path, categories_path: CSV to write, see `concept_table` and `category_table`
    digest_path: JSON to write
    dataset, images, concepts: id and declared sizes of the data set; None is not checked
    limit: how many images to take at most, those that the image store takes, too; None for all

    Raises
    ------
    InputError: a table, an image or a label map is missing or damaged, a label number is unknown,
        or a number differs from what is declared
    """
    archive = open_archive(archive_path)
    verified_digest(archive.path)
    tables = read_tables(archive)
    check_counts(archive.path, dataset, tables, images, concepts)
    labels = dict(sorted(tables.labels.items()))
    taken = chosen(dataset, [image.member for image in tables.images], limit)
    shown = [image for image in tables.images if image.member in taken]
    found = read_labels(archive, shown, threads)
    check_numbers(archive.path, shown, found, labels)
    counts = Counter(
        (category, number) for each in found for category, part in each.items() for number in part
    )
    starts, members = membership(found, labels)
    table, categories = (
        concept_table(labels, starts, members, counts),
        category_table(tables, counts),
    )
    if len(shown) == len(tables.images):
        report_differences(table, categories)
    write_csv(Path(concepts_path), table)
    write_csv(Path(categories_path), categories)
    digest = write_membership(membership_path, dataset, shown, starts, members, table)
    log.info(
        "%s: %d images of %d, %d concepts, %d memberships",
        *(dataset, len(shown), len(tables.images), len(table), len(members)),
    )
    write_json(
        Path(digest_path),
        {"dataset": dataset, "images": len(found), "concepts": len(table), "sha256": digest},
    )


def write_membership(path, dataset, images, starts, members, table):
    """Write the HDF5 file; the digest of its content."""
    ids = np.array([image.member for image in images])
    text = h5py.string_dtype("utf-8")
    with replacing(Path(path)) as temporary, h5py.File(temporary, "w") as file:
        file["starts"], file["concepts"] = starts, members
        file.create_dataset("ids", data=ids.tolist(), dtype=text)
        for column in ("number", "images"):
            file[column] = table[column].to_numpy(dtype=np.int64)
        for column in ("name", "category"):
            file.create_dataset(column, data=table[column].tolist(), dtype=text)
        names = table["name"].to_numpy(dtype=str)
        digest = sha256_arrays(starts, members, ids, table["number"].to_numpy(), names)
        file.attrs.update(dataset=dataset, digest=digest, complete=True)
    return digest


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            represented(snakemake.input.archives[0]),
            snakemake.output.membership,
            snakemake.output.concepts,
            snakemake.output.categories,
            snakemake.output.digest,
            snakemake.threads,
            **snakemake.params.settings,
        )

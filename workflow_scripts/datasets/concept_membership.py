"""Which image of a concept set shows which concept: a sparse membership table (Section 5).

In Broden it is present if any pixel of a label map carries its number, or the image as a whole.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.archives.broden_tables import Label, LabelledImage, Tables, read_tables
from workflow_scripts.archives.concept_folders import folder_tables
from workflow_scripts.archives.members import Archive, open_archive
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.concepts import write_membership
from workflow_scripts.files.digests import represented, verified_digest
from workflow_scripts.files.images import opened_image
from workflow_scripts.files.subset import chosen
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress

BLOCK = 256
NAMED = 5  # differing frequencies that the log names
log = logging.getLogger(__name__)

Counts = Mapping[tuple[str, int], int]  # images by (category, number)


def labels_of_plane(content: bytes, name: str, shape: tuple[int, int]) -> list[int]:
    """The different numbers above 0 in a label map, which a pixel encodes as R + 256 G.

    `shape` is the height and width that the label map has to have.

    Raises
    ------
    InputError: the label map is corrupt, of another size or without colour.
    """
    with opened_image(content, f"label map {name}") as image:
        pixels = np.asarray(image)
    if pixels.shape[:2] != shape or pixels.ndim != 3 or pixels.shape[2] < 3:
        found = f"label map {name}: found pixels of shape {pixels.shape}, expected {(*shape, 3)}"
        raise InputError(f"{found} as in index.csv; the archive is damaged. Obtain it again")
    red, green = pixels[..., 0].astype(np.int32), pixels[..., 1].astype(np.int32)
    numbers = np.flatnonzero(np.bincount((red + 256 * green).ravel()))
    return numbers[numbers > 0].tolist()


def read_labels(
    archive: Archive, images: Sequence[LabelledImage], threads: int
) -> list[dict[str, set[int]]]:
    """The numbers in each image by category, in the order of `images`."""
    found = [
        {category: set(numbers) for category, numbers in image.labels.items()} for image in images
    ]
    # A label map may serve several images or categories.
    owners: dict[str, list[tuple[int, str]]] = {}
    for row, image in enumerate(images):
        for category, planes in image.planes.items():
            for plane in planes:
                owners.setdefault(plane, []).append((row, category))

    def read(item: tuple[str, bytes]) -> tuple[str, list[int]]:
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


def check_numbers(
    path: Path,
    images: Sequence[LabelledImage],
    found: Sequence[Mapping[str, set[int]]],
    labels: Mapping[int, Label],
) -> None:
    """Compare the numbers found in images with those of label.csv.

    Raises
    ------
    InputError: an image has a number that label.csv lacks.
    """
    for image, categories in zip(images, found, strict=True):
        unknown = set().union(*categories.values()) - labels.keys()
        if unknown:
            raise InputError(
                f"{path}: image {image.member} has the label number {min(unknown)}, expected one "
                f"of the {len(labels)} in label.csv; the archive is damaged or of another version"
            )


def check_counts(
    path: Path, dataset: str, tables: Tables, images: int | None, concepts: int | None
) -> None:
    """Compare the numbers of images and concepts with those declared; None is not checked.

    Raises
    ------
    InputError: they differ.
    """
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


def membership(
    found: Sequence[Mapping[str, set[int]]], labels: Mapping[int, Label]
) -> tuple[np.ndarray, np.ndarray]:
    """Sparse table image x concept: `starts` int64 [N + 1] and `concepts` int32, both sorted.

    Concepts are counted from 0, in the order of `labels` (by number).
    """
    index = {number: place for place, number in enumerate(labels)}
    rows = [sorted({index[number] for part in each.values() for number in part}) for each in found]
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    return starts, np.array([concept for row in rows for concept in row], dtype=np.int32)


def concept_table(
    labels: Mapping[int, Label], concepts: np.ndarray, counts: Counts
) -> pd.DataFrame:
    """A row a concept: counted images, and how they compare with label.csv.

    `counted` is comparable with `frequency`, which counts an image once per category. `images` is
    the number of different images; `concepts` are those of `membership`.
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


def category_table(tables: Tables, counts: Counts) -> pd.DataFrame:
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


def report_differences(concepts: pd.DataFrame, categories: pd.DataFrame) -> None:
    """Say in the log whether the counts equal Broden's own."""
    differing = concepts[concepts["difference"] != 0]
    if differing.empty and not categories["differing_concepts"].any():
        log.info("all counts equal the column frequency of Broden's tables")
        return
    named = ", ".join(
        f"{row.name} ({row.counted} counted, {row.frequency} in label.csv)"
        for row in differing.head(NAMED).itertuples(index=False)
    )
    log.warning(
        "the counts of %d of %d concepts differ from Broden's column frequency: %s%s",
        len(differing),
        len(concepts),
        named,
        " and others" if len(differing) > NAMED else "",
    )


def main(
    archive_path: Path | str,
    membership_path: Path | str,
    concepts_path: Path | str,
    categories_path: Path | str,
    threads: int,
    *,
    dataset: str,
    layout: str = "broden",
    images: int | None,
    concepts: int | None,
    limit: int | None = None,
    own: bool = False,
) -> None:
    """Write the membership table of a concept set, its counts and the digest of its content.

    Parameters
    ----------
    archive_path: of the images, with its digest beside it if not `own`.
    membership_path: HDF5 to write: `starts`, `concepts` (sparse rows), `ids` [N], and of each
        concept `number`, `name`, `category` (the main one), `images`.
    concepts_path, categories_path: CSV to write, see `concept_table` and `category_table`.
    threads: number of threads that decode.
    dataset, layout: id of the data set, and broden or concept_folders.
    images, concepts: its declared sizes; None is not checked.
    limit: how many images to take at most, those that the image store takes, too; None for all.

    Raises
    ------
    InputError: the archive was changed, is damaged or holds other than what is declared.
    """
    if not own:
        verified_digest(Path(archive_path))
    archive = open_archive(archive_path)
    tables = folder_tables(archive) if layout == "concept_folders" else read_tables(archive)
    check_counts(archive.path, dataset, tables, images, concepts)
    labels = dict(sorted(tables.labels.items()))
    names = chosen(dataset, [image.member for image in tables.images], limit)
    taken = [image for image in tables.images if image.member in names]
    found = read_labels(archive, taken, threads)
    check_numbers(archive.path, taken, found, labels)
    counts = Counter(
        (category, number) for each in found for category, part in each.items() for number in part
    )
    starts, members = membership(found, labels)
    table, categories = concept_table(labels, members, counts), category_table(tables, counts)
    if len(taken) == len(tables.images):  # of which Broden's own counts are
        report_differences(table, categories)
    write_csv(concepts_path, table)
    write_csv(categories_path, categories)
    log.info("%s: %d images of %d taken", dataset, len(taken), len(tables.images))
    log.info("%s: %d concepts, %d memberships", dataset, len(table), len(members))
    ids = np.array([image.member for image in taken])
    write_membership(Path(membership_path), dataset, ids, starts, members, table)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        own = snakemake.input.get("own")
        main(
            own[0] if own else represented(snakemake.input.archives_digest[0]),
            snakemake.output.membership,
            snakemake.output.concepts,
            snakemake.output.categories,
            snakemake.threads,
            own=bool(own),
            **snakemake.params.settings,
        )

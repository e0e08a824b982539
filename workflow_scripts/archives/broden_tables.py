"""The tables of a Broden data set: index.csv, label.csv, category.csv and c_<category>.csv.

Broden (Bau et al., 2017) labels images with concepts of several categories. A cell of index.csv
holds, separated by ";", names of PNGs whose pixels are labelled, or numbers of labels that apply
to the whole image. One label may occur in several categories.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath

from workflow_scripts.archives.members import Archive
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import decoded_text, reading

FIXED_COLUMNS = ("image", "split", "ih", "iw", "sh", "sw")
_CATEGORY = re.compile(r"(.+)\((\d+)\)")


@dataclass(frozen=True)
class LabelledImage:
    """A row of index.csv.

    member: the image, a member of the archive
    shape: height and width of its label maps in pixels
    planes: its label maps by category, PNGs that are members of the archive
    labels: numbers of labels of the whole image by category; not those too rare for label.csv,
        which are 0 in index.csv
    """

    member: str
    shape: tuple[int, int]
    planes: dict[str, list[str]]
    labels: dict[str, list[int]]


@dataclass(frozen=True)
class Label:
    """A row of label.csv, a concept.

    number: from 1, as it is in label maps
    name: for example "car"
    categories: its frequency in each category, the main category first
    frequency: the number of images, counted once for each category
    """

    number: int
    name: str
    categories: dict[str, int]
    frequency: int


@dataclass(frozen=True)
class Tables:
    """All tables of a data set.

    images: in the order of index.csv
    labels: by number
    category_frequency: that of category.csv
    coded_frequency: those of c_<category>.csv by (category, number)
    """

    images: list[LabelledImage]
    labels: dict[int, Label]
    category_frequency: dict[str, int]
    coded_frequency: dict[tuple[str, int], int]


def read_tables(archive: Archive) -> Tables:
    """The tables of a Broden archive.

    Raises
    ------
    InputError: a table or a row is missing or does not fit; names it
    """
    folder = find_folder(archive)
    categories = {
        row["name"]: row.number("frequency") for row in _rows(archive, folder, "category.csv")
    }
    labels: dict[int, Label] = {}
    for row in _rows(archive, folder, "label.csv"):
        label = _label(row, categories)
        if label.number in labels:
            raise row.error(f"number {label.number} a second time", "each number once")
        labels[label.number] = label
    coded = {
        (category, row.number("number")): row.number("frequency")
        for category in categories
        for row in _rows(archive, folder, f"c_{category}.csv")
    }
    return Tables(indexed_images(archive, folder, categories), labels, categories, coded)


def find_folder(archive: Archive) -> str:
    """The folder of index.csv inside an archive, as a prefix of its members.

    Raises
    ------
    InputError: there is no index.csv, or more than one
    """
    found = [name for name in archive.names() if PurePosixPath(name).name == "index.csv"]
    if len(found) != 1:
        raise InputError(
            f"{archive.path}: found {len(found)} files index.csv, expected one as in Broden 1.0 "
            "(broden1_224.zip); the archive is of another data set or incomplete"
        )
    return found[0].removesuffix("index.csv")


def indexed_images(
    archive: Archive, folder: str, categories: Collection[str] | None = None
) -> list[LabelledImage]:
    """The images of index.csv, all of which the archive has to hold with their label maps.

    Parameters
    ----------
    archive: the archive
    folder: see `find_folder`
    categories: the names in category.csv, which the columns have to be; None for any

    Raises
    ------
    InputError: a row does not fit, or its files are missing; names the row
    """
    members = set(archive.names())
    images: list[LabelledImage] = []
    seen: set[str] = set()
    for row in _rows(archive, folder, "index.csv"):
        columns = [name for name in row.cells if name not in FIXED_COLUMNS]
        if categories is not None and set(columns) != set(categories):
            raise row.error(
                f"the categories {', '.join(columns)}",
                f"those of category.csv, {', '.join(categories)}",
            )
        image = _image(row, folder, columns)
        if image.member in seen:
            raise row.error(f"image {row['image']!r} a second time", "each image once")
        seen.add(image.member)
        for name in (image.member, *chain.from_iterable(image.planes.values())):
            if name not in members:
                raise row.error(
                    f"no file {name} in the archive",
                    "every image and label map that the index names",
                )
        images.append(image)
    return images


class _Row:
    """A row of a CSV: its cells, and messages that name the file and the line."""

    def __init__(self, place: str, cells: Mapping[str, str]) -> None:
        self.place, self.cells = place, cells

    def __getitem__(self, column: str) -> str:
        value = self.cells.get(column)
        if value is None:
            raise self.error(f"no value in column {column}", "one")
        return value

    def number(self, column: str) -> int:
        """The whole number in a column."""
        try:
            return int(self[column])
        except ValueError:
            raise self.error(f"{self[column]!r} in column {column}", "a whole number") from None

    def error(self, found: str, expected: str) -> InputError:
        """The error to raise about this row."""
        return InputError(
            f"{self.place}: found {found}, expected {expected}; the archive is damaged or of "
            "another version. Obtain it again"
        )


def _rows(archive: Archive, folder: str, file: str) -> Iterator[_Row]:
    place = f"{archive.path}, {file}"
    text = decoded_text(archive.read(f"{folder}{file}"), place)
    with reading(place, "obtain the archive again", also=(csv.Error,)):
        for cells in (reader := csv.DictReader(io.StringIO(text, newline=""))):
            row = _Row(f"{place}, line {reader.line_num}", cells)
            if None in cells:
                raise row.error("more cells than columns", "one each")
            yield row


def _label(row: _Row, categories: Collection[str]) -> Label:
    """A row of label.csv; its category reads like "material(36);object(3)"."""
    parts = {}
    for text in filter(None, row["category"].split(";")):
        match = _CATEGORY.fullmatch(text)
        if not match or match[1] not in categories:
            raise row.error(f"category {text!r}", f"NAME(COUNT) of {', '.join(categories)}")
        parts[match[1]] = int(match[2])
    if not parts:
        raise row.error("no category", "at least one")
    number = row.number("number")
    if number < 1:
        raise row.error(f"number {number}", "1 or more, since 0 means unlabelled")
    return Label(number, row["name"], parts, row.number("frequency"))


def _image(row: _Row, folder: str, columns: Iterable[str]) -> LabelledImage:
    planes: dict[str, list[str]] = {}
    labels: dict[str, list[int]] = {}
    for category in columns:
        items = [item for item in row[category].split(";") if item]
        planes[category] = [f"{folder}images/{item}" for item in items if not item.isdecimal()]
        labels[category] = [int(item) for item in items if item.isdecimal() and int(item)]
    shape = (row.number("sh"), row.number("sw"))
    return LabelledImage(f"{folder}images/{row['image']}", shape, planes, labels)

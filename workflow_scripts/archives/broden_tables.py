"""The tables of a Broden data set: index.csv, label.csv, category.csv and c_<category>.csv.

Broden (Bau et al., 2017) labels images with concepts of several categories. A cell of index.csv
holds, separated by ";", names of PNGs whose pixels are labelled, or numbers of labels that apply
to the whole image. One label may occur in several categories.
"""

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from workflow_scripts.job.errors import InputError

FIXED_COLUMNS = ("image", "split", "ih", "iw", "sh", "sw")
_CATEGORY = re.compile(r"(.+)\((\d+)\)")


@dataclass(frozen=True)
class LabelledImage:
    """A row of index.csv; `planes` and `labels` are lists by category, PNGs as archive members.

    Labels of the whole image that are too rare for label.csv are 0 in index.csv; they are not here.
    """

    member: str
    shape: tuple[int, int]  # of the PNGs: height, width
    planes: dict[str, list[str]]
    labels: dict[str, list[int]]


@dataclass(frozen=True)
class Label:
    """A row of label.csv: a concept; `categories` are its frequencies, the main category first."""

    number: int
    name: str
    categories: dict[str, int]
    frequency: int


@dataclass(frozen=True)
class Tables:
    """All tables: images in the order of index.csv, labels by number.

    `category_frequency` is the one of category.csv, `coded_frequency` those of c_<category>.csv
    by (category, number).
    """

    images: list[LabelledImage]
    labels: dict[int, Label]
    category_frequency: dict[str, int]
    coded_frequency: dict[tuple[str, int], int] = field(default_factory=dict)


def read_tables(archive):
    """The `Tables` of an `archives.Archive`.

    Raises
    ------
    InputError naming the table and the row that is missing or does not fit.
    """
    folder = find_folder(archive)
    categories = {
        row["name"]: row.number("frequency") for row in _rows(archive, folder, "category.csv")
    }
    labels = {}
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
    return Tables(list_images(archive, folder, categories), labels, categories, coded)


def find_folder(archive):
    """The folder of index.csv inside an archive, as a prefix of its members."""
    found = [name for name in archive.names() if PurePosixPath(name).name == "index.csv"]
    if len(found) != 1:
        raise InputError(
            f"{archive.path}: found {len(found)} files index.csv, expected one as in Broden 1.0 "
            "(broden1_224.zip); the archive is of another data set or incomplete"
        )
    return found[0].removesuffix("index.csv")


def list_images(archive, folder, categories=None):
    """The images of index.csv, all of which the archive must hold with their PNGs.

    `categories` are the names that category.csv gives, which the columns must be.
    """
    members = set(archive.names())
    images, seen = [], set()
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
        for name in [
            image.member,
            *(plane for planes in image.planes.values() for plane in planes),
        ]:
            if name not in members:
                raise row.error(
                    f"no file {name} in the archive",
                    "every image and label map that the index names",
                )
        images.append(image)
    return images


class _Row:
    """A row of a CSV: its cells, and messages that name the file and the line."""

    def __init__(self, place, cells):
        self.place, self.cells = place, cells

    def __getitem__(self, column):
        value = self.cells.get(column)
        if value is None:
            raise self.error(f"no value in column {column}", "one")
        return value

    def number(self, column):
        """The whole number in a column."""
        try:
            return int(self[column])
        except ValueError:
            raise self.error(f"{self[column]!r} in column {column}", "a whole number") from None

    def error(self, found, expected):
        return InputError(
            f"{self.place}: found {found}, expected {expected}; the archive is damaged or of "
            "another version. Obtain it again"
        )


def _rows(archive, folder, file):
    text = archive.read(f"{folder}{file}").decode("utf-8-sig")
    for cells in (reader := csv.DictReader(io.StringIO(text, newline=""))):
        yield _Row(f"{archive.path}, {file}, line {reader.line_num}", cells)


def _label(row, categories):
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


def _image(row, folder, columns):
    planes, labels = {}, {}
    for category in columns:
        items = [item for item in row[category].split(";") if item]
        planes[category] = [f"{folder}images/{item}" for item in items if not item.isdecimal()]
        labels[category] = [int(item) for item in items if item.isdecimal() and int(item)]
    shape = (row.number("sh"), row.number("sw"))
    return LabelledImage(f"{folder}images/{row['image']}", shape, planes, labels)

"""The files of the drawn Broden: images, label maps and tables.

They are those of Broden 1.0, so that any reader of it reads these.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from workflow_scripts.drawing.broden_images import Drawing
from workflow_scripts.drawing.broden_vocabulary import CATEGORIES, CODES
from workflow_scripts.drawing.packing import image_file
from workflow_scripts.job.errors import InputError

NAMES = {code: name for name, code in CODES.items()}
MINIMUM_IMAGES = 10  # as in Broden: rarer labels are left out of the tables and the maps

README = """Drawn images in the format of Broden 1.0 (Network Dissection).

index.csv     image,split,ih,iw,sh,sw and a column for each category: names of label maps below
              images/, or numbers of labels of the whole image, separated by ";"
label.csv     number,name,category,frequency,coverage,syns
category.csv  name,first,last,count,frequency
c_*.csv       code,number,name,frequency,coverage of the labels in one category
images/       images and label maps; a pixel of a label map encodes a number as R + 256 G

An image counts once per category in each frequency. Labels in fewer than 10 images are left out.
"""


class Statistics:
    """In how many images a code occurs, by (category, code), and how much of them it covers."""

    def __init__(self, drawings: Sequence[Drawing]) -> None:
        self.frequency: Counter[tuple[str, int]] = Counter()
        self.coverage: dict[tuple[str, int], float] = defaultdict(float)
        for drawing in drawings:
            # Not a set, whose order, and so that of the sums in `totals`, changes from run to run.
            seen = dict.fromkeys(drawing.labels)
            for label in seen:
                self.coverage[label] += 1.0
            for category, codes in drawing.planes:
                found, counts = np.unique(codes[codes > 0], return_counts=True)
                for code, count in zip(found.tolist(), counts, strict=True):
                    seen[category, code] = None
                    self.coverage[category, code] += count / codes.size
            self.frequency.update(list(seen))

    def totals(self) -> tuple[Counter[int], dict[int, float]]:
        """Frequency and coverage of each code over all categories."""
        frequency: Counter[int] = Counter()
        coverage: dict[int, float] = defaultdict(float)
        for (category, code), count in self.frequency.items():
            frequency[code] += count
            coverage[code] += self.coverage[category, code]
        return frequency, coverage


def numbers(statistics: Statistics) -> dict[int, int]:
    """Numbers 1, 2, ... by code of the labels that are frequent enough, by falling frequency."""
    frequency, coverage = statistics.totals()
    kept = [code for code, count in frequency.items() if count >= MINIMUM_IMAGES]
    ordered = sorted(kept, key=lambda code: (-frequency[code], -coverage[code], code))
    return {code: number for number, code in enumerate(ordered, start=1)}


def broden_files(root: str, drawings: Sequence[Drawing]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of all files of the data set, which lie in the folder `root`.

    A category without a label that is frequent enough is not part of it.

    Raises
    ------
    InputError: no label is frequent enough
    """
    statistics = Statistics(drawings)
    number_of = numbers(statistics)
    if not number_of:
        raise InputError(
            f"{root}: no label is in {MINIMUM_IMAGES} of the {len(drawings)} images, expected at "
            "least one; draw more (datasets.tsv, column images)"
        )
    kept = {category for category, code in statistics.frequency if code in number_of}
    table = np.zeros(len(CODES) + 1, dtype=np.int64)
    table[list(number_of)] = list(number_of.values())
    rows: list[dict[str, Any]] = []
    files: list[tuple[str, bytes]] = []
    for index, drawing in enumerate(drawings):
        stem = f"{drawing.source}/{index:06d}"
        cells, maps = _cells(stem, drawing, table)
        half = drawing.pixels.shape[0] // 2
        sizes = {"ih": 2 * half, "iw": 2 * half, "sh": half, "sw": half}
        split = "val" if index % 10 >= 7 else "train"
        cells = {category: cell for category, cell in cells.items() if category in kept}
        rows.append({"image": f"{stem}.jpg", "split": split, **sizes, **cells})
        files.append((f"{stem}.jpg", image_file(drawing.pixels, "JPEG")))
        files += [(name, _label_image(values)) for name, values in maps]
    yield f"{root}/README.txt", README.encode()
    yield f"{root}/index.csv", _csv(rows)
    for name, content in _tables(statistics, number_of):
        yield f"{root}/{name}", content
    for name, content in files:
        yield f"{root}/images/{name}", content


def _cells(
    stem: str, drawing: Drawing, table: np.ndarray
) -> tuple[dict[str, str], list[tuple[str, np.ndarray]]]:
    """The cells of an image by category, and its label maps as (name, numbers).

    `table` has the number of each code, 0 for those that are left out.
    """
    items: dict[str, list[str]] = {category: [] for category in CATEGORIES}
    for category, code in drawing.labels:
        if table[code]:
            items[category].append(str(table[code]))
    maps = []
    for category, codes in drawing.planes:
        values = table[codes]
        if values.any():
            suffix = f"_{len(items[category]) + 1}" if items[category] else ""
            maps.append((f"{stem}_{category}{suffix}.png", values))
            items[category].append(maps[-1][0])
    return {category: ";".join(parts) for category, parts in items.items()}, maps


def _label_image(values: np.ndarray) -> bytes:
    """A PNG whose pixels encode numbers as R + 256 G."""
    pixels = np.stack([values % 256, values // 256, np.zeros_like(values)], axis=2)
    return image_file(pixels.astype(np.uint8), "PNG")


def _tables(statistics: Statistics, number_of: Mapping[int, int]) -> Iterator[tuple[str, bytes]]:
    """Yield label.csv, c_<category>.csv and category.csv as (name, content)."""
    frequency = {key: count for key, count in statistics.frequency.items() if key[1] in number_of}
    _, coverage = statistics.totals()
    yield "label.csv", _csv(_label_rows(number_of, frequency, coverage))
    categories = []
    for category in CATEGORIES:
        own = {code: count for (each, code), count in frequency.items() if each == category}
        if not own:
            continue
        # Most frequent first; sorting is stable, so that ties stay in the order of their numbers.
        codes = sorted(sorted(own, key=number_of.__getitem__), key=own.__getitem__, reverse=True)
        categories.append(
            {
                "name": category,
                "first": min(number_of[code] for code in codes),
                "last": max(number_of[code] for code in codes),
                "count": len(codes),
                "frequency": sum(own.values()),
            }
        )
        coded = [
            {
                "code": place,
                "number": number_of[code],
                "name": NAMES[code],
                "frequency": own[code],
                "coverage": f"{statistics.coverage[category, code]:f}",
            }
            for place, code in enumerate(codes, start=1)
        ]
        yield f"c_{category}.csv", _csv(coded)
    yield "category.csv", _csv(categories)


def _label_rows(
    number_of: Mapping[int, int],
    frequency: Mapping[tuple[str, int], int],
    coverage: Mapping[int, float],
) -> list[dict[str, Any]]:
    rows = []
    for code, number in number_of.items():
        parts = [(count, category) for (category, each), count in frequency.items() if each == code]
        parts.sort(key=lambda part: (-part[0], part[1]))
        rows.append(
            {
                "number": number,
                "name": NAMES[code],
                "category": ";".join(f"{category}({count})" for count, category in parts),
                "frequency": sum(count for count, _ in parts),
                "coverage": f"{coverage[code]:f}",
                "syns": "",
            }
        )
    return rows


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()

"""Images beside a table labels.csv that says which concepts each of them shows.

The table has the columns image (a path from the table's folder), category and concept, and a row
for each concept of each image; an image without a row shows none of them.
"""

import csv
import io
from pathlib import PurePosixPath

from workflow_scripts.archives.members import Archive
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import decoded_text

COLUMNS = ["image", "category", "concept"]
TABLE = "labels.csv"


def read_labels(archive: Archive, images: list[str]) -> dict[str, set[tuple[str, str]]]:
    """The concepts (category, name) that each image shows, by member, in the order of `images`.

    Raises
    ------
    InputError: there is no table or several, or a row is not as expected; names it.
    """
    tables = [name for name in archive.names() if PurePosixPath(name).name == TABLE]
    if len(tables) != 1:
        raise InputError(
            f"{archive.path}: found {len(tables)} files {TABLE}, expected one, which says what the "
            "images show; the archive is of another layout or incomplete"
        )
    ((table, content),) = archive.stream(set(tables))
    place = f"{archive.path}, {table}"
    lines = csv.reader(io.StringIO(decoded_text(content, place)))
    if (header := next(lines, [])) != COLUMNS:
        raise InputError(f"{place}: found the columns {header}, expected {COLUMNS}; mend the table")
    folder = PurePosixPath(table).parent
    shown: dict[str, set[tuple[str, str]]] = {name: set() for name in images}
    for number, row in enumerate(lines, start=2):
        if len(row) != len(COLUMNS) or not all(row):
            raise InputError(
                f"{place}, row {number}: found {row}, expected {len(COLUMNS)} cells, none of them "
                "empty; mend the row"
            )
        image, category, concept = row
        member = str(folder / image)
        if member not in shown:
            raise InputError(
                f"{place}, row {number}: found no image {member} in the archive, expected the path "
                "of an image from the table's folder; mend the row or add the image"
            )
        shown[member].add((category, concept))
    return shown

"""The tidy tables of the measures: the beginning of each on the page, all of them in an archive."""

import csv
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from workflow_scripts.cards.tables import Table
from workflow_scripts.job.reading import reading

ROWS = 40  # of a table that the page shows
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a ZIP file can say


class TidyTable(NamedTuple):
    """A table of the measures."""

    id: str  # on the page
    name: str  # such as indicators/kurtosis
    rows: int
    beginning: Table


def anchor(name: str) -> str:
    """The id of a table on the page."""
    return "measure-" + name.replace("/", "-")


def read(tables: Mapping[str, str]) -> list[TidyTable]:
    """The tables as the page shows them.

    Parameters
    ----------
    tables: paths by name

    Raises
    ------
    InputError: one cannot be read as CSV
    """
    return [_read(name, path) for name, path in tables.items()]


def _read(name: str, path: str) -> TidyTable:
    with reading(path), open(path, encoding="utf-8", newline="") as file:
        titles, *rows = csv.reader(file)
    more = f"; the first {ROWS} of {len(rows):,} rows" if len(rows) > ROWS else ""
    shown = Table(f"measures/{name}.csv{more}", titles, rows[:ROWS])
    return TidyTable(anchor(name), name, len(rows), shown)


def archive(files: Mapping[str, str]) -> bytes:
    """A ZIP file of some files, the same bytes from the same contents.

    Parameters
    ----------
    files: paths by the name in the archive
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, path in sorted(files.items()):
            with reading(path):
                content = Path(path).read_bytes()
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)
    return stream.getvalue()

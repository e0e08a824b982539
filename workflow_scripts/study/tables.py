"""Tab-separated tables whose columns a schema describes."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow_scripts.study.mistakes import mistake, nearest, options, unknown_name
from workflow_scripts.study.schemas import part_at, problems, schema, types

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


@dataclass
class Row:
    """One row of a table.

    Attributes
    ----------
    number: its line in the file, of which the header is the first
    id: content of its first column
    cells: contents by column; empty ones are None
    bad: columns whose contents are known to be mistaken
    """

    number: int
    id: str
    cells: dict[str, Any]
    bad: set[str] = field(default_factory=set)

    def value(self, column: str) -> Any:
        """The cell, or None if it is empty or known to be mistaken."""
        return None if column in self.bad else self.cells.get(column)


@dataclass
class Table:
    """A table as read, and the mistakes found in it; `rows` holds the first row of each id."""

    label: str
    rows: dict[str, Row] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def place(self, row: Row, column: str) -> str:
        """Where a cell is, in words."""
        return f"{self.label}, row {row.number} ({row.id}), column {column}"

    def reject(self, row: Row, column: str, found: str, expected: str) -> None:
        """Record a mistake in a cell, so that no later check builds on it."""
        row.bad.add(column)
        self.mistakes.append(mistake(self.place(row, column), found, expected))

    def reject_name(
        self, row: Row, column: str, name: str, valid: Iterable[str], phrase: str
    ) -> None:
        """Record a name that is none of the valid ones, which `phrase` describes, like `reject`."""
        row.bad.add(column)
        self.mistakes.append(unknown_name(self.place(row, column), name, valid, phrase))

    def check_distinct(self, column: str, expected: str, fold: Callable[[str], str] = str) -> None:
        """Record each cell that says, after `fold`, what an earlier one of its column says."""
        first: dict[str, Row] = {}
        for row in self.rows.values():
            text = row.value(column)
            if text is not None and (earlier := first.setdefault(fold(text), row)) is not row:
                found = f"'{text}' as in row {earlier.number} ({earlier.id})"
                self.reject(row, column, found, expected)

    def plain(self) -> dict[str, dict[str, Any]]:
        """The cells by id."""
        return {name: row.cells for name, row in self.rows.items()}


def checked_table(path: Path, label: str, schema_name: str) -> Table:
    """Read a table and check each row against a schema.

    The first property of the schema is the id column. Cells are stripped of blanks around them;
    empty cells become None, and whole numbers int where the schema allows an integer. A column
    that the schema does not require may be absent: its cells are empty then.

    Parameters
    ----------
    path: the file, UTF-8, columns separated by tabs, with a header
    label: how messages name the file
    schema_name: stem of the schema of one row
    """
    table = Table(label)
    lines = read_lines(path, label, table.mistakes, "a table with the columns of its schema")
    columns = _columns(lines[0][1], schema_name, table) if lines else []
    if columns and len(lines) == 1:
        table.mistakes.append(mistake(label, "no rows", "at least one below the header"))
    for number, line in lines[1:] if columns else ():
        _add_row(table, _row(number, line, columns, schema_name, table), schema_name)
    return table


def read_lines(path: Path, label: str, mistakes: list[str], expected: str) -> list[tuple[int, str]]:
    """Lines of a text file that are not blank, each with its number, from 1."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        mistakes.append(mistake(label, found, expected))
        return []
    except UnicodeDecodeError as error:
        mistakes.append(mistake(label, f"text that is not UTF-8 at byte {error.start}", "UTF-8"))
        return []
    numbered = enumerate(re.split(r"\r\n|\n|\r", text), start=1)
    lines = [(number, line) for number, line in numbered if line.strip()]
    if not lines:
        mistakes.append(mistake(label, "an empty file", expected))
    return lines


def _columns(header: str, schema_name: str, table: Table) -> list[str]:
    """Names of the columns, misspelt ones mended so that the rows can still be checked."""
    properties = schema(schema_name)["properties"]
    known = list(properties)
    if "\t" not in header:
        expected = f"the columns {', '.join(known)}, separated by tabs"
        table.mistakes.append(mistake(table.label, "a header without tabs", expected))
        return []
    found = [name.strip() for name in header.split("\t")]
    missing = [name for name in schema(schema_name)["required"] if name not in found]
    columns: list[str] = []
    for name in found:
        place = f"{table.label}, column {name}"
        if name in columns:
            table.mistakes.append(mistake(place, "it twice", "different columns"))
        elif name not in known:
            line = mistake(place, "an unknown column", options(known), name=name, valid=known)
            table.mistakes.append(line)
            meant = nearest(name, known)
            if meant and meant in missing:
                missing.remove(meant)
                name = meant
        columns.append(name)
    for name in missing:
        expected = f"a column for: {properties[name]['description'].strip()}"
        table.mistakes.append(mistake(f"{table.label}, column {name}", "no such column", expected))
    return columns


def _row(number: int, line: str, columns: list[str], schema_name: str, table: Table) -> Row:
    """A row; its cells in columns that are missing, or all if their number is wrong, are bad."""
    properties, required = schema(schema_name)["properties"], schema(schema_name)["required"]
    texts = [text.strip() for text in line.split("\t")]
    cells: dict[str, Any] = {
        column: _converted(text, schema_name, column)
        for column, text in zip(columns, texts, strict=False)
        if column in properties
    }
    cells |= dict.fromkeys(sorted(properties.keys() - {*required, *columns}))
    row = Row(number, str(cells.get(next(iter(properties))) or "no id"), cells)
    row.bad.update(name for name in required if name not in columns)
    if len(texts) != len(columns):
        place = f"{table.label}, row {number} ({row.id})"
        expected = f"{len(columns)}, separated by single tabs, with no tab inside a text"
        table.mistakes.append(mistake(place, f"{len(texts)} cells", expected))
        row.bad.update(properties)
    return row


def _converted(text: str, schema_name: str, column: str) -> str | int | None:
    whole = _WHOLE_NUMBER.fullmatch(text)
    if whole and "integer" in types(part_at(schema_name, (column,))):
        return int(text)
    return text or None


def _add_row(table: Table, row: Row, schema_name: str) -> None:
    # Conditions between columns would blame those that are there for those that are missing.
    if not row.bad.issuperset(row.cells):
        for problem in problems(schema_name, row.cells, conditions=not row.bad):
            column = str(problem.path[0])
            row.bad.add(column)
            table.mistakes.append(problem.line(table.place(row, column)))
    earlier = table.rows.setdefault(row.id, row)
    id_column = next(iter(schema(schema_name)["properties"]))
    if earlier is not row and row.cells.get(id_column) is not None:
        found = f"'{row.id}' as in row {earlier.number}"
        table.reject(row, id_column, found, "a different id in each row")

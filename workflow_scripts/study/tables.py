"""Tab-separated tables whose columns a schema describes."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow_scripts.study.mistakes import mistake, nearest, one_of
from workflow_scripts.study.schemas import problems, schema

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


@dataclass
class Row:
    """One row: the number of its line in the file (the header is 1), its id and its cells."""

    number: int
    id: str
    cells: dict[str, Any]
    bad: set[str] = field(default_factory=set)

    def value(self, column: str) -> Any:
        """The cell, or None if it is empty or known to be mistaken."""
        return None if column in self.bad else self.cells.get(column)


@dataclass
class Table:
    """A table as read, and the mistakes found in it.

    `rows` holds the first row of each id, `sound` tells whether all columns are there.
    """

    label: str
    rows: dict[str, Row] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    sound: bool = True

    def place(self, row: Row, column: str) -> str:
        """Where a cell is, in words."""
        return f"{self.label}, row {row.number} ({row.id}), column {column}"

    def reject(self, row: Row, column: str, found: str, expected: str, **names: Any) -> None:
        """Record a mistake in a cell, so that no later check builds on it."""
        row.bad.add(column)
        self.mistakes.append(mistake(self.place(row, column), found, expected, **names))

    def plain(self) -> dict[str, dict[str, Any]]:
        """The cells by id."""
        return {name: row.cells for name, row in self.rows.items()}


def read_table(path: Path, label: str, schema_name: str) -> Table:
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
    if not lines:
        table.sound = False
        return table
    columns = _columns(lines[0][1], schema_name, table)
    for number, line in lines[1:]:
        if columns:
            _add_row(table, _row(number, line, columns, schema_name, table), schema_name)
    if columns and len(lines) == 1:
        table.mistakes.append(mistake(label, "no rows", "at least one below the header"))
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
        mistakes.append(mistake(label, f"no UTF-8 text at byte {error.start}", "UTF-8 text"))
        return []
    numbered = enumerate(re.split(r"\r\n|\n|\r", text), start=1)
    lines = [(number, line) for number, line in numbered if line.strip()]
    if not lines:
        mistakes.append(mistake(label, "an empty file", expected))
    return lines


def _columns(header: str, schema_name: str, table: Table) -> list[str]:
    """Names of the columns, misspelt ones mended so that the rows can still be checked."""
    known = list(schema(schema_name)["properties"])
    if "\t" not in header:
        table.sound = False
        expected = f"the columns {', '.join(known)}, separated by tabs"
        table.mistakes.append(mistake(table.label, "a header without tabs", expected))
        return []
    found = [name.strip() for name in header.split("\t")]
    missing = [name for name in schema(schema_name)["required"] if name not in found]
    columns = []
    for name in found:
        place = f"{table.label}, column {name}"
        if name in columns:
            table.mistakes.append(mistake(place, "it twice", "different columns"))
        elif name not in known:
            expected = one_of(known)
            line = mistake(place, "an unknown column", expected, name=name, valid=known)
            table.mistakes.append(line)
            meant = nearest(name, known)
            if meant in missing:
                missing.remove(meant)
                name = meant
        columns.append(name)
    for name in missing:
        place = f"{table.label}, column {name}"
        description = schema(schema_name)["properties"][name]["description"].strip()
        line = mistake(place, "no such column", f"a column for: {description}")
        table.mistakes.append(line)
    table.sound = not missing
    return columns


def _row(number: int, line: str, columns: list[str], schema_name: str, table: Table) -> Row:
    properties = schema(schema_name)["properties"]
    id_column = next(iter(properties))
    texts = [text.strip() for text in line.split("\t")]
    cells = {
        column: _converted(text, properties[column])
        for column, text in zip(columns, texts, strict=False)
        if column in properties
    }
    optional = properties.keys() - set(schema(schema_name)["required"])
    cells |= dict.fromkeys(sorted(optional - set(columns)))
    row = Row(number, str(cells.get(id_column) or "no id"), cells)
    row.bad.update(set(properties) - optional - set(columns))
    if len(texts) != len(columns):
        place = f"{table.label}, row {number} ({row.id})"
        expected = f"{len(columns)}, separated by single tabs, with no tab inside a text"
        table.mistakes.append(mistake(place, f"{len(texts)} cells", expected))
        row.bad.update(properties)
    return row


def _converted(text: str, part: dict) -> str | int | None:
    if not text:
        return None
    whole = "integer" in part.get("type", ()) and _WHOLE_NUMBER.fullmatch(text)
    return int(text) if whole else text


def _add_row(table: Table, row: Row, schema_name: str) -> None:
    id_column = next(iter(schema(schema_name)["properties"]))
    if not row.bad.issuperset(row.cells):
        for problem in problems(schema_name, row.cells, rules=table.sound):
            column = str(problem.path[0])
            row.bad.add(column)
            table.mistakes.append(problem.line(table.place(row, column)))
    earlier = table.rows.setdefault(row.id, row)
    if earlier is not row and row.cells.get(id_column) is not None:
        found = f"'{row.id}' as in row {earlier.number}"
        table.reject(row, id_column, found, "a different id in each row")

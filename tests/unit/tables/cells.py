"""What a reader sees in a table of a Markdown file: its cells."""

from pathlib import Path


def sections(path: str | Path) -> list[list[list[str]]]:
    """The tables of a file, each as lines of cells; the line of alignments is left out."""
    found: list[list[list[str]]] = []
    before = ""
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            if not before.startswith("|"):
                found.append([])
            found[-1].append([cell.strip() for cell in line[1:-1].split("|")])
        before = line
    for table in found:
        assert len({len(line) for line in table}) == 1, f"ragged lines: {table}"
        assert set(table.pop(1)) <= {"---", "---:"}, f"no line of alignments: {table}"
    return found


def cells(path: str | Path) -> list[list[str]]:
    """The only table of a file, the titles first."""
    (table,) = sections(path)
    return table


def words(path: str | Path) -> str:
    """The text above the first table."""
    return Path(path).read_text(encoding="utf-8").split("\n|")[0]

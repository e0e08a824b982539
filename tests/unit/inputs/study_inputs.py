"""The small study in a repository of its own, which tests damage, and what is said about it."""

import copy
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from workflow_scripts.study import study

ROOT = Path(__file__).resolve().parents[3]
FIXTURE = ROOT / "tests" / "fixtures" / "small_study"
MODELS, DATASETS, CLASSES, SOURCES = "models.tsv", "datasets.tsv", "classes.tsv", "sources.tsv"
CONFIG = "config.yaml (or --config)"
SETTINGS = "studies/small/study.yaml"

SOURCE_ROWS = (
    "source\tfile\turls\tbytes\tdigest\tdigest_origin\tterms\tobtain\n"
    "rn50\trn50.pt\thttps://example.org/rn50.pt\t\t\t\tMIT\t\n"
    "val\tval.tar\t\t\t\t\tfor research\tAsk for it.\n"
)

_LINE = re.compile(
    r"(?P<place>.+?): found (?P<found>.+), expected (?P<expected>.+?)"
    r"(; did you mean '(?P<suggestion>.+)'\?)?"
)


class Mistake(NamedTuple):
    """A line about a mistake, taken apart; every line has the first three parts."""

    place: str
    found: str
    expected: str
    suggestion: str | None

    @classmethod
    def parsed(cls, line: str) -> "Mistake":
        match = _LINE.fullmatch(line)
        assert match, f"not a line about a mistake: {line}"
        return cls(**match.groupdict())


class Workplace:
    """A repository with the study `small`."""

    def __init__(self, root: Path):
        self.root = root
        self.folder = root / "studies" / "small"
        shutil.copytree(FIXTURE, self.folder)
        self.config: Any = yaml.safe_load((ROOT / "config.yaml").read_text())
        self.config["study"] = "small"

    def load(self) -> study.Study:
        return study.load(self.root, self.config)

    def lines(self) -> list[str]:
        with pytest.raises(study.StudyError) as caught:
            self.load()
        return str(caught.value).splitlines()

    def mistakes(self) -> list[Mistake]:
        return [Mistake.parsed(line) for line in self.lines()]

    def mistake(self) -> Mistake:
        """The only mistake that there is."""
        (mistake,) = self.mistakes()
        return mistake

    def refuses(
        self, place: str, expected: str, suggestion: str | None = None, found: str = ""
    ) -> None:
        """Assert that there is one mistake, at a place, whose texts have these parts."""
        mistake = self.mistake()
        assert (mistake.place, mistake.suggestion) == (place, suggestion)
        assert expected in mistake.expected and found in mistake.found

    def rows(self, file: str) -> list[list[str]]:
        lines = (self.folder / file).read_text().splitlines()
        return [line.split("\t") for line in lines]

    def write(self, file: str, rows: list[list[str]]) -> None:
        (self.folder / file).write_text("\n".join("\t".join(row) for row in rows) + "\n")

    def at(self, file: str, name: str, column: str) -> str:
        """Where a message says that a cell is."""
        number = [row[0] for row in self.rows(file)].index(name) + 1
        return f"studies/small/{file}, row {number} ({name}), column {column}"

    def cell(self, file: str, name: str, column: str, value: str) -> None:
        """Put `value` into the cell of the first row called `name`."""
        rows = self.rows(file)
        row = next(row for row in rows if row[0] == name)
        row[rows[0].index(column)] = value
        self.write(file, rows)

    def columns(self, file: str, **cells: dict[str, str]) -> None:
        """Add columns to a table, empty but for the cells {column: {id: value}}."""
        header, *rows = self.rows(file)
        for column, values in cells.items():
            header.append(column)
            for row in rows:
                row.append(values.get(row[0], ""))
        self.write(file, [header, *rows])

    def add(self, file: str, line: str) -> None:
        with open(self.folder / file, "a") as stream:
            stream.write(line + "\n")

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def sources(self, rows: str = SOURCE_ROWS) -> None:
        (self.folder / SOURCES).write_text(rows)

    def settings(self, **changes: Any) -> None:
        path = self.folder / "study.yaml"
        path.write_text(yaml.safe_dump({**self.plain_settings(), **changes}, sort_keys=False))

    def plain_settings(self) -> dict[str, Any]:
        return copy.deepcopy(study.load(ROOT, {**self.config, "study": str(FIXTURE)}).settings)

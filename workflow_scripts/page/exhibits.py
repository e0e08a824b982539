"""Figures and tables as the page shows them: ours, what the paper says, how each is made."""

import base64
import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup
from PIL import Image

from workflow_scripts.cards.tables import Table
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import reading
from workflow_scripts.page.markdown import Text, blocks, first_sentences, plain

TITLES = {
    "Section 3": "Section 3: robustness to distribution shifts",
    "Section 4": "Section 4: outlier features and privileged directions",
    "Section 5": "Section 5: encoded concepts",
    "Appendix A": "Appendix A: the line of effective robustness",
    "Appendix C": "Appendix C: where finetuning changes a model",
    "Appendix D": "Appendix D: models other than CLIP",
    "Appendix E": "Appendix E: directions, model by model",
    "Appendix G": "Appendix G: pruning",
    "Appendix I": "Appendix I: between zero-shot and finetuned models",
    "Published evidence": "Beyond the paper: published evidence",
    "Checks": "Beyond the paper: checks of the accuracies",
    "Verification": "Verification: this run beside the reference",
}
BEYOND = "Beyond the paper"
ELSEWHERE = ("claims", "comparison")  # pages with a section of their own
SIDE, QUALITY = 900, 80  # pixels of a contact sheet, and quality of a JPEG
AS_THEY_ARE = " '=:/;,()+-.@!$?[]|^{}~*"  # characters of an SVG that an address may hold
COLUMNS = ("title", "section", "says")


class Said(NamedTuple):
    """Where the paper has a figure or table, and what it says of it."""

    title: str  # such as "Figure 1a"
    section: str
    words: str  # empty where the paper has no such page


class Shown(NamedTuple):
    """A figure or table."""

    page: str  # its id on the page
    title: str  # such as "Figure 1a"
    shows: str
    image: str  # as a data: address; empty for a table
    alt: str
    parts: list[Text | Table]  # its caption, or its text and tables
    said: str
    made: dict[str, Any]


class Section(NamedTuple):
    """A section of the paper, or beyond it."""

    name: str  # its id on the page
    title: str
    shown: list[Shown]
    absent: list[tuple[str, str]]  # titles of pages that the study lacks, and why


def read_said(path: str) -> dict[str, Said]:
    """What the paper says of each page, by page; see resources/paper.

    Raises
    ------
    InputError: the columns are others, or a page has two rows
    """
    expected = ["page", *COLUMNS]
    with reading(path, "restore it"), open(path, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    if header != expected or any(len(row) != len(expected) for row in rows):
        raise InputError(f"{path}: expected the columns {', '.join(expected)} in every row")
    found = {page: Said(*cells) for page, *cells in rows}
    if len(found) < len(rows):
        raise InputError(f"{path}: found {len(rows)} rows, expected one for each page; restore it")
    return found


def sections(
    exhibits: list[dict[str, Any]],
    files: Mapping[str, Any],
    said: Mapping[str, Said],
    absent: Mapping[str, str],
    choice: str,
) -> list[Section]:
    """All figures and tables by section, in the order of the table of what the paper says.

    Parameters
    ----------
    exhibits: what makes them, see plan/exhibits/report_page.py
    files: paths of each page's files, by page
    said: of `read_said`
    absent: pages that the study lacks, and why
    choice: how a command chooses the study
    """
    shown = {
        page: _shown(page, target, exhibit, files[page], said_of(said, page), choice)
        for exhibit in exhibits
        for page, target in exhibit["pages"].items()
        if page not in ELSEWHERE
    }
    placed: dict[str, list[str]] = {}
    for page in dict.fromkeys([*said, *shown]):
        placed.setdefault(said_of(said, page).section, []).append(page)
    return [
        Section(
            re.sub(r"\W+", "-", name.lower()),
            TITLES.get(name, name),
            [shown[page] for page in pages if page in shown],
            [
                (said_of(said, page).title, _titled(absent[page], said))
                for page in pages
                if page in absent
            ],
        )
        for name, pages in placed.items()
        if any(page in shown or page in absent for page in pages)
    ]


def _titled(text: str, said: Mapping[str, Said]) -> str:
    """A text with the titles of pages in the place of their names."""
    return re.sub(r"\b(figure|table)_\w+", lambda found: said_of(said, found[0]).title, text)


def made_elsewhere(exhibits: list[dict[str, Any]], choice: str) -> dict[str, dict[str, Any]]:
    """How the pages are made that have a section of their own, with their titles, by page."""
    return {
        page: {"title": f"the table {page}", "made": made(exhibit, target, choice)}
        for exhibit in exhibits
        for page, target in exhibit["pages"].items()
        if page in ELSEWHERE
    }


def said_of(said: Mapping[str, Said], page: str) -> Said:
    """The row of a page; of one that has none, a title of its name."""
    return said.get(page) or Said(page.replace("_", " ").capitalize(), BEYOND, "")


def _shown(
    page: str, target: str, exhibit: dict[str, Any], files: list[str], said: Said, choice: str
) -> Shown:
    text = Path(files[-1]).read_text(encoding="utf-8")
    parts = blocks(text)
    is_figure = exhibit["stage"] == "figures"
    heading = parts[0].heading if isinstance(parts[0], Text) else ""
    # "Figure 1a. Effective robustness." has the title in it.
    own = heading.removeprefix(f"{said.title}. ").rstrip(".")
    return Shown(
        page,
        said.title,
        own or exhibit["shows"],
        svg_address(svg_of(files)) if is_figure else "",
        first_sentences(text) if is_figure else "",
        [each if isinstance(each, Text) else _filled(each) for each in parts],
        plain(said.words).replace(" %", "\N{NO-BREAK SPACE}%"),
        made(exhibit, target, choice),
    )


def _filled(table: Table) -> Table:
    """A table whose first column says in every line what the line is of: lines can be sorted."""
    lines, name = [], ""
    for line in table.lines:
        name = line[0] or name
        lines.append([name, *line[1:]])
    return table._replace(lines=lines)


def svg_of(files: list[str]) -> str:
    """The SVG among a figure's files."""
    return next(path for path in files if path.endswith(".svg"))


def made(exhibit: dict[str, Any], target: str, choice: str) -> dict[str, Any]:
    """How a page is made, in words."""
    return {
        "rule": exhibit["rule"],
        "script": exhibit["script"],
        "measures": exhibit["measures"],
        "resources": exhibit["resources"],
        "command": f"snakemake --cores 2 {target}{choice}",
    }


def data_address(content: bytes, kind: str) -> str:
    """Bytes as a data: address."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def svg_address(path: str | Path) -> Markup:
    """An SVG as a data: address: as text, which is a fifth shorter than in base64.

    It can stand between double quotes as it is. A line break has to become a space, since browsers
    take line breaks out of addresses.
    """
    text = re.sub(r"\s*\n\s*", " ", Path(path).read_text(encoding="utf-8").strip())
    if "'" not in text:
        text = text.replace('"', "'")
    return Markup(f"data:image/svg+xml,{quote(text, safe=AS_THEY_ARE)}")


def contact_sheet(path: str) -> str:
    """A contact sheet as a data: address, small enough for a page."""
    with reading(path), Image.open(path) as image:
        small = image.convert("RGB")
        small.thumbnail((SIDE, SIDE))
    return jpeg_address(small)


def jpeg_address(image: Image.Image) -> str:
    """A picture as the data: address of a JPEG."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=QUALITY, optimize=True)
    return data_address(stream.getvalue(), "image/jpeg")

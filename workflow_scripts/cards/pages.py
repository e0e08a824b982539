"""A card as a page, as Markdown and as JSON."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from workflow_scripts.cards.indicators import INDICATORS, UNITS, Measured, row_of
from workflow_scripts.cards.sections import Section
from workflow_scripts.cards.tables import Table
from workflow_scripts.cards.words import SCOPE
from workflow_scripts.reporting.families import Model
from workflow_scripts.reporting.texts import markdown_rows, paragraph

FOLDER = Path(__file__).resolve().parent
LEADING = 20  # components of a model in the JSON; all are in the measure's table
FORMAT = 1  # of the JSON: raised when a key changes its meaning or goes


class Card(NamedTuple):
    """What a card says, whatever its form."""

    title: str
    sentences: list[str]  # which study, models and images it is of
    summary: Table
    sections: list[Section]
    missing: list[dict[str, str]]  # `part` and `reason` of what the study does not allow
    origin: str  # how it was made


def html(card: Card) -> str:
    """The card as a page that needs nothing beside itself."""
    template = templates().get_template("card.html.jinja")
    return template.render(**card._asdict(), scope=SCOPE) + "\n"


def templates(*folders: Path) -> Environment:
    """The templates of some folders, and those of the card, whose parts they may share."""
    loader = FileSystemLoader([*folders, FOLDER])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)


def markdown(card: Card) -> str:
    """The card as Markdown, without its pictures."""
    parts = [f"# {card.title}", " ".join(card.sentences), _table(card.summary), SCOPE]
    for section in card.sections:
        words = section.words
        parts += [f"## {words.title}", words.what, *section.notes]
        parts += [_table(table) for table in section.tables]
        parts += [
            paragraph("What it means.", words.means).strip(),
            paragraph("What it does not mean.", words.not_means).strip(),
        ]
    if card.missing:
        lines = (f"- **{each['part'].capitalize()}**: {each['reason']}." for each in card.missing)
        parts += ["## What is not here", "\n".join(lines)]
    return "\n\n".join([*parts, card.origin]) + "\n"


def _table(table: Table) -> str:
    rows = markdown_rows([table.titles, ["---"] * len(table.titles), *table.lines])
    return f"**{table.caption}**\n\n{rows}".strip()


def as_json(
    measured: Measured,
    models: list[Model],
    references: pd.DataFrame,
    *,
    missing: list[dict[str, str]],
    **facts: Any,
) -> dict[str, Any]:
    """All numbers of a card; what is undefined is None.

    Parameters
    ----------
    measured: of `indicators.read`
    models: rows of models.tsv
    references: of `references.of_paper` and `of_miniature`
    missing: as in `Card`
    facts: what else to say of the study
    """
    described = {
        name: {
            "title": indicator.title,
            "unit": UNITS[indicator.kind],
            "interval": indicator.interval or None,
        }
        for name, indicator in INDICATORS.items()
        if name in measured.values
    }
    components = measured.details["components"]
    leading = components[components["place"] <= LEADING]
    details = measured.details | {"components": leading}
    return {
        "format": FORMAT,
        **facts,
        "indicators": described,
        "models": [
            dict(model)
            | {"values": {name: _plain(row_of(table, model["model"]))
                          for name, table in measured.values.items()}}
            | {"tables": {name: _rows(table[table["model"] == model["model"]])
                          for name, table in details.items()}}
            for model in models
        ],
        "references": _rows(references, keep=True),
        "not_computed": missing,
    }  # fmt: skip


def _rows(table: pd.DataFrame, keep: bool = False) -> list[dict[str, Any]]:
    """Rows of a table without the model, which is said already, unless all columns are kept."""
    own = table if keep else table.drop(columns="model")
    return [_plain(row) for row in own.to_dict("records")]


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Cells as JSON has them."""
    return {
        key: None if pd.isna(cell) else cell.item() if hasattr(cell, "item") else cell
        for key, cell in row.items()
    }

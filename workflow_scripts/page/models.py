"""Every model in a card of its own: how it was trained, and all that was measured of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from workflow_scripts.cards.indicators import (
    INDICATORS,
    SHARE,
    Measured,
    row_of,
    with_interval,
    written,
)
from workflow_scripts.cards.tables import Table
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.reading import reading
from workflow_scripts.reporting.concepts import display_name
from workflow_scripts.reporting.families import OTHER, Model, look_of
from workflow_scripts.reporting.reproduced_numbers import SIGN
from workflow_scripts.study.pool import label_of

TOP = 5  # concepts of the most privileged direction
# What a card says of a training, in this order, and how; its recipe has keys of its own
TRAINING = {
    "origin": "Kind of training",
    "dataset": "Trained on",
    "images": "Images",
    "seed": "Seed",
    "precision": "Precision",
    "logit_scale": "Logit scale at the end",
}


class ModelCard(NamedTuple):
    """A model and what is known of it."""

    id: str
    family: str
    colour: str
    label: str  # backbone and pretraining data
    parent: str
    training: list[tuple[str, str]]
    indicators: Table
    accuracies: Table
    concepts: list[tuple[str, str]]  # names, and their average precision


def cards(
    models: list[Model], measured: Measured, files: list[str], top: str | None
) -> list[ModelCard]:
    """A card of each model.

    Parameters
    ----------
    models: rows of models.tsv
    measured: of `cards.indicators.read`
    files: card.json of each model's bundle, in the order of `models`
    top: table of the concepts of the most privileged directions; None without concepts
    """
    concepts = _top_concepts(top) if top else {}
    return [
        _card(model, measured, path, concepts.get(model["model"], []))
        for model, path in zip(models, files, strict=True)
    ]


def _card(
    model: Model, measured: Measured, path: str, concepts: list[tuple[str, str]]
) -> ModelCard:
    with reading(path):
        bundle = json.loads(Path(path).read_text(encoding="utf-8"))
    lines = [
        [INDICATORS[name].title, with_interval(row, INDICATORS[name].kind)]
        for name, table in measured.values.items()
        if not pd.isna((row := row_of(table, model["model"]))["value"])
    ]
    return ModelCard(
        id=model["model"],
        family=_family(model),
        colour=look_of(model).colour,
        label=f"{model['backbone']} {label_of(model) or ''}".strip(),
        parent=bundle.get("parent") or "",
        training=training(bundle.get("training") or {}),
        indicators=Table(f"Indicators of {model['model']}", ["Indicator", "Value"], lines),
        accuracies=_accuracies(model["model"], measured),
        concepts=concepts,
    )


def _family(model: Model) -> str:
    """The family as displayed; its id if it is none of those compared."""
    look = look_of(model)
    return model["family"] if look == OTHER else look.name


def training(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How a model was trained, in pairs of what and how; what is not set is left out."""
    named = [(title, said.get(key)) for key, title in TRAINING.items()]
    recipe = said.get("recipe") or {}
    told = (*TRAINING, "recipe", "study")
    others = {**recipe, **{key: value for key, value in said.items() if key not in told}}
    named += [(key, value) for key, value in others.items() if key != "origin"]
    return [
        (title.replace("_", " ").capitalize(), _worded(value))
        for title, value in named
        if value is not None and value != ""
    ]


def _worded(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_worded(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_worded, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _accuracies(model: str, measured: Measured) -> Table:
    rows = measured.details.get("accuracy", pd.DataFrame(columns=["model"]))
    lines = [
        [row["dataset"], with_interval({**row, "value": row["accuracy"]}, SHARE)]
        for row in rows[rows["model"] == model].to_dict("records")
    ]
    return Table(f"Accuracies of {model}", ["Data set", "Accuracy"], lines)


def _top_concepts(path: str) -> dict[str, list[tuple[str, str]]]:
    """The best concepts of each model's most privileged direction, with their precision."""
    table = read_table(path, ("model", "sign", "place", "name", "average_precision"))
    table = table[(table["sign"] == SIGN) & (table["place"] <= TOP)]
    return {
        str(model): [
            (display_name(row["name"]), f"{row['average_precision']:.2f}")
            for row in rows.sort_values("place").to_dict("records")
        ]
        for model, rows in table.groupby("model", sort=False)
    }


def summary(models: list[Model], measured: Measured) -> Table:
    """All indicators of all models, a line a model, with its family."""
    names = list(measured.values)

    def value(name: str, model: Model) -> str:
        row = row_of(measured.values[name], model["model"])
        return written(row["value"], INDICATORS[name].kind)

    lines = [
        [
            model["model"],
            _family(model),
            *(value(name, model) for name in names),
        ]
        for model in models
    ]
    titles = ["Model", "Family", *(INDICATORS[name].title for name in names)]
    return Table("All indicators of all models", titles, lines)

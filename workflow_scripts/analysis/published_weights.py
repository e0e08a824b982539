"""What is published of the very weights that a model has: tables, names, accuracies."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from workflow_scripts.analysis.published_accuracies import read_accuracies
from workflow_scripts.job.errors import InputError
from workflow_scripts.study.mistakes import mistake

# The columns that name a model in each table of resources/published
KEYS = {
    "open_clip": ("architecture", "tag"),
    "timm": ("model", "image_size"),
    "torchvision": ("model",),
    "model_soups": ("model",),
}
QUICK = "-quickgelu"  # open_clip's ending of architectures whose activation function is QuickGELU

# Rows of accuracies by table and key
Tables = dict[str, dict[tuple[Any, ...], dict[Any, Any]]]


class Weights(NamedTuple):
    """What of a model's row tells which weights it has.

    published: table and name, such as "open_clip:openai"; empty if nobody published any
    architecture: the name of its file
    size: of its images, in pixels
    stated: whether the study's tables say so, and not the architecture
    """

    published: str
    architecture: str
    size: int
    stated: bool


def read_published_tables(paths: Mapping[str, str]) -> Tables:
    """The rows of the tables, checked, by the names in `KEYS` and by key.

    Raises
    ------
    InputError: a table is damaged.
    """
    found: Tables = {}
    for name, columns in KEYS.items():
        rows = read_accuracies(paths[name], columns, []).to_dict("records")
        found[name] = {tuple(row[each] for each in columns): row for row in rows}
    return found


def published_row(tables: Tables, model: str, weights: Weights) -> tuple[str, Mapping[Any, Any]]:
    """The published row of a model's weights: its name, and accuracies by column; none is ("", {}).

    Raises
    ------
    InputError: the study names a row that the table does not have.
    """
    if not weights.published:
        return "", {}
    table, name = weights.published.split(":", 1)
    for key in _keys(table, name, weights):
        if key in tables[table]:
            return " ".join([table, *map(str, key)]), tables[table][key]
    if not weights.stated:
        return "", {}
    wanted = dict(zip(KEYS[table], _keys(table, name, weights)[0], strict=True))
    column = "tag" if table == "open_clip" else "model"
    raise InputError(
        mistake(
            f"models.tsv, row {model}, column published (or that of its source)",
            f"'{weights.published}'",
            f"a row of resources/published/{table}_accuracy.csv with "
            + ", ".join(f"{key} {value}" for key, value in wanted.items()),
            name=name,
            valid=dict.fromkeys(row[column] for row in tables[table].values()),
        )
    )


def otherwise_activated(tables: Tables, weights: Weights, column: str) -> tuple[str, float]:
    """Architecture and accuracy that are published of an open_clip's weights with the other GELU.

    Returns
    -------
    NaN if there are none.
    """
    table, _, tag = weights.published.partition(":")
    name = weights.architecture
    other = name.removesuffix(QUICK) if name.endswith(QUICK) else f"{name}{QUICK}"
    row = tables["open_clip"].get((other, tag), {}) if table == "open_clip" else {}
    return other, row.get(column, float("nan"))


def _keys(table: str, name: str, weights: Weights) -> list[tuple[Any, ...]]:
    """Keys under which a row may stand, the exact one first."""
    if table == "open_clip":
        # OpenAI's are all QuickGELU, so that not every architecture is listed under both names.
        architectures = dict.fromkeys([weights.architecture, weights.architecture.split(QUICK)[0]])
        return [(each, name) for each in architectures]
    return [(name, weights.size)] if table == "timm" else [(name,)]

"""Effective robustness of the study's models by what is published of their very weights.

It needs no image of the shifts. Numbers over five shifts (open_clip, Model soups) and over four
(timm, which lacks ObjectNet) have lines of their own and are not to be compared.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workflow_scripts.analysis.published_accuracies import FIVE, FOUR, shift_columns
from workflow_scripts.analysis.published_weights import (
    Weights,
    published_row,
    read_published_tables,
)
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import PUBLISHED_VARIANT, read_table
from workflow_scripts.method.robustness import Line, effective_robustness

COLUMNS = ["model", "published_as", "shifts", "accuracy", "shift_accuracy", "effective_robustness"]


def row_of(
    name: str, accuracies: Mapping[Any, Any], lines: Mapping[int, Line]
) -> dict[str, Any] | None:
    """A row of the table without the model; None if no shifts are published.

    Parameters
    ----------
    name, accuracies: of `published_row`.
    lines: line by the number of shifts.
    """
    for shifts in (FIVE, FOUR):
        columns = shift_columns(PUBLISHED_VARIANT, shifts)
        if all(column in accuracies for column in columns):
            accuracy, line = accuracies["imagenet"], lines[shifts]
            shift = sum(accuracies[column] for column in columns) / shifts
            robustness = effective_robustness(shift, accuracy, line.slope, line.intercept)
            values = (name, shifts, accuracy, shift, robustness)
            return dict(zip(COLUMNS[1:], values, strict=True))
    return None


def main(
    published: Mapping[str, str], lines: str, output: str, *, models: list[dict[str, Any]]
) -> None:
    """Look up every model, and measure it above the ImageNet testbed's line of the same shifts.

    Parameters
    ----------
    published: CSVs of resources/published, see `published_weights.KEYS`
    lines: measures/robustness/published_finetuned/lines.csv
    output: CSV to write, a row a model of whose weights accuracies on the shifts are published:
        `COLUMNS`, where shifts is their number
    models: model, and the fields of `Weights`

    Raises
    ------
    InputError: a table is damaged, or the study names a row that is not published.
    """
    tables = read_published_tables(published)
    fits = read_table(lines, ("shifts", "used", *Line._fields))
    used = {
        row["shifts"]: Line(*(row[name] for name in Line._fields))
        for row in fits[fits["used"]].to_dict("records")
    }
    rows = []
    for model in models:
        weights = Weights(**{key: model[key] for key in Weights._fields})
        row = row_of(*published_row(tables, model["model"], weights), used)
        if row:
            rows.append({"model": model["model"], **row})
    write_csv(output, pd.DataFrame(rows, columns=COLUMNS))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        inputs = named_inputs(snakemake)
        main(inputs, inputs.pop("lines"), snakemake.output.table, **snakemake.params.settings)

"""Read the tidy tables of the measures: CSVs with one row for each observation."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import reading

# ASSUME: open_clip publishes accuracies on ImageNet-V2's matched-frequency variant only, so the
# paper's checkpoints are plotted with it, and with the line of the same variant.
PUBLISHED_VARIANT = "matched-frequency"
SINGLE = "_replicates"  # behind a column's name: its values in the single replicates
# The paper's robust zero-shot models, and those of its Appendix D.
PUBLISHED_POOLS = ("paper", "coca")


def read_table(path: str | Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read a CSV that must have the given columns; one without rows is given those it lacks.

    Raises
    ------
    InputError: it cannot be read as CSV, or a column is missing.
    """
    with reading(path):
        table = pd.read_csv(path)
    missing = [column for column in columns if column not in table]
    # A measure of no model has no row from which its columns could be known.
    if table.empty:
        return table.reindex(columns=[*table, *missing])
    if missing:
        raise InputError(
            f"{path}: found the columns {', '.join(map(str, table))}, expected also "
            f"{', '.join(missing)}; delete the file and run again."
        )
    return table


def rows_of(
    path: str | Path,
    models: list[dict[str, Any]],
    columns: Iterable[str],
    dataset: str | None = None,
) -> pd.DataFrame:
    """Read the row of each model, as numbers indexed by model id in the order of `models`.

    Parameters
    ----------
    path: CSV with one row per model, or per model and data set.
    models: rows of models.tsv.
    columns: wanted columns, all of them numbers; an empty cell is NaN.
    dataset: data set whose rows are meant, where the table holds several.

    Raises
    ------
    InputError: a column is missing, or a model has no row or several.
    """
    columns = list(columns)
    table = read_table(path, ["model", *columns] + (["dataset"] if dataset else []))
    if dataset:
        table = table[table["dataset"] == dataset]
    ids = [model["model"] for model in models]
    counts = table["model"].value_counts().reindex(ids, fill_value=0)
    wrong = counts[counts != 1]
    if len(wrong):
        place = f" on {dataset!r}" if dataset else ""
        raise InputError(
            f"{path}: found {wrong.iloc[0]} rows of model {wrong.index[0]!r}{place}, expected "
            "exactly one; delete the file and run again."
        )
    return table.set_index("model").loc[ids, columns].astype(float)


def read_values(
    path: str | Path,
    models: list[dict[str, Any]],
    columns: tuple[str, str, str],
    dataset: str | None = None,
) -> pd.DataFrame:
    """Read one value with its interval for each model, as columns value, low, high.

    `columns` names the value and the lower and upper end of its interval; otherwise as `rows_of`.
    Of a mean over replicates there are also its `replicates`, a list of numbers.
    """
    values = rows_of(path, models, columns, dataset).set_axis(["value", "low", "high"], axis=1)
    table = read_table(path, ())
    own = table[table["dataset"] == dataset] if dataset else table
    return with_replicates(values, own, columns[0])


def with_replicates(values: pd.DataFrame, table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Values by model, with the single `replicates` of a column of means, if a table has them."""
    if column + SINGLE not in table:
        return values
    single = table.set_index("model")[column + SINGLE]
    return values.assign(replicates=single.map(single_values))


def single_text(values: Iterable[float]) -> str:
    """Values of single replicates as text; empty if one is undefined."""
    numbers = [*values]
    return "" if any(map(math.isnan, numbers)) else " ".join(f"{each:.10g}" for each in numbers)


def single_values(text: Any) -> list[float]:
    """The values of `single_text`; none of what is no text."""
    return [float(value) for value in text.split()] if isinstance(text, str) else []


def read_points(path: str | Path, models: list[dict[str, Any]]) -> pd.DataFrame:
    """Read both accuracies of each model: columns accuracy and shift_accuracy, as `rows_of`."""
    return rows_of(path, models, ("accuracy", "shift_accuracy"))


def read_line(path: str | Path, variant: str | None = None) -> pd.Series:
    """Read slope, intercept and r of the baseline line, of one variant where there are several.

    Raises
    ------
    InputError: a column is missing, or there is not exactly one such line.
    """
    columns = ["slope", "intercept", "r"]
    table = read_table(path, columns + (["variant"] if variant else []))
    if variant:
        table = table[table["variant"] == variant]
    if len(table) != 1:
        raise InputError(
            f"{path}: found {len(table)} lines{f' of {variant}' if variant else ''}, expected "
            "exactly one; delete the file and run again."
        )
    return table[columns].iloc[0]


def read_published(path: str | Path) -> pd.DataFrame:
    """Read the published checkpoints of the paper's models, one row each.

    Raises
    ------
    InputError: a column is missing, or there is no such checkpoint.
    """
    needed = ("model", "pool", "family", "backbone", "pretraining", "variant", "accuracy")
    measured = ("shift_accuracy", "percent_acc", "effective_robustness")
    table = read_table(path, needed + measured)
    chosen = table["pool"].isin(PUBLISHED_POOLS) & (table["variant"] == PUBLISHED_VARIANT)
    if not chosen.any():
        raise InputError(
            f"{path}: found no checkpoint of the pools {', '.join(PUBLISHED_POOLS)} with "
            f"ImageNet-V2 {PUBLISHED_VARIANT}, expected the paper's; delete the file and run again."
        )
    return table[chosen].reset_index(drop=True)


def published_models(published: pd.DataFrame) -> list[dict[str, Any]]:
    """Published checkpoints in the form of rows of models.tsv."""
    columns = ["model", "family", "backbone", "pretraining"]
    return [dict(zip(columns, row, strict=True)) for row in published[columns].to_numpy().tolist()]


def published_values(
    published: pd.DataFrame, column: str
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Models and values of published checkpoints, in the form of `read_values`, no intervals."""
    values = pd.DataFrame({"value": published[column].to_numpy()}, index=published["model"])
    return published_models(published), values.assign(low=float("nan"), high=float("nan"))

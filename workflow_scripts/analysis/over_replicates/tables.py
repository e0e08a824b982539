"""The same table of several replicates: which of its columns say which row it is, which measure.

A replicate is one complete draw of the experiment: other seeds of all trainings, the same images.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from workflow_scripts.files.tables import SINGLE, read_table, single_text
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.replicates import over_replicates

# Numbers that say which row it is; besides, all words do
KEYS = {"alpha", "direction", "epoch", "number", "other_number", "pruned", "quantile", "threshold"}
ENDS = ("low", "high", "lowest", "highest")  # of intervals and ranges; of a column, below its name
NO_LABEL = ["in_line", "left_out_models"]  # what may differ without the row being another one
RANGES = {"concepts": ("draws_low", "draws_high")}


def read_alike(path: str) -> pd.DataFrame:
    """A table whose rows are told apart by their labels, which index it; equal rows are one.

    Raises
    ------
    InputError: two rows have the same labels
    """
    # Few directions are pruned in fewer steps than there are points: some rows are there twice.
    table = read_table(path, ()).drop_duplicates()
    table.index = pd.Index(labels(table), dtype=object)
    if len(twice := table.index[table.index.duplicated()]):
        raise InputError(
            f"{path}: found two rows {twice[0]!r}, expected one; a column that tells them apart is "
            "missing in KEYS of analysis/over_replicates/tables.py."
        )
    return table


def labels(table: pd.DataFrame) -> list[str]:
    """What says which row it is, for each row of a table."""
    table = table.drop(columns=NO_LABEL, errors="ignore")
    words = [name for name in table if name in KEYS or not _is_number(table[name])]
    texts = table[words].astype(object).fillna("").astype(str).to_numpy().tolist()
    return ["; ".join(filter(None, row)) for row in texts]


def measured(table: pd.DataFrame) -> list[str]:
    """Columns of numbers that are measured: no labels, and no ends of another one's interval."""
    return [name for name in _numbers(table) if not name.endswith(ENDS)]


def _numbers(table: pd.DataFrame) -> list[str]:
    kept = table.drop(columns=NO_LABEL, errors="ignore")
    return [name for name in map(str, kept) if name not in KEYS and _is_number(kept[name])]


def _is_number(column: pd.Series) -> bool:
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def ends_of(name: str, columns: list[str]) -> tuple[str, str] | None:
    """The columns with the ends of a column's interval; None if it has none.

    They are named after it, or stand behind it.
    """
    if name in RANGES and RANGES[name][0] in columns:
        return RANGES[name]
    if f"{name}_low" in columns and (f"{name}_low", f"{name}_high") not in RANGES.values():
        return f"{name}_low", f"{name}_high"
    behind = columns[columns.index(name) + 1 :][:2]
    return ("low", "high") if behind == ["low", "high"] else None


def mean_table(paths: Sequence[str], confidence: float) -> pd.DataFrame:
    """A table of the means over replicates, in the form of the table of one.

    Parameters
    ----------
    paths: of the table in each replicate.
    confidence: of its intervals.

    Returns
    -------
    Its rows, in the order of the first replicate; its numbers are means, with intervals of
    `over_replicates` where the table has some. Column `<name>_replicates` has the values of the
    single replicates of a column with intervals, as text.

    Raises
    ------
    InputError: two rows have the same labels, or the replicates have other rows
    """
    tables = [read_alike(path) for path in paths]
    first = tables[0]
    for path, table in zip(paths, tables, strict=True):
        if len(other := first.index.symmetric_difference(table.index)):
            raise InputError(
                f"{path}: found other rows than in {paths[0]}, such as {other[0]!r}, expected the "
                "same; delete both and run again."
            )
    every = [table.loc[first.index] for table in tables]
    result = first.copy()

    def stacked(name: str) -> np.ndarray:
        return np.stack([table[name].to_numpy(float) for table in every])

    intervals = {name: ends_of(name, [*map(str, first)]) for name in measured(first)}
    every_end = {end for ends in intervals.values() for end in ends or ()}
    for name in _numbers(first):
        if name in every_end:
            continue
        if not (ends := intervals.get(name)):
            result[name] = stacked(name).mean(axis=0)
            continue
        low, high = map(stacked, ends)
        columns = over_replicates(stacked(name), low, high, confidence)
        result[[name, *ends]] = np.stack(columns, axis=1)
        result[name + SINGLE] = [single_text(values) for values in stacked(name).T]
    return result

"""The numbers that the paper states, as transcribed in resources/paper, and their rounding."""

from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.families import FAMILIES

# What a number is of; the same columns label what a study reproduces.
KEYS = ["measure", "family", "backbone", "pretraining", "concept"]
COLUMNS = ["place", "quantity", *KEYS, "value", "unit", "decimals", "doubt"]
UNITS = ("", "%")
# Shares are stored with ten digits, so a half is met only up to the last of them.
SLACK = 1e-8


def read_numbers(paths: Iterable[str | Path], measures: Collection[str]) -> pd.DataFrame:
    """Read tables of the paper's numbers, one below the other.

    Parameters
    ----------
    paths: files with the columns `COLUMNS`, separated by tabs
    measures: names that the column `measure` may have; it may also be empty

    Returns
    -------
    All columns are text but `decimals`, int: how many decimals the value is rounded to, which is
    how it is printed unless the paper drops trailing zeros. `paper` is added, the value as float.

    Raises
    ------
    InputError: a column is missing or unknown, or a cell is not what its column holds
    """
    return pd.concat([_read(path, measures) for path in paths], ignore_index=True)


def _read(path: str | Path, measures: Collection[str]) -> pd.DataFrame:
    # As text, which keeps the zeros that the paper prints.
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    if list(table) != COLUMNS:
        raise InputError(
            f"{path}: found columns {', '.join(table.columns)}, expected {', '.join(COLUMNS)}; "
            "restore it."
        )
    _allow(path, table, "measure", ["", *measures])
    _allow(path, table, "family", ["", *FAMILIES])
    _allow(path, table, "unit", UNITS)
    _demand(path, table, "decimals", table["decimals"].str.fullmatch("[0-9]"), "one digit")
    values = pd.to_numeric(table["value"], errors="coerce")
    _demand(path, table, "value", values.notna(), "a number")
    twice = table.duplicated(["place", "quantity", *KEYS])
    _demand(path, table, "quantity", ~twice, "each number once in a place")
    return table.assign(decimals=table["decimals"].astype(int), paper=values)


def _allow(path: str | Path, table: pd.DataFrame, column: str, names: Collection[str]) -> None:
    _demand(path, table, column, table[column].isin(names), f"one of {', '.join(names)}")


def _demand(
    path: str | Path, table: pd.DataFrame, column: str, good: pd.Series, expected: str
) -> None:
    """Refuse the first row that is not good.

    Raises
    ------
    InputError: there is one; the header is row 1
    """
    if not good.all():
        row = int((~good).to_numpy().argmax())
        raise InputError(
            f"{path}, row {row + 2}, column {column}: found {table[column].iloc[row]!r}, expected "
            f"{expected}."
        )


def half_unit(decimals: pd.Series) -> pd.Series:
    """Half a unit of the last decimal: how far a rounded number may be from the exact one."""
    return 0.5 * 10.0**-decimals


def within_rounding(value: pd.Series, paper: pd.Series, decimals: pd.Series) -> pd.Series:
    """Whether a value could have been printed as the paper's number; a half may go either way.

    All are in the paper's unit; False where the value is missing.
    """
    return (value - paper).abs() <= half_unit(decimals) + SLACK


def may_cover(low: pd.Series, high: pd.Series, paper: pd.Series, decimals: pd.Series) -> pd.Series:
    """Whether an interval meets the numbers that are printed as the paper's; False without one."""
    half = half_unit(decimals) + SLACK
    return (low <= paper + half) & (high >= paper - half)

"""Every number of the measures and every verdict, with its spread over the replicates.

A replicate is one complete draw of the experiment: other seeds of all trainings, the same images.
So numbers spread over replicates by the seeds, and in each have intervals by the choice of images.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from scipy import stats

from workflow_scripts.analysis.claims import FAILS, HOLDS, NOT_INFORMATIVE, OPEN
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError

# Numbers that say which row it is; besides, all words do
KEYS = {"alpha", "direction", "epoch", "number", "other_number", "pruned", "quantile", "threshold"}
ENDS = ("low", "high", "lowest", "highest")  # of intervals and ranges; of a column, below its name
NO_LABEL = ["in_line", "left_out_models"]  # what may differ without the row being another one
RANGES = {"concepts": ("draws_low", "draws_high")}
COUNTS = {"holds": HOLDS, "fails": FAILS, "not_informative": NOT_INFORMATIVE, "open": OPEN}
DIFFERS = "differs"


def numbers(tables: Mapping[str, Sequence[str]], confidence: float) -> pd.DataFrame:
    """The numbers of all tables.

    Parameters
    ----------
    tables: by its name, the paths of a table in each replicate.
    confidence: of the intervals in the tables.

    Raises
    ------
    InputError: two rows of a table have the same labels

    Returns
    -------
    A row for each number: table, row (what its words and keys say), column, replicates (how many
    have it), mean, standard_deviation over them, lowest, highest, and of the interval over images
    the standard deviation that its half-width stands for, on average (images; empty without one).
    """
    parts = []
    for name, paths in tables.items():
        every = pd.concat([_apart(path, confidence) for path in paths])
        groups = every.groupby(["row", "column"], sort=False)
        summary = groups["value"].agg(["count", "mean", "std", "min", "max"])
        summary = summary.assign(images=groups["images"].mean()).reset_index()
        parts.append(summary.assign(table=name))
    found = pd.concat(parts).rename(
        columns={"count": "replicates", "std": "standard_deviation", "min": "lowest",
                 "max": "highest"}
    )  # fmt: skip
    return found[["table", "row", "column", "replicates", "mean", "standard_deviation", "lowest",
                  "highest", "images"]]  # fmt: skip


def _apart(path: str, confidence: float) -> pd.DataFrame:
    """One replicate's table as `long` gives it, whose rows must be told apart by their labels."""
    # Few directions are pruned in fewer steps than there are points: some rows are there twice.
    found = long(read_table(path, ()), confidence).drop_duplicates()
    if len(twice := found[found.duplicated(["row", "column"])]):
        raise InputError(
            f"{path}: found two rows {twice['row'].iloc[0]!r}, expected one; a column that tells "
            f"them apart is missing in KEYS of {Path(__file__).name}."
        )
    return found


def long(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """One replicate's table with a row a number: row, column, value, images."""
    table = table.drop(columns=NO_LABEL, errors="ignore")
    words = [name for name in table if name in KEYS or not _is_number(table[name])]
    texts = table[words].astype(object).fillna("").astype(str).to_numpy().tolist()
    labels = ["; ".join(filter(None, row)) for row in texts]
    quantile = stats.norm.ppf((1 + confidence) / 2)
    parts = [pd.DataFrame({"row": [], "column": [], "value": [], "images": []}, dtype=float)]
    for name in map(str, table):
        if name in words or name.endswith(ENDS):
            continue
        ends = ends_of(name, [*table])
        half = (table[ends[1]] - table[ends[0]]) / 2 if ends else np.nan
        part = {"row": labels, "column": name, "value": table[name].astype(float)}
        parts.append(pd.DataFrame({**part, "images": half / quantile}).dropna(subset="value"))
    return pd.concat([part for part in parts if len(part)] or parts)


def _is_number(column: pd.Series) -> bool:
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def ends_of(name: str, columns: list[str]) -> tuple[str, str] | None:
    """The columns with the ends of a column's interval; None if it has none.

    They are named after it, or stand behind it.
    """
    if name in RANGES and RANGES[name][0] in columns:
        return RANGES[name]
    if f"{name}_low" in columns:
        return f"{name}_low", f"{name}_high"
    behind = columns[columns.index(name) + 1 :][:2]
    return ("low", "high") if behind == ["low", "high"] else None


def verdicts(paths: Sequence[str]) -> pd.DataFrame:
    """The verdicts of all replicates on each claim.

    Parameters
    ----------
    paths: of the summaries of the replicates' claims.

    Returns
    -------
    A row a claim: id, source, statement, verdict (or "differs"), how many replicates have each
    (`COUNTS`), and the verdicts in the order of the replicates.

    Raises
    ------
    InputError: the replicates have other claims
    """
    tables = [read_table(path, ("id", "source", "statement", "verdict")) for path in paths]
    for path, table in zip(paths, tables, strict=True):
        if table["id"].tolist() != tables[0]["id"].tolist():
            raise InputError(f"{path}: found other claims than in {paths[0]}; run again.")
    each = pd.concat([table["verdict"] for table in tables], axis=1).to_numpy()
    same = (each == each[:, :1]).all(axis=1)
    return tables[0][["id", "source", "statement"]].assign(
        verdict=np.where(same, each[:, 0], DIFFERS),
        **{name: (each == verdict).sum(axis=1) for name, verdict in COUNTS.items()},
        verdicts=["; ".join(row) for row in each],
    )


def main(
    tables: Mapping[str, Sequence[str]],
    summaries: Sequence[str],
    numbers_path: str,
    verdicts_path: str,
    *,
    confidence: float,
) -> None:
    """Put the replicates together.

    Parameters
    ----------
    tables, confidence: see `numbers`
    summaries: see `verdicts`
    numbers_path, verdicts_path: CSV to write

    Raises
    ------
    InputError: a table lacks a column, or the replicates have other claims
    """
    write_csv(numbers_path, numbers(tables, confidence))
    write_csv(verdicts_path, verdicts(summaries))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        inputs = named_inputs(snakemake)
        main(
            {name: inputs[name] for name in snakemake.params.settings["tables"]},
            inputs["verdicts"],
            snakemake.output.numbers,
            snakemake.output.verdicts,
            confidence=snakemake.params.settings["confidence"],
        )

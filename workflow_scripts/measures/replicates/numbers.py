"""Every number of the measures, with its spread over the replicates and over the images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.analysis.over_replicates.tables import ends_of, measured, read_alike
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import single_text


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
    the standard deviation that its half-width stands for, on average (images; empty without one),
    values (those of the single replicates, as text).
    """
    parts = []
    for name, paths in tables.items():
        every = pd.concat([long(read_alike(path), confidence) for path in paths])
        groups = every.groupby(["row", "column"], sort=False)
        summary = groups["value"].agg(["count", "mean", "std", "min", "max"])
        single = groups["value"].agg(single_text)
        summary = summary.assign(images=groups["images"].mean(), values=single).reset_index()
        parts.append(summary.assign(table=name))
    found = pd.concat(parts).rename(
        columns={"count": "replicates", "std": "standard_deviation", "min": "lowest",
                 "max": "highest"}
    )  # fmt: skip
    return found[["table", "row", "column", "replicates", "mean", "standard_deviation", "lowest",
                  "highest", "images", "values"]]  # fmt: skip


def long(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """One replicate's table, of `read_alike`, with a row a number: row, column, value, images."""
    quantile = stats.norm.ppf((1 + confidence) / 2)
    parts = [pd.DataFrame({"row": [], "column": [], "value": [], "images": []}, dtype=float)]
    for name in measured(table):
        ends = ends_of(name, [*table])
        half = (table[ends[1]] - table[ends[0]]) / 2 if ends else np.nan
        part = {"row": table.index, "column": name, "value": table[name].astype(float)}
        parts.append(pd.DataFrame({**part, "images": half / quantile}).dropna(subset="value"))
    return pd.concat([part for part in parts if len(part)] or parts)


def main(tables: Mapping[str, Sequence[str]], path: str, *, confidence: float) -> None:
    """Put the replicates' numbers together; for the arguments and errors see `numbers`.

    Parameters
    ----------
    path: CSV to write
    """
    write_csv(path, numbers(tables, confidence))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        main(named_inputs(snakemake), snakemake.output[0], **snakemake.params.settings)

"""Read what figures and tables of the concepts show from the tidy tables of the measures."""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.files.tables import read_table, with_replicates
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.families import Model

NO_TRIPLES = "The study has no finetuned model with a supervised one of its backbone."


def at_threshold(
    path: str | Path,
    models: list[Model],
    threshold: float,
    columns: tuple[str, ...],
    sign: str = "convention",
    single: str = "",
) -> pd.DataFrame:
    """The row of each model at a threshold and for a sign, as numbers.

    Parameters
    ----------
    path: CSV with a row for each model, threshold and sign
    models: rows of models.tsv
    threshold: average precision from which a concept counts as encoded
    columns: wanted columns, all of them numbers
    sign: of the directions, "convention", "opposite" or "either"
    single: column of which the values of single replicates are wanted, if there are any

    Returns
    -------
    `columns`, float, indexed by model id in the order of `models`; and perhaps `replicates`.

    Raises
    ------
    InputError: a column is missing, or a model has no such row or several
    """
    table = read_table(path, ("model", "threshold", "sign", *columns))
    # Ten digits are written of a threshold, so equality could fail.
    table = table[np.isclose(table["threshold"], threshold) & (table["sign"] == sign)]
    ids = [model["model"] for model in models]
    counts = table["model"].value_counts().reindex(ids, fill_value=0)
    wrong = counts[counts != 1]
    if len(wrong):
        raise InputError(
            f"{path}: found {wrong.iloc[0]} rows of model {wrong.index[0]!r} at threshold "
            f"{threshold:g}, expected exactly one; delete the file and run again."
        )
    values = table.set_index("model").loc[ids, list(columns)].astype(float)
    return with_replicates(values, table, single) if single else values


def sign_sentence() -> str:
    """Which of a direction's two signs counts, for captions of figures and tables."""
    return (
        "Each right singular vector has the sign that makes the mean projection of the test set's "
        "images positive."
    )


def display_name(concept: str) -> str:
    """A concept's name with Broden's endings for scenes and colours spelled out."""
    for ending, kind in (("-s", "scene"), ("-c", "colour")):
        if concept.endswith(ending):
            return f"{concept.removesuffix(ending)} {kind}"
    return concept

"""Reference ranges: what the paper states, and what the miniature's families have."""

from collections.abc import Iterable, Mapping

import pandas as pd

from workflow_scripts.cards.indicators import INDICATORS
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.families import FAMILIES, Model, of_family
from workflow_scripts.reporting.paper_numbers import read_numbers
from workflow_scripts.reporting.reproduced_numbers import MEASURES
from workflow_scripts.study.pool import is_coca_backbone

PAPER, MINIATURE = "paper", "miniature"
NAMES = {PAPER: "The paper", MINIATURE: "The miniature"}
COLUMNS = ("indicator", "family", "models", "low", "high")
# Statements of the paper's text that are of no single model, by their `quantity`
STATED = {
    "kurtosis of an isotropic Gaussian": ("kurtosis", "An isotropic Gaussian"),
    "kurtosis of non-robust models, about": ("kurtosis", "Non-robust models, about"),
}


def of_paper(paths: Iterable[str]) -> pd.DataFrame:
    """The paper's numbers of the indicators, as ranges over a family's models in one place.

    Parameters
    ----------
    paths: files of resources/paper

    Returns
    -------
    Columns source, group (as displayed), place and `COLUMNS`; doubtful numbers are left out.

    Raises
    ------
    InputError: resources/paper has a mistake
    """
    numbers = read_numbers(paths, MEASURES)
    # What the paper counts in percent is a share here.
    numbers["paper"] /= numbers["unit"].map({"%": 100, "": 1})
    rows = []
    for quantity, (indicator, group) in STATED.items():
        for row in numbers[numbers["quantity"] == quantity].head(1).to_dict("records"):
            stated = _range(indicator, "", pd.Series([row["paper"]]), row["place"])
            rows.append(stated | {"group": group, "models": 0})
    own = numbers["measure"].isin([*INDICATORS]) & (numbers["family"] != "")
    certain = numbers[own & (numbers["doubt"] == "")]
    for _, found in certain.groupby(["measure", "family", "place"], sort=False):
        first = found.iloc[0]
        row = _range(first["measure"], first["family"], found["paper"], first["place"])
        if found["backbone"].map(is_coca_backbone).all():
            row["group"] = FAMILIES[first["family"]].name.replace("CLIP", "CoCa")
        rows.append(row)
    return _table(rows, PAPER)


def of_miniature(path: str) -> pd.DataFrame:
    """The committed ranges of the miniature's families, in the form of `of_paper`.

    Raises
    ------
    InputError: a column is missing, or an indicator or a family is unknown
    """
    table = read_table(path, COLUMNS)
    for column, known in (("indicator", INDICATORS), ("family", FAMILIES)):
        unknown = table[~table[column].isin(list(known))]
        if len(unknown):
            raise InputError(
                f"{path}, row {unknown.index[0] + 2}, column {column}: found "
                f"{unknown[column].iloc[0]!r}, expected one of {', '.join(known)}; restore it."
            )
    rows = [dict(row) | {"place": ""} for row in table.to_dict("records")]
    return _table(rows, MINIATURE)


def ranges(values: Mapping[str, pd.DataFrame], models: list[Model]) -> pd.DataFrame:
    """The least and the largest value of each family's models, by indicator: `COLUMNS`.

    Parameters
    ----------
    values: of `indicators.read`; a model may have several, of several replicates
    models: rows of models.tsv
    """
    rows = []
    for indicator, table in values.items():
        for family in FAMILIES:
            ids = [model["model"] for model in of_family(models, family)]
            known = table.loc[ids, "value"].dropna()
            if len(known):
                rows.append(_range(indicator, family, known))
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def _range(indicator: str, family: str, values: pd.Series, place: str = "") -> dict:
    ends = {"low": values.min(), "high": values.max()}
    models = values.index.nunique()
    return {"indicator": indicator, "family": family, "models": models, **ends, "place": place}


def _table(rows: list[dict], source: str) -> pd.DataFrame:
    """Rows with the name of their source, and of their group where they have none."""
    named = [
        {"source": source, "group": FAMILIES[row["family"]].name if row["family"] else ""} | row
        for row in rows
    ]
    return pd.DataFrame(named).reindex(columns=["source", "group", *COLUMNS, "place"])

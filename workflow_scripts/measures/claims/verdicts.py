"""The paper's claims, evaluated on tables of measures: resources/claims.tsv has them as data.

Each claim compares one measure of the models of a group with a threshold, with their parents or
with the models of another group. Every comparison gives a case: a difference that the claim says
is above 0, with its interval. The quantifier says how many of the cases have to be.
"""

import logging
from collections.abc import Collection, Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.claim_measures import (
    FAILS,
    HOLDS,
    OPEN,
    PUBLISHED,
    STUDY,
    Measure,
    difference,
    measures,
)
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.families import FAMILIES, Model
from workflow_scripts.study.pool import is_coca_backbone

COLUMNS = ("id", "source", "statement", "measure", "comparison", "group", "reference",
           "threshold", "quantifier")  # fmt: skip
COMPARISONS = ("above", "below", "parent_above", "above_backbone", "above_best", "output_drop")
QUANTIFIERS = ("all", "most", "some")
LABELS = ["model", "family", "backbone", "parent"]
CASE = ["subject", "reference", "value", "low", "high"]
CASES = ["id", *CASE, "support"]
log = logging.getLogger(__name__)


def chosen(models: list[Model], group: str) -> list[Model]:
    """Models of a group: families separated by "|", of CLIPs, or of CoCas with "coca " before."""
    coca = group.startswith("coca ")
    families = group.removeprefix("coca ").split("|")
    return [
        model
        for model in models
        if model["family"] in families and is_coca_backbone(model["backbone"]) == coca
    ]


def pairs_of(
    claim: pd.Series, models: list[Model], values: pd.Series
) -> list[tuple[str, str | None]]:
    """Ids of the models that a claim compares; None where it compares one with the threshold.

    - `parent_above`: the parents of the group's models with the models themselves
    - `above_backbone`: the group's models with each model of the reference of the same backbone
    - `above_best`: the group's models with the model of the reference whose value is largest
    - `above`, `below`, `output_drop`: the group's models alone
    """
    group = chosen(models, claim["group"])
    if claim["comparison"] == "parent_above":
        return [(model["parent"], model["model"]) for model in group]
    if claim["comparison"] == "above_backbone":
        others = chosen(models, claim["reference"])
        return [
            (model["model"], other["model"])
            for model in group
            for other in others
            if other["backbone"] == model["backbone"]
        ]
    if claim["comparison"] == "above_best":
        others = [model["model"] for model in chosen(models, claim["reference"])]
        best = values[values.index.isin(others)].nlargest(1).index
        return [(model["model"], other) for model in group for other in best]
    return [(model["model"], None) for model in group]


def cases(claim: pd.Series, models: list[Model], values: pd.DataFrame) -> pd.DataFrame:
    """The comparisons of a claim, each a difference that it says is above 0.

    Parameters
    ----------
    claim: a row of the claims
    models: rows of models.tsv with model, family, backbone, parent
    values: columns value, low, high of the claim's measure, indexed by model

    Returns
    -------
    Columns `CASE`; a comparison whose models the measure lacks, or has no value for, gives no row.
    """
    known = {None, *values.index}
    pairs = [pair for pair in pairs_of(claim, models, values["value"]) if {*pair} <= known]
    first = values.loc[[one for one, _ in pairs]].reset_index(drop=True)
    if any(other for _, other in pairs):
        second = values.loc[[other for _, other in pairs]].reset_index(drop=True)
        found = difference(first, second) - claim["threshold"]
    elif claim["comparison"] == "below":
        found = claim["threshold"] - first
        # With the sign the ends change places.
        found = found.rename(columns={"low": "high", "high": "low"})
    else:
        found = first - claim["threshold"]
    found.insert(0, "subject", [one for one, _ in pairs])
    found.insert(1, "reference", [other or "" for _, other in pairs])
    return found[CASE].dropna(subset="value")


def supports(found: pd.DataFrame) -> np.ndarray:
    """Of each case: 1 if it is above 0, -1 if it is not, 0 if its interval leaves it open."""
    low, high = found["low"].fillna(found["value"]), found["high"].fillna(found["value"])
    # Without an interval low equals high, and a case of exactly 0 is not above 0.
    return np.where(low > 0, 1, np.where((high < 0) | (low.eq(high) & (low <= 0)), -1, 0))


def verdict(support: np.ndarray, quantifier: str) -> str:
    """What the cases say together.

    Parameters
    ----------
    support: int [cases], see `supports`
    quantifier: how many of the cases have to be above 0, one of `QUANTIFIERS`
    """
    if not len(support):
        return OPEN
    yes, no = (support > 0).mean(), (support < 0).mean()
    if quantifier == "all":
        return HOLDS if yes == 1 else FAILS if no > 0 else OPEN
    if quantifier == "most":
        return HOLDS if yes > 0.5 else FAILS if no >= 0.5 else OPEN
    return HOLDS if yes > 0 else FAILS if no == 1 else OPEN


def models_of(measure: Measure, table: str | None, models: list[Model]) -> list[Model]:
    """The models that a claim about a measure compares: the study's, or those of its table.

    Raises
    ------
    InputError: the table lacks a column
    """
    if not measure.published or table is None:
        return models
    labels = read_table(table, LABELS)[LABELS].astype(object).fillna("")
    return [dict(zip(LABELS, row, strict=True)) for row in labels.to_numpy().tolist()]


def evaluate(
    claim: pd.Series, models: list[Model], measure: Measure, table: str | None, no_line: str
) -> tuple[dict[str, Any], pd.DataFrame]:
    """A row of the summary, and the cases of one claim.

    Parameters
    ----------
    claim: see `cases`
    models: the study's; see `cases`
    measure: the claim's measure
    table: path of the table that it reads; None if the study does not make it
    no_line: why the study has no effective robustness; empty if it has

    Returns
    -------
    The row, and the columns `CASES`.

    Raises
    ------
    InputError: the table lacks a column
    """
    missing = "the study lacks the models"
    if table is None:
        found, missing = pd.DataFrame(columns=CASE, dtype=float), "the study does not measure it"
    else:
        values = measure.values(table)
        found = cases(claim, models_of(measure, table, models), values)
        undefined = measure.robustness and values["value"].isna().all()
        if undefined and no_line and chosen(models, claim["group"]):
            missing = no_line
    support = supports(found)
    result = verdict(support, claim["quantifier"])
    reason = "the intervals leave it open" if result == OPEN else ""
    weakest: dict[Hashable, Any] = (
        found.iloc[found["value"].argmin()].to_dict() if len(found) else {}
    )
    row = {
        "id": claim["id"], "source": claim["source"], "statement": claim["statement"],
        "verdict": result, "reason": reason if len(found) else missing,
        "quantifier": claim["quantifier"], "threshold": claim["threshold"], "cases": len(found),
        "for": int((support > 0).sum()), "against": int((support < 0).sum()),
        "open": int((support == 0).sum()),
        "weakest_case": " - ".join(filter(None, map(weakest.get, ("subject", "reference")))),
        **{f"weakest_{name}": weakest.get(name, np.nan) for name in ("value", "low", "high")},
        "interval": measure.interval, "evidence": PUBLISHED if measure.published else STUDY,
    }  # fmt: skip
    return row, found.assign(id=claim["id"], support=support)[CASES]


def read_claims(path: str | Path, known: Collection[str]) -> pd.DataFrame:
    """The claims, checked.

    Parameters
    ----------
    path: resources/claims.tsv
    known: names that the column `measure` may have

    Raises
    ------
    InputError: a column or a name is unknown, or an id is used twice
    """
    claims = pd.read_csv(path, sep="\t", keep_default_na=False)
    if tuple(claims) != COLUMNS:
        raise InputError(
            f"{path}: found columns {', '.join(claims.columns)}, expected {', '.join(COLUMNS)}; "
            "restore it."
        )
    allowed = {"measure": known, "comparison": COMPARISONS, "quantifier": QUANTIFIERS}
    for column, names in allowed.items():
        for claim, name in zip(claims["id"], claims[column], strict=True):
            _demand(path, claim, column, name, names)
    for column in ("group", "reference"):
        for claim, group in zip(claims["id"], claims[column], strict=True):
            if group or column == "group":
                for family in group.removeprefix("coca ").split("|"):
                    _demand(path, claim, column, family, FAMILIES)
    twice = claims.loc[claims["id"].duplicated(), "id"]
    if len(twice):
        raise InputError(f"{path}: found the id {twice.iloc[0]!r} twice, expected it once.")
    return claims


def _demand(path: str | Path, claim: str, column: str, name: str, names: Collection[str]) -> None:
    """Refuse a name that a cell may not have.

    Raises
    ------
    InputError: the name is not among `names`
    """
    if name not in names:
        raise InputError(
            f"{path}, {claim}, column {column}: found {name!r}, expected one of {', '.join(names)}."
        )


def main(
    claims: str,
    tables: Mapping[str, str],
    summary_path: str,
    cases_path: str,
    *,
    models: list[Model],
    test: str,
    threshold: float | None,
    no_line: str,
) -> None:
    """Evaluate all claims.

    Parameters
    ----------
    claims: resources/claims.tsv
    tables: paths of the measures' tables by name; a measure whose table is missing is not judged
    summary_path: CSV to write, a row a claim; `interval` says what the intervals are, `evidence`
        whether the study's numbers or published ones decide
    cases_path: CSV to write, a row a case
    models: rows of models.tsv with model, family, backbone, pretraining, parent
    test: id of the test set
    threshold: average precision from which a concept counts as encoded; None without concepts
    no_line: why the study has no effective robustness; empty if it has

    Raises
    ------
    InputError: the claims have a mistake, or a table lacks a column
    """
    available = measures(test, threshold)
    rows, parts = [], []
    for _, claim in read_claims(claims, available).iterrows():
        measure = available[claim["measure"]]
        row, found = evaluate(claim, models, measure, tables.get(measure.table), no_line)
        rows.append(row)
        parts.append(found)
        log.info("%s: %s, %d of %d cases", row["id"], row["verdict"], row["for"], row["cases"])
    write_csv(summary_path, pd.DataFrame(rows))
    judged = [part for part in parts if len(part)]
    write_csv(cases_path, pd.concat(judged) if judged else pd.DataFrame(columns=CASES))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        inputs = named_inputs(snakemake)
        main(
            inputs.pop("claims"),
            inputs,
            snakemake.output.summary,
            snakemake.output.cases,
            **snakemake.params.settings,
        )

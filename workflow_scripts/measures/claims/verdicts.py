"""The paper's claims, evaluated on tables of measures: resources/claims.tsv has them as data.

Each claim compares one measure of the models of a group with a threshold, with their parents or
with the models of another group. Every comparison gives a case: a difference that the claim says
is above 0, with its interval. The quantifier says how many of the cases have to be. What an
untrained control meets as well is not informative, and some measures say nothing of a model at
chance accuracy.
"""

import logging
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.claim_cases import (
    CASE,
    Resamples,
    beyond,
    cases,
    chosen,
    controls_of,
    ends_of_draws,
    supports,
    verdict,
)
from workflow_scripts.analysis.claim_measures import KINDS, OVER_DRAWS, Measure, measures
from workflow_scripts.analysis.claim_readers import above_chance, resamples
from workflow_scripts.analysis.claims import (
    HOLDS,
    NOT_INFORMATIVE,
    OPEN,
    PUBLISHED,
    STUDY,
    UNTRAINED,
    read_claims,
)
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting.families import FAMILIES, Model

LABELS = ["model", "family", "backbone", "parent"]
CONTROLS = "control_"  # before the names of the controls' tables
CASES = ["id", *CASE, "support"]
NO_VALUES = pd.DataFrame(columns=CASE[2:], dtype=float)
log = logging.getLogger(__name__)


class Judged(NamedTuple):
    """What a study's claims are judged on, beside the tables."""

    models: list[Model]  # with model, family, backbone, parent, architecture; controls among them
    at_chance: set[str]  # ids of those that are not known to be above chance accuracy
    no_line: str  # why the study has no effective robustness; empty if it has
    bootstrap: Bootstrap
    tables: Mapping[str, str]  # paths of the measures' tables by name; others are not made
    control_tables: Mapping[str, str]  # the same of the untrained controls


def models_of(measure: Measure, table: str, study: Judged) -> list[Model]:
    """The models that a claim about a measure compares: the study's, or the rows of its table.

    Raises
    ------
    InputError: the table lacks a column
    """
    if measure.beyond in KINDS:
        names = measure.values(table).index
        return [dict.fromkeys(LABELS, "") | {"model": name, "family": measure.beyond,
                "architecture": ""} for name in names]  # fmt: skip
    if not measure.published:
        return study.models
    labels = read_table(table, LABELS)[LABELS].astype(object).fillna("").drop_duplicates()
    rows = [dict(zip(LABELS, row, strict=True)) for row in labels.to_numpy().tolist()]
    return [row | {"architecture": ""} for row in rows]


def resamples_of(measure: Measure, study: Judged) -> Resamples | None:
    """The resamples on which a measure compares models; None if there are none.

    Raises
    ------
    InputError: the table lacks a column
    """
    path = study.tables.get(f"{measure.table}_resamples") if measure.paired else None
    if not path:
        return None
    ends = ends_of_draws if measure.interval == OVER_DRAWS else study.bootstrap.interval
    return Resamples(resamples(path, measure.paired), ends)


def why_open(found: pd.DataFrame, undecided: set[str]) -> str:
    """Why the cases of a claim leave it open.

    Parameters
    ----------
    found: columns `CASE`
    undecided: see `supports`
    """
    named = {*found["subject"], *found["reference"]}
    known = found["low"].notna() & found["high"].notna()
    reasons = []
    if weak := sorted(undecided & named):
        reasons.append(f"accuracy not known to be above chance: {', '.join(weak)}")
    if unknown := sorted({*found.loc[~known, "subject"]}):
        reasons.append(f"no interval: {', '.join(unknown)}")
    return "; ".join(reasons) or "the intervals leave it open"


def controls(
    claim: pd.Series, models: list[Model], measure: Measure, table: str | None
) -> pd.DataFrame:
    """The values of the untrained controls of a claim's models, if it has to beat them.

    Parameters
    ----------
    claim, models, measure: see `evaluate`
    table: path of the controls' table of the measure; None if there is none
    """
    if claim["null"] != UNTRAINED or table is None:
        return NO_VALUES
    values = measure.values(table)
    own = values.index.isin(controls_of(models, claim["group"]))
    return values[own].dropna(subset="value")


def ranges(found: pd.DataFrame, values: pd.DataFrame) -> dict[str, float]:
    """Lowest and highest value of the models of a claim's cases, and of those compared with."""
    row: dict[str, float] = {}
    for name, prefix in (("subject", ""), ("reference", "reference_")):
        own = values.loc[values.index.isin(found[name]), "value"]
        row |= {f"{prefix}lowest": own.min(), f"{prefix}highest": own.max()}
    return row


def judge(
    claim: pd.Series, found: pd.DataFrame, undecided: set[str], control: pd.DataFrame
) -> tuple[str, str, np.ndarray]:
    """The verdict on a claim that has cases, the reason for it, and the support of each case.

    Parameters
    ----------
    claim, found: see `claim_cases.cases`
    undecided: see `claim_cases.supports`
    control: of `controls`
    """
    support = supports(found, undecided)
    result = verdict(support, claim["quantifier"])
    if result == OPEN:
        return OPEN, why_open(found, undecided), support
    if result == HOLDS and claim["null"] == UNTRAINED:
        if control.empty:
            return OPEN, "no untrained control is built as its models are", support
        if len(met := control.index[beyond(claim, control)["value"] > 0]):
            return NOT_INFORMATIVE, f"untrained, too: {', '.join(met)}", support
    return result, "", support


def evaluate(
    claim: pd.Series, measure: Measure, study: Judged
) -> tuple[dict[str, Any], pd.DataFrame]:
    """A row of the summary, and the cases of one claim.

    Parameters
    ----------
    claim: see `claim_cases.cases`
    measure: the claim's measure
    study: what it is judged on

    Returns
    -------
    The row, and the columns `CASES`.

    Raises
    ------
    InputError: the table lacks a column
    """
    found, models = pd.DataFrame(columns=CASE, dtype=float), study.models
    values, missing = NO_VALUES, "the study does not measure it"
    if table := study.tables.get(measure.table):
        values, models = measure.values(table), models_of(measure, table, study)
        found = cases(claim, models, values, resamples_of(measure, study))
        undefined = measure.robustness and values["value"].isna().all()
        unlined = undefined and study.no_line and chosen(models, claim["group"])
        missing = study.no_line if unlined else "the study lacks the models"
    control = controls(claim, models, measure, study.control_tables.get(measure.table))
    undecided = study.at_chance if measure.above_chance else set()
    result, reason, support = judge(claim, found, undecided, control)
    weakest: dict[Hashable, Any] = (
        found.iloc[found["value"].argmin()].to_dict() if len(found) else {}
    )
    row = {
        "id": claim["id"], "source": claim["source"], "statement": claim["statement"],
        "verdict": result, "reason": reason if len(found) else missing,
        "quantifier": claim["quantifier"], "comparison": claim["comparison"],
        "threshold": claim["threshold"], "unit": measure.unit, "cases": len(found),
        "for": int((support > 0).sum()), "against": int((support < 0).sum()),
        "open": int((support == 0).sum()), **ranges(found, values),
        "weakest_case": " - ".join(filter(None, map(weakest.get, ("subject", "reference")))),
        **{f"weakest_{name}": weakest.get(name, np.nan) for name in ("value", "low", "high")},
        "null": claim["null"], "control_lowest": control["value"].min(),
        "control_highest": control["value"].max(),
        "interval": measure.interval, "evidence": PUBLISHED if measure.published else STUDY,
    }  # fmt: skip
    return row, found.assign(id=claim["id"], support=support)[CASES]


def main(
    claims: str,
    tables: Mapping[str, str],
    control_tables: Mapping[str, str],
    summary_path: str,
    cases_path: str,
    *,
    models: list[Model],
    test: str,
    threshold: float | None,
    no_line: str,
    bootstrap: dict[str, Any],
    beyond: bool,
) -> None:
    """Evaluate the claims on the study, or those on what the target beyond makes.

    Parameters
    ----------
    claims: resources/claims.tsv
    tables: paths of the measures' tables by name; a measure whose table is missing is not judged
    control_tables: the same of the untrained controls
    summary_path: CSV to write, a row a claim: its verdict with the reason, how many cases are for
        and against it, `lowest` and `highest` value of its models and of those that they are
        compared with, the weakest case beyond the threshold, the values of the untrained controls;
        `interval` says what the intervals are, `evidence` whether the study's numbers or published
        ones decide
    cases_path: CSV to write, a row a case
    models: rows of models.tsv with model, family, backbone, parent, architecture
    test: id of the test set
    threshold: average precision from which a concept counts as encoded; None without concepts
    no_line: why the study has no effective robustness; empty if it has
    bootstrap: section of config.yaml
    beyond: whether the claims on what only the target beyond makes are meant

    Raises
    ------
    InputError: the claims have a mistake, or a table lacks a column
    """
    resampling = Bootstrap(**bootstrap)
    available = measures(test, threshold, resampling)
    ids = {model["model"] for model in models}
    at_chance = ids - above_chance(tables["accuracy"], test, control_tables.get("accuracy"))
    study = Judged(models, at_chance, no_line, resampling, tables, control_tables)
    rows, parts = [], []
    for _, claim in read_claims(claims, available, [*FAMILIES, *KINDS]).iterrows():
        measure = available[claim["measure"]]
        if bool(measure.beyond) != beyond:
            continue
        row, found = evaluate(claim, measure, study)
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
            {key: path for key, path in inputs.items() if not key.startswith(CONTROLS)},
            {
                key.removeprefix(CONTROLS): path
                for key, path in inputs.items()
                if key.startswith(CONTROLS)
            },
            snakemake.output.summary,
            snakemake.output.cases,
            **snakemake.params.settings,
        )

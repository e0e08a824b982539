"""The paper's claims, evaluated on the study's tables: resources/claims.tsv has them as data.

Each claim compares one measure of the models of a group with a threshold, with their parents or
with the models of another group. Every comparison gives a case: a difference that the claim says
is above 0, with its interval. The quantifier says how many of the cases have to be.
"""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.analysis.claim_measures import Measure, difference, measures
from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting import texts as captions
from workflow_scripts.reporting.families import FAMILIES
from workflow_scripts.study.pool import is_coca_backbone

HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be judged here"
COLUMNS = ("id", "source", "statement", "measure", "comparison", "group", "reference",
           "threshold", "quantifier")  # fmt: skip
log = logging.getLogger(__name__)


def chosen(models: list[dict], group: str) -> list[dict]:
    """Models of a group: families separated by "|", of CLIPs, or of CoCas with "coca " before."""
    coca = group.startswith("coca ")
    families = group.removeprefix("coca ").split("|")
    return [
        model
        for model in models
        if model["family"] in families and is_coca_backbone(model["backbone"]) == coca
    ]


def cases(claim: pd.Series, models: list[dict], values: pd.DataFrame) -> pd.DataFrame:
    """The comparisons of a claim: subject, reference, value, low, high; the claim says value > 0.

    - `above`, `below`: the models of the group against the threshold
    - `parent_above`: their parents minus themselves, minus the threshold
    - `above_backbone`: themselves minus each model of the reference with the same backbone
    - `output_drop`: the measure itself

    A model that the measure does not have gives no case.
    """
    group = [model for model in chosen(models, claim["group"]) if model["model"] in values.index]
    pairs = []
    for model in group:
        if claim["comparison"] == "parent_above":
            pairs.append((model["parent"], model["model"]))
        elif claim["comparison"] == "above_backbone":
            others = chosen(models, claim["reference"])
            same = [other for other in others if other["backbone"] == model["backbone"]]
            pairs += [(model["model"], other["model"]) for other in same]
        else:
            pairs.append((model["model"], None))
    pairs = [
        (one, other) for one, other in pairs if other is None or {one, other} <= {*values.index}
    ]
    first = values.loc[[one for one, _ in pairs]].reset_index(drop=True)
    if any(other for _, other in pairs):
        second = values.loc[[other for _, other in pairs]].reset_index(drop=True)
        found = difference(first, second) - claim["threshold"]
    elif claim["comparison"] == "below":
        found = claim["threshold"] - first
        found = found.rename(columns={"low": "high", "high": "low"})
    else:
        found = first - claim["threshold"]
    found.insert(0, "subject", [one for one, _ in pairs])
    found.insert(1, "reference", [other or "" for _, other in pairs])
    return found[["subject", "reference", "value", "low", "high"]].dropna(subset="value")


def supports(found: pd.DataFrame) -> np.ndarray:
    """Of each case: 1 if it is above 0, -1 if it is not, 0 if its interval leaves it open."""
    low, high = found["low"].fillna(found["value"]), found["high"].fillna(found["value"])
    return np.where(low > 0, 1, np.where((high < 0) | (low.eq(high) & (low <= 0)), -1, 0))


def verdict(support: np.ndarray, quantifier: str) -> str:
    """What the cases say together."""
    if not len(support):
        return OPEN
    yes, no = (support > 0).mean(), (support < 0).mean()
    if quantifier == "all":
        return HOLDS if yes == 1 else FAILS if no > 0 else OPEN
    if quantifier == "most":
        return HOLDS if yes > 0.5 else FAILS if no >= 0.5 else OPEN
    return HOLDS if yes > 0 else FAILS if no == 1 else OPEN


def evaluate(
    claim: pd.Series, models: list[dict], available: dict[str, Measure], no_line: str
) -> tuple[dict, pd.DataFrame]:
    """A row of the summary, and the cases of one claim.

    Parameters
    ----------
    no_line: why the study has no effective robustness; empty if it has.
    """
    measure, missing = available[claim["measure"]], "the study lacks the models"
    try:
        values = measure.values()
    except KeyError:  # a table that this study does not make
        found = pd.DataFrame(columns=["subject", "reference", "value", "low", "high"], dtype=float)
        missing = "the study does not measure it"
    else:
        found = cases(claim, models, values)
        undefined = measure.robustness and values["value"].isna().all()
        if undefined and no_line and chosen(models, claim["group"]):
            missing = no_line
    support = supports(found)
    result = verdict(support, claim["quantifier"])
    reason = "the intervals leave it open" if result == OPEN else ""
    weakest = found.iloc[found["value"].argmin()] if len(found) else {}
    row = {
        "id": claim["id"], "source": claim["source"], "statement": claim["statement"],
        "verdict": result, "reason": reason if len(found) else missing,
        "quantifier": claim["quantifier"], "threshold": claim["threshold"], "cases": len(found),
        "for": int((support > 0).sum()), "against": int((support < 0).sum()),
        "open": int((support == 0).sum()),
        "weakest_case": " - ".join(filter(None, map(weakest.get, ("subject", "reference")))),
        **{f"weakest_{name}": weakest.get(name, np.nan) for name in ("value", "low", "high")},
        "interval": measure.interval,
    }  # fmt: skip
    return row, found.assign(id=claim["id"], support=support)


def read_claims(path: str, known: dict) -> pd.DataFrame:
    """The claims, checked.

    Raises
    ------
    InputError: a column or a name is unknown.
    """
    claims = pd.read_csv(path, sep="\t", keep_default_na=False)
    if tuple(claims) != COLUMNS:
        raise InputError(
            f"{path}: found columns {', '.join(claims)}, expected {', '.join(COLUMNS)}"
        )
    allowed = {
        "measure": known,
        "comparison": ("above", "below", "parent_above", "above_backbone", "output_drop"),
        "quantifier": ("all", "most", "some"),
    }
    for column, names in allowed.items():
        wrong = claims[~claims[column].isin(list(names))]
        if len(wrong):
            raise InputError(
                f"{path}, {wrong['id'].iloc[0]}, column {column}: found "
                f"{wrong[column].iloc[0]!r}, expected one of {', '.join(names)}"
            )
    groups = claims["group"].tolist() + claims.loc[claims["reference"] != "", "reference"].tolist()
    for group in groups:
        for family in group.removeprefix("coca ").split("|"):
            if family not in FAMILIES:
                raise InputError(
                    f"{path}: found family {family!r}, expected one of {', '.join(FAMILIES)}"
                )
    if claims["id"].duplicated().any():
        raise InputError(f"{path}: found {claims['id'][claims['id'].duplicated()].iloc[0]!r} twice")
    return claims


def markdown(summary: pd.DataFrame, study: dict, line: str, confidence: float) -> str:
    """The claims as a table for readers; `line` is what is to be said about the line."""
    counts = summary["verdict"].value_counts()
    hold, fail, left = (int(counts.get(each, 0)) for each in (HOLDS, FAILS, OPEN))
    text = captions.caption(
        "The paper's claims on this study's numbers.",
        captions.study_sentence(study),
        f"{hold} hold, {fail} do not hold, {left} cannot be judged here.",
        "A case is one comparison; the claim says that it is above 0. It counts for or against the "
        "claim if its interval does. The margin is that of the weakest case, beyond the threshold.",
        captions.interval_sentence(confidence),
        "Exceptions: that of a number of concepts is its range over the draws of their sets, that "
        "of CKA its range over the data sets, and that of a largest importance what the intervals "
        "of the importances allow.",
        line,
    )
    titles = ["Source", "Claim", "Verdict", "For / cases", "Weakest case", "Margin"]
    lines = [titles, ["---"] * 3 + ["---:", "---", "---:"]]
    for row in summary.to_dict("records"):
        reason = f": {row['reason']}" if row["reason"] else ""
        lines.append(
            [
                row["source"],
                f"{row['statement']} ({row['quantifier']})",
                f"**{row['verdict']}**{reason}",
                f"{row['for']} / {row['cases']}" if row["cases"] else "",
                f"`{row['weakest_case']}`" if row["weakest_case"] else "",
                margin(row),
            ]
        )
    return text + "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def margin(row: dict) -> str:
    """The weakest case's value with its interval."""
    value, low, high = (row[f"weakest_{name}"] for name in ("value", "low", "high"))
    if np.isnan(value):
        return ""
    interval = ", no interval" if np.isnan(low) else f" ({low:.3g} to {high:.3g})"
    return f"{value:.3g}{interval}".replace("-", "−")


def main(
    claims, tables, summary, readable, every, *, study, models, test, threshold, confidence,
    line_through, no_line,
):  # fmt: skip
    """Evaluate all claims.

    Parameters
    ----------
    claims: resources/claims.tsv.
    tables: paths of the measures' tables by name; those of concepts and pairs may be missing.
    summary: CSV to write, a row a claim; `interval` says what the intervals are.
    readable: Markdown to write.
    every: CSV to write with every case.
    study: the study, see reporting/texts.py.
    models: rows of models.tsv with model, family, backbone, pretraining, parent.
    test: id of the test set.
    threshold: average precision from which a concept counts as encoded; None without concepts.
    confidence: level of the intervals.
    line_through, no_line: see `captions.line_sentence`.

    Raises
    ------
    InputError: the claims have a mistake, or a table lacks a column.
    """
    available = measures(tables, test, threshold)
    rows, parts = [], []
    for _, claim in read_claims(claims, available).iterrows():
        row, found = evaluate(claim, models, available, no_line)
        rows.append(row)
        parts.append(found)
        log.info("%s: %s, %d of %d cases", row["id"], row["verdict"], row["for"], row["cases"])
    table = pd.DataFrame(rows)
    columns = ["id", "subject", "reference", "value", "low", "high", "support"]
    write_csv(summary, table)
    line = captions.line_sentence(line_through, no_line)
    write_text(readable, markdown(table, study, line, confidence))
    judged = [part[columns] for part in parts if len(part)]
    write_csv(every, pd.concat(judged) if judged else pd.DataFrame(columns=columns))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        tables = dict(snakemake.input.items())
        main(
            tables.pop("claims"),
            tables,
            snakemake.output.csv,
            snakemake.output.markdown,
            snakemake.output.every,
            **snakemake.params.settings,
        )

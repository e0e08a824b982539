"""The claims judged on all replicates: with intervals over seeds and images.

A claim that is settled one way in a replicate and another way in the next is open.
"""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.claim_cases import supports, verdict
from workflow_scripts.analysis.claims import FAILS, HOLDS, NOT_INFORMATIVE, OPEN, STUDY
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.replicates import over_replicates

DIFFER = "replicates differ"
BEST = "the best"  # in place of the model that is best in a replicate: it may be another in each
NUMBERS = ("value", "low", "high")
LOWEST = ("lowest", "reference_lowest", "control_lowest")
HIGHEST = ("highest", "reference_highest", "control_highest")


def together(cases: Sequence[pd.DataFrame], confidence: float) -> pd.DataFrame:
    """The cases of one claim over all replicates.

    Parameters
    ----------
    cases: in each replicate: subject, reference, value, low, high, support.
    confidence: of the intervals.

    Returns
    -------
    The same columns. A case that a replicate lacks has no interval, and one that a replicate does
    not judge is not judged.
    """
    indexed = [table.set_index(["subject", "reference"]) for table in cases]
    # In the order of the first replicate that has a case
    keys = list(dict.fromkeys(key for table in indexed for key in table.index))
    if not keys:
        return cases[0]
    every = [table.reindex(keys) for table in indexed]
    value, low, high = (
        np.stack([table[name].to_numpy(float) for table in every]) for name in NUMBERS
    )
    found = pd.DataFrame(keys, columns=pd.Index(["subject", "reference"]))
    found[[*NUMBERS]] = np.stack(over_replicates(value, low, high, confidence), axis=1)
    unjudged = [(t["support"] == 0) & ((t["low"] > 0) | (t["high"] < 0)) for t in every]
    return found.assign(support=np.where(np.any(unjudged, axis=0), 0, supports(found)))


def judge(
    found: pd.DataFrame, quantifier: str, each: Sequence[str], reason: str
) -> tuple[str, str]:
    """The verdict on a claim, and the reason for it.

    What fails in every replicate fails, though it may be for another model in each.

    Parameters
    ----------
    found: of `together`
    quantifier: how many of the cases have to be above 0
    each: the verdicts of the replicates
    reason: that of the first one
    """
    settled = list(dict.fromkeys(one for one in each if one != OPEN))
    if len(settled) > 1:
        counts = ", ".join(f"{one} in {each.count(one)}" for one in dict.fromkeys(each))
        return OPEN, f"{DIFFER}: {counts}"
    if {*each} == {FAILS}:
        return FAILS, ""
    result = verdict(found["support"].to_numpy(), quantifier)
    if result == HOLDS and settled == [NOT_INFORMATIVE]:
        return NOT_INFORMATIVE, reason
    return result, "the intervals over seeds and images leave it open" if result == OPEN else ""


def judged(rows: pd.DataFrame, cases: pd.DataFrame) -> dict[Hashable, Any]:
    """A claim's row of the summary over all replicates.

    Parameters
    ----------
    rows: the claim's row in each replicate
    cases: of `together`
    """
    row = rows.iloc[0].to_dict()
    each = rows["verdict"].tolist()
    if len(cases):
        row["verdict"], row["reason"] = judge(cases, row["quantifier"], each, row["reason"])
        # A case that a replicate lacks has no value, and is weaker than any.
        weakest = cases.sort_values("value", na_position="first").iloc[0]
        names = filter(None, (weakest["subject"], weakest["reference"]))
        row |= {"weakest_case": " - ".join(names)}
        row |= {f"weakest_{name}": weakest[name] for name in NUMBERS}
    support = cases["support"].to_numpy(int)
    row |= {"cases": len(cases), "for": int((support > 0).sum()),
            "against": int((support < 0).sum()), "open": int((support == 0).sum())}  # fmt: skip
    row |= {name: rows[name].min() for name in LOWEST}
    row |= {name: rows[name].max() for name in HIGHEST}
    return row | {"verdicts": "; ".join(each)}


def over_all(
    summaries: Sequence[pd.DataFrame], cases: Sequence[pd.DataFrame], confidence: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The summary and the cases over all replicates, in the form of those of one.

    Parameters
    ----------
    summaries, cases: of each replicate, as measures/claims/verdicts.py writes them
    confidence: of the intervals

    Returns
    -------
    The summary, with the replicates' verdicts in the column `verdicts`, and the cases. Lowest and
    highest values are those over all models and replicates. What published accuracies decide is the
    same in all replicates.
    """
    rows, parts = [], []
    for place, claim in enumerate(summaries[0].to_dict("records")):
        each = pd.DataFrame([table.iloc[place] for table in summaries])
        own = [table[table["id"] == claim["id"]] for table in cases]
        if claim["evidence"] != STUDY:
            rows.append(claim | {"verdicts": ""})
            parts.append(own[0])
            continue
        if claim["comparison"] == "above_best":
            own = [table.assign(reference=BEST) for table in own]
        found = together(own, confidence)
        rows.append(judged(each, found))
        parts.append(found.assign(id=claim["id"]))
    return pd.DataFrame(rows), pd.concat(parts)[[*cases[0]]]


def main(
    summaries: Sequence[str],
    cases: Sequence[str],
    summary_path: str,
    cases_path: str,
    *,
    confidence: float,
) -> None:
    """Judge the claims on all replicates.

    Parameters
    ----------
    summaries, cases: tables of each replicate's verdicts
    summary_path, cases_path: CSV to write, see `over_all`
    confidence: of the intervals

    Raises
    ------
    InputError: a table lacks a column, or the replicates have other claims
    """
    columns = ("id", "verdict", "quantifier", "comparison", "evidence", *LOWEST, *HIGHEST)
    tables = [read_table(path, columns) for path in summaries]
    for path, table in zip(summaries, tables, strict=True):
        if table["id"].tolist() != tables[0]["id"].tolist():
            raise InputError(f"{path}: found other claims than in {summaries[0]}; run again.")
    parts = [
        read_table(path, ("id", "subject", "reference", *NUMBERS, "support")) for path in cases
    ]
    # An empty cell is read as NaN, and a column of nothing else as numbers.
    parts = [part.assign(reference=part["reference"].astype(object).fillna("")) for part in parts]
    summary, found = over_all(tables, parts, confidence)
    write_csv(summary_path, summary)
    write_csv(cases_path, found)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.summaries,
            snakemake.input.cases,
            snakemake.output.summary,
            snakemake.output.cases,
            **snakemake.params.settings,
        )

"""The scorecard: every claim with its verdict, its numbers, and where they are shown."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import pandas as pd

from workflow_scripts.analysis.claims import FAILS, HOLDS, NOT_INFORMATIVE, OPEN, STUDY
from workflow_scripts.cards.tables import Table
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.page.exhibits import Said, said_of
from workflow_scripts.reporting.verdicts import (
    control,
    number,
    read_verdicts,
    threshold,
    values,
    weakest,
)

# What a verdict is marked with, so that it is told by its sign as well as by its colour
SIGNS = {HOLDS: "✓", FAILS: "✗", NOT_INFORMATIVE: "○", OPEN: "?"}
OF_MANY = {HOLDS: "hold", FAILS: "do not hold", NOT_INFORMATIVE: "are not informative"}
CASES = ["subject", "reference", "value", "low", "high", "support"]
SUPPORT = {1: "for", -1: "against", 0: "open"}


class Claim(NamedTuple):
    """A claim and what came out."""

    id: str
    source: str
    statement: str
    verdict: str
    sign: str
    reason: str
    counts: str  # cases for it, of all
    values: str
    threshold: str
    weakest: str  # its name in backticks
    control: str
    published: bool  # judged on published accuracies alone
    pages: list[tuple[str, str]]  # figures and tables that show it, with their titles
    table: str  # name of the tidy table that it is computed from; empty without one
    cases: Table


def read_evidence(path: str) -> dict[str, tuple[list[str], str]]:
    """Where each measure of the claims is shown: its pages and its tidy table.

    Raises
    ------
    InputError: the columns are others
    """
    table = pd.read_csv(path, sep="\t", keep_default_na=False)
    if list(table) != ["measure", "pages", "table"]:
        raise InputError(f"{path}: expected the columns measure, pages, table; restore it")
    return {row[0]: (row[1].split(), row[2]) for row in table.to_numpy().tolist()}


def scorecard(
    summary: str,
    cases: str,
    claims: str,
    evidence: str,
    said: Mapping[str, Said],
    pages: Collection[str],
    tables: Collection[str],
) -> list[Claim]:
    """All claims, in their order.

    Parameters
    ----------
    summary: verdicts, such as tables/claims.csv
    cases: the comparisons that they are made of
    claims: resources/claims.tsv, which has the measure of each
    evidence: resources/evidence.tsv
    said: of `exhibits.read_said`, which has the titles of pages
    pages, tables: figures and tables, and tidy tables, that the page has

    Raises
    ------
    InputError: a table lacks a column, or a claim or its measure is not known
    """
    where = read_evidence(evidence)
    known = pd.read_csv(claims, sep="\t", keep_default_na=False)
    measures = dict(zip(known["id"], known["measure"], strict=True))
    comparisons = read_table(cases, ("id", *CASES))
    comparisons["reference"] = comparisons["reference"].astype(object).fillna("")
    found = []
    for row in read_verdicts(summary).to_dict("records"):
        measure = measures.get(row["id"], "")
        if measure not in where:
            raise InputError(
                f"{evidence}: found no row of the measure {measure!r} of the claim {row['id']!r}, "
                "expected one; restore it or add it"
            )
        shown, table = where[measure]
        found.append(
            Claim(
                id=row["id"],
                source=row["source"],
                statement=f"{row['statement']} ({row['quantifier']})",
                verdict=row["verdict"],
                sign=SIGNS.get(row["verdict"], ""),
                reason=row["reason"],
                counts=f"{row['for']:.0f} / {row['cases']:.0f}" if row["cases"] else "",
                values=values(row),
                threshold=threshold(row),
                weakest=weakest(row),
                control=control(row),
                published=row["evidence"] != STUDY,
                pages=[(page, said_of(said, page).title) for page in shown if page in pages],
                table=table if table in tables else "",
                cases=_cases(comparisons[comparisons["id"] == row["id"]], row),
            )
        )
    return found


def _cases(rows: pd.DataFrame, claim: dict[Any, Any]) -> Table:
    """The comparisons of a claim, a line each."""
    lines = [
        [
            row["subject"],
            row["reference"],
            *("" if pd.isna(row[each]) else number(row[each]) for each in CASES[2:5]),
            SUPPORT.get(row["support"], str(row["support"])),
        ]
        for row in rows.to_dict("records")
    ]
    titles = ["Subject", "Compared with", "Value", "Low", "High", "Counts"]
    return Table(f"Cases of: {claim['statement']}", titles, lines)


class Tally(NamedTuple):
    """How many of the study's own claims have a verdict."""

    verdict: str
    sign: str
    claims: int
    words: str


def tally(claims: list[Claim]) -> list[Tally]:
    """How many of the study's own claims have each verdict."""
    own = [claim.verdict for claim in claims if not claim.published]
    return [
        Tally(
            verdict,
            sign,
            count := own.count(verdict),
            verdict if count == 1 else OF_MANY.get(verdict, verdict),
        )
        for verdict, sign in SIGNS.items()
    ]

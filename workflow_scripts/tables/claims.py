"""The paper's claims and what this study's numbers say about each, for readers."""

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.analysis.claim_measures import FAILS, HOLDS, OPEN, PUBLISHED, STUDY
from workflow_scripts.files.atomic import write_text
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.texts import StudyFacts

TITLES = ["Source", "Claim", "Verdict", "For / cases", "Weakest case", "Margin"]
ALIGNMENTS = ["---"] * 3 + ["---:", "---", "---:"]
WORDS = ["source", "statement", "verdict", "reason", "quantifier", "weakest_case", "evidence"]
NUMBERS = ["cases", "for", "weakest_value", "weakest_low", "weakest_high"]


def markdown(summary: pd.DataFrame) -> str:
    """The claims as a table, a line a claim."""
    lines = [TITLES, ALIGNMENTS]
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
    return texts.markdown_rows(lines)


def counts_sentence(summary: pd.DataFrame) -> str:
    """How many claims hold, do not hold, and cannot be judged."""
    counts = summary["verdict"].value_counts()
    hold, fail, left = (int(counts.get(each, 0)) for each in (HOLDS, FAILS, OPEN))
    return f"{hold} hold, {fail} do not hold, {left} cannot be judged here."


def published_text(summary: pd.DataFrame) -> str:
    """The section of the claims that published accuracies decide; empty without any."""
    if summary.empty:
        return ""
    text = texts.paragraph(
        "On published accuracies.",
        "Judged on what others have published, not on this study, and so alike in every study.",
        counts_sentence(summary),
        "Nothing is known of single images, so that a margin has no interval, except that of a "
        "correlation: by bootstrap over the models.",
    )
    return f"\n{text}\n{markdown(summary)}"


def margin(row: dict[Hashable, Any]) -> str:
    """The weakest case's value with its interval."""
    value, low, high = (row[f"weakest_{name}"] for name in ("value", "low", "high"))
    if math.isnan(value):
        return ""
    interval = ", no interval" if math.isnan(low) else f" ({low:.3g} to {high:.3g})"
    return f"{value:.3g}{interval}".replace("-", "−")


def main(
    summary: str,
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    confidence: float,
    line_through: str,
    no_line: str,
) -> None:
    """Make the table.

    Parameters
    ----------
    summary: the verdicts, a row a claim; see measures/claims/verdicts.py
    csv, md: files to write; the CSV has what the summary has
    study: what the text above a table says about the study
    confidence: level of the intervals
    line_through, no_line: what the line goes through, and why there is none; see
        `texts.line_sentence`

    Raises
    ------
    InputError: the summary lacks a column
    """
    table = read_table(summary, WORDS + NUMBERS)
    # An empty cell is read as NaN, and a column of nothing else as numbers.
    table[WORDS] = table[WORDS].astype(object).fillna("")
    own, published = (table[table["evidence"] == each] for each in (STUDY, PUBLISHED))
    text = texts.paragraph(
        "The paper's claims on this study's numbers.",
        texts.study_sentence(study),
        counts_sentence(own),
        "A case is one comparison; the claim says that it is above 0. It counts for or against the "
        "claim if its interval does. The margin is that of the weakest case, beyond the threshold.",
        texts.interval_sentence(confidence),
        "Exceptions: that of a number of concepts is its range over the draws of their sets, that "
        "of CKA its range over the data sets, and that of a largest importance what the intervals "
        "of the importances allow.",
        texts.line_sentence(line_through, no_line),
    )
    # As text, so that no number is formatted a second time.
    write_text(csv, Path(summary).read_text(encoding="utf-8"))
    write_text(md, f"{text}\n{markdown(own)}{published_text(published)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.summary,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

"""The paper's claims and what this study's numbers say about each, for readers."""

from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.analysis.claims import PUBLISHED, STUDY, UNTRAINED
from workflow_scripts.files.atomic import write_text
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.reporting.verdicts import (
    control,
    counts_sentence,
    read_verdicts,
    threshold,
    values,
    weakest,
)

TITLES = ["Source", "Claim", "Verdict", "For / cases", "Values", "Threshold", "Weakest case",
          "Untrained control"]  # fmt: skip
CONTROLS = (
    "An untrained control is built as the claim's models are and has random weights: what one "
    "meets as well is not informative. Models that are not known to be more accurate than chance "
    "and all controls are not judged by what follows from accuracy or from privileged directions."
)
INTERVALS = (
    "Robustness, kurtosis, importance ratios and concepts of two models are compared on the same "
    "resamples of the images, or draws of the concepts' sets. Exceptions: that of a number of "
    "concepts is its range over the draws of their sets, that of concepts per direction is over "
    "the directions, that of textures is Wilson's over three concepts, that of the rank "
    "correlation of singular value and importance Fisher's, that of CKA its range over the data "
    "sets, and that of a largest importance what the intervals of the importances allow."
)
INTERVALS_BEYOND = (
    "Exceptions: what the arms of the interventions have moved is Student's over the seeds, a rank "
    "correlation over models is by bootstrap over them, and predictions are counted. How far "
    "something has moved is its distance from where it was, to either side."
)
ALIGNMENTS = ["---"] * 3 + ["---:"] * 2 + ["---"] * 2 + ["---:"]


def markdown(summary: pd.DataFrame) -> str:
    """The claims as a table, a line a claim; untrained controls where one has to beat them."""
    beaten = summary["null"].eq(UNTRAINED).any()
    columns = slice(len(TITLES) if beaten else -1)
    lines = [TITLES, ALIGNMENTS]
    for row in summary.to_dict("records"):
        reason = f": {row['reason']}" if row["reason"] else ""
        lines.append(
            [
                row["source"],
                f"{row['statement']} ({row['quantifier']})",
                f"**{row['verdict']}**{reason}",
                f"{row['for']} / {row['cases']}" if row["cases"] else "",
                values(row),
                threshold(row),
                weakest(row),
                control(row),
            ]
        )
    return texts.markdown_rows(line[columns] for line in lines)


def published_text(summary: pd.DataFrame) -> str:
    """The section of the claims that published accuracies decide; empty without any."""
    if summary.empty:
        return ""
    text = texts.paragraph(
        "On published accuracies.",
        "Judged on what others have published, not on this study, and so alike in every study.",
        counts_sentence(summary),
        "Nothing is known of single images: intervals are binomial, by the numbers of images, with "
        "the variance of each accuracy on a shift at its largest; that of a correlation is by "
        "bootstrap over the models.",
    )
    return f"\n{text}\n{markdown(summary)}"


def main(
    summary: str,
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    confidence: float,
    line_through: str,
    no_line: str,
    beyond: bool = False,
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
    beyond: whether the claims are those beyond the paper

    Raises
    ------
    InputError: the summary lacks a column
    """
    table = read_verdicts(summary)
    own, published = (table[table["evidence"] == each] for each in (STUDY, PUBLISHED))
    first = "Claims beyond the paper" if beyond else "The paper's claims"
    text = texts.paragraph(
        f"{first} on this study's numbers.",
        texts.study_sentence(study),
        counts_sentence(own),
        "A case is one comparison; it counts for or against the claim if its interval does, and "
        "without an interval for neither. Values are those of the claim's models, against those "
        "that they are compared with.",
        "" if beyond else CONTROLS,
        texts.interval_sentence(confidence, study),
        INTERVALS_BEYOND if beyond else INTERVALS,
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

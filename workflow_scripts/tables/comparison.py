"""The study beside the paper: its numbers where they are comparable, else its claims' directions.

A study names the measures that it has the paper's models and data for (`compared` in study.yaml).
No number of the paper stands beside any other measure, nor in any figure or other table.
"""

import logging
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.claims import STUDY
from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import FAMILIES, Model
from workflow_scripts.reporting.paper_numbers import KEYS, may_cover, read_numbers, within_rounding
from workflow_scripts.reporting.reproduced_numbers import LABELS, MEASURES, read_found
from workflow_scripts.reporting.texts import StudyFacts

WITHIN, DIFFERS = "within rounding", "differs"
ABSENT, NOT_AMONG = "not measured in this study", "not among the study's top concepts"
NUMBER, DIRECTION = "number", "direction"
COLUMNS = ["kind", "place", "quantity", *LABELS, "concept", "model", "unit", "paper", "reproduced",
           "low", "high", "difference", "interval_covers", "verdict"]  # fmt: skip
log = logging.getLogger(__name__)


def compare(numbers: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Set the paper's numbers beside a study's; a row for each number and model that it is of.

    Parameters
    ----------
    numbers: of `paper_numbers.read_numbers`
    found: of `reproduced_numbers.read_found`

    Returns
    -------
    Columns `COLUMNS` and `decimals`. `paper` is as printed; `reproduced`, `low`, `high` and
    `difference` (reproduced - paper) are in its unit. `interval_covers` tells whether the interval
    meets the values that are printed as the paper's; it is missing without an interval.
    """
    table = numbers.merge(found, how="left", on=KEYS, suffixes=("_printed", ""))
    scale = np.where(table["unit"] == "%", 100.0, 1.0)
    reproduced, low, high = (table[column] * scale for column in ("value", "low", "high"))
    exact, decimals = table["paper"], table["decimals"]
    # As objects, since without an interval it is neither true nor false.
    covers = may_cover(low, high, exact, decimals).astype(object).where(low.notna(), None)
    verdict = np.where(within_rounding(reproduced, exact, decimals), WITHIN, DIFFERS)
    measured = pd.MultiIndex.from_frame(table[["measure", *LABELS]]).isin(
        pd.MultiIndex.from_frame(found[["measure", *LABELS]])
    )
    missing = np.where(measured & (table["concept"] != ""), NOT_AMONG, ABSENT)
    return table.assign(
        kind=NUMBER,
        model=table["model"].fillna(""),
        paper=table["value_printed"],
        reproduced=reproduced,
        low=low,
        high=high,
        # Rounded, since the difference of two short decimals has many in binary.
        difference=(reproduced - exact).round(9),
        interval_covers=covers,
        verdict=np.where(reproduced.isna(), missing, verdict),
    )[[*COLUMNS, "decimals"]]


def directions(claims: str) -> pd.DataFrame:
    """The verdicts on the paper's claims that the study decides, as rows of the comparison.

    Parameters
    ----------
    claims: tables/claims.csv
    """
    table = read_table(claims, ("source", "statement", "verdict", "evidence"))
    table = table[table["evidence"] == STUDY]
    table = table.rename(columns={"source": "place", "statement": "quantity"})
    return table.assign(kind=DIRECTION)[["kind", "place", "quantity", "verdict"]]


# Markdown


def _tally(verdicts: pd.Series) -> str:
    """How often each verdict is given, the most frequent first."""
    return ", ".join(f"{verdict}: {count}" for verdict, count in verdicts.value_counts().items())


def formatted(value: float, decimals: int) -> str:
    """A reproduced number with one decimal more than the paper's; a whole number without any."""
    if pd.isna(value):
        return ""
    text = f"{value:.0f}" if float(value).is_integer() else f"{value:.{decimals + 1}f}"
    return text.replace("-", "−")


def _line(row: dict[Hashable, Any]) -> list[str]:
    """One number of the paper as a line of the table."""
    family = FAMILIES[row["family"]].name if row["family"] else ""
    labels = ", ".join(filter(None, (row["backbone"], row["pretraining"], family)))
    unit = f" {row['unit']}" if row["unit"] else ""
    reproduced = formatted(row["reproduced"], row["decimals"])
    if reproduced and not pd.isna(row["low"]):
        ends = (formatted(row[end], row["decimals"]) for end in ("low", "high"))
        reproduced += f" ({' to '.join(ends)})"
    difference = formatted(row["difference"], row["decimals"])
    if row["difference"] > 0:
        difference = f"+{difference}"
    covers = {True: "yes", False: "no"}.get(row["interval_covers"], "")
    quantity = row["quantity"] + (f": {row['concept']}" if row["concept"] else "")
    model = f"`{row['model']}`" if row["model"] else ""
    printed = row["paper"].replace("-", "−") + unit
    return [quantity, labels, model, printed, reproduced, difference, row["verdict"], covers]


def numbers_text(table: pd.DataFrame, doubtful: int) -> str:
    """The numbers, place by place, below what they mean.

    Parameters
    ----------
    table: of `compare`
    doubtful: how many numbers are left out
    """
    titles = ["Quantity", "Paper's model", "Study's model", "Paper", "Reproduced", "Difference",
              "Verdict", "Interval covers it"]  # fmt: skip
    style = ["---"] * 3 + ["---:"] * 3 + ["---"] * 2
    left_out = (
        f"{doubtful} numbers that are not legible beyond doubt, or of models outside the paper's "
        "pool, are left out (see resources/paper)."
    )
    text = texts.paragraph(
        "Numbers.",
        f"Of {len(table)} comparisons, {_tally(table['verdict'])}.",
        "Within rounding: at most half a unit of the paper's last decimal away. An interval covers "
        "the paper's number if it meets the values that round to it; that of a count of concepts "
        "is the range over draws of the concept sets, all others are bootstrap intervals over "
        "images.",
        left_out if doubtful else "",
    )
    for place, rows in table.groupby("place", sort=False):
        lines = [_line(row) for row in rows.to_dict("records")]
        text += f"\n**{place}**\n\n{texts.markdown_rows([titles, style, *lines])}"
    return text


def directions_text(table: pd.DataFrame) -> str:
    """The verdicts on the claims, of `directions`, as Markdown."""
    text = texts.paragraph(
        "Directions.",
        f"Of {len(table)} claims, {_tally(table['verdict'])}.",
        "Their numbers and intervals are in claims.md.",
    )
    lines = table[["place", "quantity", "verdict"]].to_numpy().tolist()
    return f"{text}\n{texts.markdown_rows([['Source', 'Claim', 'Verdict'], ['---'] * 3, *lines])}"


def scope_sentence(compared: list[str], images: int | None) -> str:
    """Which numbers of the paper are set beside the study's."""
    if compared and not images:
        return f"Its numbers are comparable in: {', '.join(compared)}."
    why = "Not all images were measured" if images else "Its models or data are not the paper's"
    return (
        f"{why}: none of its numbers stands beside the paper's, only the directions of the claims "
        "are compared."
    )


def main(
    paper: Sequence[str],
    tables: Mapping[str, str],
    claims: str,
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    models: list[Model],
    test: str,
    threshold: float | None,
    compared: list[str],
) -> None:
    """Make the comparison.

    Parameters
    ----------
    paper: files of resources/paper
    tables: path of the table of each compared measure that the study makes, by measure
    claims: tables/claims.csv
    csv, md: files to write
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    test: id of the test set
    threshold: average precision from which a concept counts as encoded; None without concepts
    compared: measures with the paper's models and data; none if the images are limited

    Raises
    ------
    InputError: a table lacks a column or a model, or resources/paper has a mistake
    """
    verdicts = directions(claims)
    parts = [verdicts]
    sentences = texts.study_sentence(study), scope_sentence(compared, study["images"])
    text = texts.paragraph("The paper and this study.", *sentences)
    if compared:
        numbers = read_numbers(paper, MEASURES)
        numbers = numbers[numbers["measure"].isin(compared)]
        certain = numbers[numbers["doubt"] == ""]
        table = compare(certain, read_found(tables, models, test, threshold))
        log.info("%d numbers: %s", len(table), _tally(table["verdict"]))
        text += "\n" + numbers_text(table, len(numbers) - len(certain))
        parts.insert(0, table)
    write_csv(csv, pd.concat(parts).reindex(columns=COLUMNS))
    write_text(md, f"{text}\n{directions_text(verdicts)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        tables = named_inputs(snakemake)
        paper = [tables.pop(name) for name in ("paper_tables", "paper_text")]
        main(
            paper,
            tables,
            tables.pop("claims"),
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

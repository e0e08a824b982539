"""Beyond the paper: which indicator of robustness one may rely on, and for what."""

from typing import Any

import pandas as pd

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import Model
from workflow_scripts.reporting.indication import (
    ALL,
    AREA,
    CHANCE,
    COLUMNS,
    CORRELATION,
    GROUPS,
    INDICATORS,
    OF_BACKBONE,
    OF_CLIPS,
    how_sentences,
    numbers,
    row_of,
)
from workflow_scripts.reporting.texts import StudyFacts

YES, NO, REVERSED, OPEN = "yes", "not shown", "reversed", "cannot be judged"
RANKING = {CORRELATION: "to rank", AREA: "to tell robust ones among"}
MODELS = {ALL: "all models", OF_CLIPS: "CLIPs", OF_BACKBONE: "models of one backbone"}
WITHOUT_WIDTH = "†"


def verdict(row: pd.Series) -> str:
    """What the interval of a statistic says: whether it lies above, below or around chance."""
    chance = CHANCE[row["statistic"]]
    if pd.isna(row["low"]):
        return OPEN
    if row["low"] > chance:
        return YES
    return REVERSED if row["high"] < chance else NO


def cell(row: pd.Series) -> str:
    """The verdict with its numbers, or why there is none."""
    if row["verdict"] == OPEN:
        return f"{OPEN}: {row['reason']}"
    mark = WITHOUT_WIDTH if row["low"] == row["high"] else ""
    return f"{row['verdict']}, {numbers(row)}{mark}"


def listed(words: list[str]) -> str:
    """Words as a list in a sentence."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def reliance(rows: pd.DataFrame) -> str:
    """In a sentence, what one may rely on an indicator for; `rows` are all of its own."""
    found = {
        kind: [
            f"{RANKING[str(statistic)]} {listed([MODELS[group] for group in own['group']])}"
            for statistic, own in rows[rows["verdict"] == kind].groupby("statistic", sort=False)
        ]
        for kind in (YES, REVERSED, OPEN)
    }
    if (rows["verdict"] == OPEN).all():
        return "Cannot be judged here"
    parts = [f"{'; '.join(found[YES])}" if found[YES] else "for nothing shown here"]
    parts += [f"points the wrong way: {'; '.join(found[REVERSED])}"] if found[REVERSED] else []
    return ". ".join(part[0].upper() + part[1:] for part in parts)


def markdown(table: pd.DataFrame) -> str:
    """A line an indicator: what one may rely on it for, and each statistic in each group."""
    titles = [
        f"{RANKING[each].capitalize()} {MODELS[group]}" for each in CHANCE for group in GROUPS
    ]
    lines = [["Indicator", "One may rely on it", *titles], ["---"] * (2 + len(titles))]
    for indicator, name in INDICATORS.items():
        own = table[table["indicator"] == indicator]
        cells = [cell(row_of(own, indicator, group, each)) for each in CHANCE for group in GROUPS]
        lines.append([name.replace("|", "\\|"), reliance(own), *cells])
    return texts.markdown_rows(lines)


def counts_sentence(table: pd.DataFrame) -> str:
    """How many models each group has at most, and how many of them are robust."""
    parts = []
    for group in GROUPS:
        row = table[table["group"] == group].sort_values("models").iloc[-1]
        parts.append(f"{group} {row['models']:.0f}, of which {row['robust']:.0f} robust")
    return f"Models: {'; '.join(parts)}."


def main(
    associations: str,
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    models: list[Model],
    confidence: float,
    line_through: str,
    no_line: str,
) -> None:
    """Make the table.

    Parameters
    ----------
    associations: measures/indication/indication/associations.csv
    csv, md: files to write; the CSV with the column verdict
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    confidence: level of the intervals
    line_through, no_line: what the line goes through, and why there is none; see
        `texts.line_sentence`

    Raises
    ------
    InputError: the table lacks a column
    """
    table = read_table(associations, COLUMNS)
    table = table.assign(verdict=[verdict(row) for _, row in table.iterrows()])
    text = texts.paragraph(
        "Which indicator of effective robustness may one rely on, and for what?",
        "To rank: Spearman's rank correlation with effective robustness; to tell: the area under "
        "the ROC curve for robust against not robust. Yes: its interval lies above what an "
        "indicator that says nothing would have (0 and 0.5); reversed: below; not shown: around "
        "it. Within a backbone models are compared with those of their own backbone alone.",
        *how_sentences(bool(no_line), confidence),
        f"{WITHOUT_WIDTH}: in every resample alike, which says that no choice among these models "
        "reverses the order, and not that no other model would.",
        counts_sentence(table),
        texts.line_sentence(line_through, no_line),
        texts.rectified_sentence(models),
        texts.study_sentence(study),
    )
    write_csv(csv, table)
    write_text(md, f"{text}\n{markdown(table)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.associations,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

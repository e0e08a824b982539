"""Beyond the paper: do the indicators track effective robustness along the Wise-FT paths?"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from workflow_scripts.analysis.estimates import SHIFTS
from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import Model
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.study.pool import label_of

COLUMNS = ("model", "zero_shot", "quantity", "dataset", "points", "spearman", "low", "high")


def columns_of(test: str, title: str) -> dict[str, tuple[str, str]]:
    """Title of each column, and the quantity and the data set that it shows."""
    return {
        f"Kurtosis, {title}": ("kurtosis", test),
        "Kurtosis, shifts": ("kurtosis", SHIFTS),
        "Unique concepts": ("concepts", test),
        "Importance ratio": ("importance_ratio", test),
    }


def cell(rows: pd.DataFrame) -> str:
    """A correlation with its interval; `rows` has one row at most."""
    if rows.empty:
        return "N.A."
    row = rows.iloc[0]
    if pd.isna(row["spearman"]):
        return "undefined"
    return f"{row['spearman']:.2f} ({row['low']:.2f} to {row['high']:.2f})".replace("-", "−")


def markdown(table: pd.DataFrame, models: list[Model], test: str, title: str) -> str:
    """A line a pair, a column an indicator."""
    columns = columns_of(test, title)
    titles = ["Backbone", "Pretraining data", *columns]
    lines = [titles, ["---"] * 2 + ["---:"] * len(columns)]
    for model in models:
        own = table[table["model"] == model["model"]]
        cells = [
            cell(own[(own["quantity"] == quantity) & (own["dataset"] == dataset)])
            for quantity, dataset in columns.values()
        ]
        lines.append([model["backbone"], label_of(model), *cells])
    return texts.markdown_rows(lines)


def main(
    tracks: str,
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    models: list[Model],
    test: str,
    confidence: float,
    line_through: str,
    no_line: str,
    left_out: Sequence[str] = (),
) -> None:
    """Make the table.

    Parameters
    ----------
    tracks: measures/wise_ft_tracking.csv
    csv, md: files to write
    study: what the text above a table says about the study
    models: the finetuned models, rows of models.tsv
    test: id of the test set
    confidence: level of the intervals
    line_through, no_line: what the line goes through, and why there is none; see
        `texts.line_sentence`
    left_out: ids of the finetuned models without a path
    """
    table = read_table(tracks, COLUMNS)
    text = texts.paragraph(
        "Do the indicators track effective robustness along the Wise-FT paths?",
        "Spearman rank correlation of each indicator with effective robustness over the points of "
        "a path from a zero-shot model to the one finetuned from it; 1 if both rise and fall "
        "together.",
        texts.study_sentence(study),
        texts.left_out_sentence(left_out, texts.NO_PATH),
        "" if models else "It has no finetuned model beside its parent.",
        texts.line_sentence(line_through, no_line),
        texts.interval_sentence(confidence, study),
        "Concepts and importance ratio are not resampled, so their intervals are those of "
        "effective robustness alone.",
    )
    write_csv(csv, table)
    write_text(md, f"{text}\n{markdown(table, models, test, study['test'])}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.tracks,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

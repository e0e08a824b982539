"""Beyond the paper: is what was measured the model that its row names? Accuracy tells."""

from typing import Any

import pandas as pd

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import Model, without_baselines
from workflow_scripts.reporting.texts import StudyFacts

TITLES = ["Model", "Data set", "Images", "Accuracy (%)", "Published (%)", "Of", "Chance (%)",
          "Verdict"]  # fmt: skip
ALIGNMENTS = ["---", "---", "---:", "---:", "---:", "---", "---:", "---"]
NUMBERS = ("images", "accuracy", "low", "high", "chance", "published")
WORDS = ["published_as", "verdict", "cause"]


def markdown(table: pd.DataFrame) -> str:
    """The table, a line for each model and data set; what is not as it should be is bold."""
    lines = [TITLES, ALIGNMENTS]
    for row in table.to_dict("records"):
        percent = {key: f"{100 * row[key]:.2f}" for key in NUMBERS[1:]}
        verdict = f"**{row['verdict']}**: {row['cause']}" if row["cause"] else row["verdict"]
        lines.append(
            [
                f"`{row['model']}`",
                f"`{row['dataset']}`",
                f"{row['images']:.0f}",
                f"{percent['accuracy']} ({percent['low']} to {percent['high']})",
                "" if pd.isna(row["published"]) else percent["published"],
                row["published_as"],
                percent["chance"],
                verdict,
            ]
        )
    return texts.markdown_rows(lines)


def counts_sentence(table: pd.DataFrame) -> str:
    """How many accuracies are compared with published ones, and how many are suspicious."""
    if table.empty:
        return "Nothing is known of any accuracy: the images have no labels."
    published, wrong = table["published"].notna(), table["cause"] != ""
    return (
        f"{published.sum()} of {len(table)} accuracies have a published one beside them; "
        f"{wrong.sum()} {'is' if wrong.sum() == 1 else 'are'} not as it should be."
    )


def main(
    accuracies: str,
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    models: list[Model],
    test: str,
    confidence: float,
) -> None:
    """Make the table.

    Parameters
    ----------
    accuracies: measures/indicators/accuracy_check.csv
    csv, md: files to write; the CSV has what the measure has
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    test: id of the test set
    confidence: level of the intervals

    Raises
    ------
    InputError: the measure lacks a column
    """
    table = read_table(accuracies, ("model", "dataset", *NUMBERS, *WORDS))
    table[WORDS] = table[WORDS].astype(object).fillna("")  # a column of nothing is read as numbers
    text = texts.paragraph(
        "Accuracies beside published ones.",
        counts_sentence(table),
        f"Intervals: {100 * confidence:g} %, binomial (Clopper and Pearson), for the number of "
        "images. A published accuracy outside is no chance of the images: the network is another, "
        "or it is shown or asked something else.",
        "Each is of the same weights on the same data set; those of open_clip depend on the "
        "activation function of the architecture, too. Where none is published, the accuracy on "
        f"`{test}` is compared with chance, one over the number of classes.",
        texts.pool_sentence(study, without_baselines(models)),
    )
    write_csv(csv, table)
    write_text(md, f"{text}\n{markdown(table)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.accuracies,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

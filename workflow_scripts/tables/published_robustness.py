"""Beyond the paper: measured kurtosis beside the published robustness of the same weights."""

from typing import Any

import pandas as pd

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_table, read_values
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import Model, look_of, without_baselines
from workflow_scripts.reporting.texts import StudyFacts

TITLES = ["Model", "Family", "Kurtosis", "Effective robustness", "Shifts", "Published as"]
ALIGNMENTS = ["---", "---", "---:", "---:", "---:", "---"]
NUMBERS = ["shifts", "accuracy", "shift_accuracy", "effective_robustness"]


def markdown(table: pd.DataFrame, models: list[Model]) -> str:
    """The table, a line a model whose weights have a published robustness; empty without any."""
    known = table[table["shifts"].notna()]
    if known.empty:
        return ""
    looks = {model["model"]: look_of(model) for model in models}
    lines = [TITLES, ALIGNMENTS]
    for row in known.to_dict("records"):
        lines.append(
            [
                f"`{row['model']}`",
                looks[row["model"]].name,
                f"{row['kurtosis']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
                f"{row['effective_robustness']:.3f}".replace("-", "−"),
                f"{row['shifts']:.0f}",
                row["published_as"],
            ]
        )
    return texts.markdown_rows(lines)


def main(
    kurtosis: str,
    published: str,
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
    kurtosis: measures/indicators/kurtosis.csv
    published: measures/robustness/published_weights.csv
    csv, md: files to write; the CSV has a row for each model
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    test: id of the test set
    confidence: level of the intervals

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    own = without_baselines(models)
    values = read_values(kurtosis, own, ("kurtosis", "low", "high"), test)
    values = values.rename(columns={"value": "kurtosis"}).rename_axis("model").reset_index()
    families = pd.DataFrame(own, columns=["model", "family"])
    found = read_table(published, ("model", "published_as", *NUMBERS))
    table = families.merge(values, on="model").merge(found, on="model", how="left")
    known = int(table["shifts"].notna().sum())
    text = texts.paragraph(
        "Kurtosis beside published robustness.",
        f"Kurtosis is measured here on `{test}`; effective robustness is published, of the very "
        f"weights, for {known} of {len(table)} models: above the ImageNet testbed's line through "
        "the same shifts, with ImageNet-V2 matched-frequency. Four shifts and five have lines of "
        "their own and are not to be compared.",
        texts.rectified_sentence(own),
        texts.pool_sentence(study, own),
        texts.interval_sentence(confidence, study),
    )
    write_csv(csv, table)
    write_text(md, f"{text}\n{markdown(table, own)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.kurtosis,
            snakemake.input.published,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

"""Table 7: polysemanticity of the zero-shot models (Appendix E.4)."""

from typing import Any

import pandas as pd

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.concepts import at_threshold, sign_sentence
from workflow_scripts.reporting.families import Model
from workflow_scripts.reporting.texts import StudyFacts

COLUMNS = ("polysemanticity", "per_component", "directions", "width")
FAMILIES = ("robust_zero_shot", "non_robust_zero_shot")
TITLES = ["Backbone", "Pretraining data", "Polysemanticity", "Directions", "Either sign"]


def main(
    polysemanticity: str,
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    models: list[Model],
    dataset: str,
    threshold: float,
) -> None:
    """Make the table.

    Parameters
    ----------
    polysemanticity: measures/concepts/polysemanticity.csv
    csv, md: files to write; the CSV with a row a model
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role concepts
    threshold: average precision from which a concept counts as encoded
    """
    own = [model for model in models if model["family"] in FAMILIES]
    columns = ["model", "backbone", "pretraining"]
    values = at_threshold(polysemanticity, own, threshold, COLUMNS)
    either = at_threshold(polysemanticity, own, threshold, COLUMNS[:1], sign="either")
    values["either_sign"] = either["polysemanticity"]
    table = pd.concat([pd.DataFrame(own, columns=columns), values.reset_index(drop=True)], axis=1)
    lines = [TITLES, ["---"] * 2 + ["---:"] * 3]
    lines += [
        [
            row["backbone"],
            row["pretraining"],
            f"{row['polysemanticity']:.1f}",
            f"{row['directions']:.0f}",
            f"{row['either_sign']:.1f}",
        ]
        for row in table.to_dict("records")
    ]
    text = texts.paragraph(
        "Table 7. Polysemanticity of the zero-shot models.",
        f"Number of concepts of `{dataset}` that a direction encodes (average precision of at "
        f"least {threshold:g}), averaged over the directions up to the rank of the head.",
        sign_sentence(),
        "Either sign: concepts count that the direction or its opposite encodes.",
        texts.pool_sentence(study, own),
    )
    write_csv(csv, table)
    write_text(md, text + "\n" + texts.markdown_rows(lines))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.polysemanticity,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

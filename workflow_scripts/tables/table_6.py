"""Table 6: the concepts that the most privileged direction of each model encodes (Appendix E.3)."""

from typing import Any

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.concepts import display_name, sign_sentence
from workflow_scripts.reporting.families import Model, look_of, without_baselines
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.study.pool import label_of

TOP = 3
TITLES = [
    "Backbone",
    "Pretraining data",
    "Kind",
    *(f"Top-{place} concept" for place in range(1, TOP + 1)),
]


def main(
    concepts: str, csv: str, md: str, *, study: StudyFacts, models: list[Model], dataset: str
) -> None:
    """Make the table.

    Parameters
    ----------
    concepts: measures/concepts/top.csv
    csv, md: files to write; the CSV with a row for each model and place
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role concepts
    """
    columns = ("model", "direction", "sign", "place", "name", "category", "average_precision")
    table = read_table(concepts, columns)
    table = table[(table["sign"] == "convention") & (table["place"] <= TOP)]
    lines = [TITLES, ["---"] * len(TITLES)]
    own = without_baselines(models)
    for model in own:
        rows = table[table["model"] == model["model"]].sort_values("place")
        cells = [
            f"{display_name(str(row.name))} ({row.average_precision:.2f})"
            for row in rows.itertuples(index=False)
        ]
        labels = [model["backbone"], label_of(model), look_of(model).name]
        lines.append([*labels, *cells, *["N.A."] * (TOP - len(cells))])
    text = texts.paragraph(
        "Table 6. Top concepts of the most privileged direction.",
        f"The {TOP} concepts of `{dataset}` with the highest average precision (in brackets) when "
        "images are ranked by their projection on the direction of the largest importance "
        "(equation 2).",
        sign_sentence(),
        texts.pool_sentence(study, own),
    )
    ids = [model["model"] for model in own]
    write_csv(csv, table[table["model"].isin(ids)])
    write_text(md, f"{text}\n{texts.markdown_rows(lines)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.concepts,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

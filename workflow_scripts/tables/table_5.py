"""Table 5: unique concepts of multimodal models that are no CLIPs (Appendix D)."""

import pandas as pd

from workflow_scripts.lib import captions
from workflow_scripts.lib.atomic import write_csv, write_text
from workflow_scripts.lib.concept_tables import at_threshold, sign_sentence
from workflow_scripts.lib.families import shown

COLUMNS = ("concepts", "chance", "draws_low", "draws_high")
KINDS = {"robust_zero_shot": "Zero-shot", "finetuned": "Finetuned"}


def of_other_family(models: list[dict]) -> list[dict]:
    """The zero-shot and finetuned models whose backbone is a CoCa."""
    # ASSUME: a CoCa is known by its backbone's name, as open_clip names them (coca_ViT-B-32).
    return [
        model
        for model in shown(models)
        if model["backbone"].lower().startswith("coca") and model["family"] in KINDS
    ]


def markdown(table: pd.DataFrame) -> str:
    """The paper's layout: a line a backbone."""
    lines = ["| Backbone | CoCa Zero-shot | CoCa Finetuned |", "| --- | ---: | ---: |"]
    for backbone, rows in table.groupby("backbone", sort=False):
        cells = []
        for kind in KINDS.values():
            own = rows[rows["kind"] == kind]
            cells.append("; ".join(f"{row.concepts:.0f}" for row in own.itertuples()) or "N.A.")
        lines.append(f"| {backbone} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(counts, csv, md, *, study, models, dataset, threshold):
    """Make the table; a study without such a model gets one that says so.

    Parameters
    ----------
    counts: measures/concepts/counts.csv
    csv, md: files to write; the CSV with a row a model
    study: name of the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role concepts
    threshold: average precision from which a concept counts as encoded
    """
    own = of_other_family(models)
    frame = pd.DataFrame(own, columns=["model", "family", "backbone", "pretraining"])
    values = at_threshold(counts, own, threshold, COLUMNS).reset_index(drop=True)
    table = pd.concat([frame.assign(kind=frame["family"].map(KINDS)), values], axis=1)
    text = captions.caption(
        "Table 5. Unique concepts of models that are no CLIPs.",
        f"Number of concepts of `{dataset}` with an average precision of at least {threshold:g} in "
        "some direction of a CoCa's head (equation 4).",
        sign_sentence(),
        f"Study `{study}`." if own else f"The study `{study}` has no such model.",
        "N.A.: the study has no such model.",
    )
    write_csv(csv, table.drop(columns="family"))
    write_text(md, f"{text}\n{markdown(table)}")


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.counts,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

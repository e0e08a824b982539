"""Table 5: unique concepts of multimodal models that are no CLIPs (Appendix D)."""

from workflow_scripts.lib import captions
from workflow_scripts.lib.atomic import write_csv, write_text
from workflow_scripts.lib.coca import coca_models, markdown, study_sentence, tidy
from workflow_scripts.lib.concept_tables import at_threshold, sign_sentence

COLUMNS = ("concepts", "chance", "draws_low", "draws_high")


def cell(row) -> str:
    """The number of concepts."""
    return f"{row.concepts:.0f}"


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
    own = coca_models(models)
    table = tidy(own, at_threshold(counts, own, threshold, COLUMNS))
    text = captions.caption(
        "Table 5. Unique concepts of models that are no CLIPs.",
        f"Number of concepts of `{dataset}` with an average precision of at least {threshold:g} in "
        "some direction of a CoCa's head (equation 4).",
        sign_sentence(),
        study_sentence(study, own),
    )
    write_csv(csv, table)
    write_text(md, f"{text}\n{markdown(table, cell)}")


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.counts,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

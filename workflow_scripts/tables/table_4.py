"""Table 4: activation kurtosis of multimodal models that are no CLIPs (Appendix D)."""

from workflow_scripts.lib import captions
from workflow_scripts.lib.atomic import write_csv, write_text
from workflow_scripts.lib.coca import coca_models, markdown, study_sentence, tidy
from workflow_scripts.lib.measure_tables import rows_of

COLUMNS = ("kurtosis", "low", "high")


def cell(row) -> str:
    """Kurtosis with its interval."""
    return f"{row.kurtosis:.1f} ({row.low:.2f} to {row.high:.2f})"


def main(kurtosis, csv, md, *, study, models, dataset, confidence):
    """Make the table; a study without such a model gets one that says so.

    Parameters
    ----------
    kurtosis: measures/kurtosis.csv
    csv, md: files to write; the CSV with a row a model
    study: name of the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: level of the intervals
    """
    own = coca_models(models)
    table = tidy(own, rows_of(kurtosis, own, COLUMNS, dataset))
    caption = captions.caption(
        "Table 4. Activation kurtosis of models that are no CLIPs.",
        f"Kurtosis (equation 1) of CoCas, averaged over the images of `{dataset}`; far above 3 it "
        "indicates outlier features.",
        study_sentence(study, own),
        captions.interval_sentence(confidence),
    )
    write_csv(csv, table)
    write_text(md, f"{caption}\n{markdown(table, cell)}")


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.kurtosis,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

"""Table 3: effective robustness of multimodal models that are no CLIPs (Appendix D)."""

from workflow_scripts.lib import captions
from workflow_scripts.lib.atomic import write_csv, write_text
from workflow_scripts.lib.coca import coca_models, markdown, study_sentence, tidy
from workflow_scripts.lib.measure_tables import rows_of

COLUMNS = ("effective_robustness", "low", "high", "accuracy")


def cell(row) -> str:
    """Effective robustness with its interval, and the accuracy on ImageNet, as in the paper."""
    robustness, low, high = (
        f"{100 * value:.1f}".replace("-", "−")
        for value in (row.effective_robustness, row.low, row.high)
    )
    return f"{robustness} % ({low} to {high}) at {100 * row.accuracy:.1f} %"


def main(robustness, csv, md, *, study, models, confidence):
    """Make the table; a study without such a model gets one that says so.

    Parameters
    ----------
    robustness: measures/effective_robustness/models.csv
    csv, md: files to write; the CSV in fractions, a row a model
    study: name of the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    confidence: level of the intervals
    """
    own = coca_models(models)
    table = tidy(own, rows_of(robustness, own, COLUMNS))
    caption = captions.caption(
        "Table 3. Effective robustness of models that are no CLIPs.",
        "Effective robustness (equation 5) of CoCas with its interval, at their ImageNet accuracy.",
        study_sentence(study, own),
        captions.interval_sentence(confidence),
    )
    write_csv(csv, table)
    write_text(md, f"{caption}\n{markdown(table, cell)}")


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.robustness,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

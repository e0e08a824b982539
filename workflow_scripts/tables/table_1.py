"""Table 1: accuracy on the ImageNet test set (Appendix B)."""

from workflow_scripts.lib import captions
from workflow_scripts.lib.accuracy_table import write
from workflow_scripts.lib.families import shown
from workflow_scripts.lib.measure_tables import read_values


def main(accuracy, csv, markdown, *, study, models, dataset, confidence):
    """Make the table.

    Parameters
    ----------
    accuracy: measures/accuracy.csv
    csv, markdown: files to write; the CSV in percent, a row a model
    study: name of the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: level of the intervals in the table

    Raises
    ------
    InputError: the table lacks a column or a model
    """
    compared = shown(models)
    values = read_values(accuracy, compared, ("accuracy", "low", "high"), dataset)
    caption = captions.caption(
        "Table 1. Accuracy on the ImageNet test set.",
        f"Top-1 accuracy on `{dataset}`.",
        captions.pool_sentence(study, compared),
        captions.interval_sentence(confidence),
        "N.A.: the study has no such model.",
    )
    write(csv, markdown, compared, values, caption)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.accuracy,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

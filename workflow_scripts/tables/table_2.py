"""Table 2: accuracy averaged over the distribution shifts (Appendix B)."""

from workflow_scripts.lib import captions
from workflow_scripts.lib.accuracy_table import write
from workflow_scripts.lib.families import shown
from workflow_scripts.lib.measure_tables import read_values

COLUMNS = ("shift_accuracy", "shift_accuracy_low", "shift_accuracy_high")


def main(robustness, csv, markdown, *, study, models, datasets, confidence):
    """Make the table.

    Parameters
    ----------
    robustness: measures/effective_robustness/models.csv
    csv, markdown: files to write; the CSV in percent, a row a model
    study: name of the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    datasets: ids of the data sets of role shift
    confidence: level of the intervals in the table

    Raises
    ------
    InputError: the table lacks a column or a model
    """
    compared = shown(models)
    values = read_values(robustness, compared, COLUMNS)
    names = ", ".join(f"`{dataset}`" for dataset in datasets)
    caption = captions.caption(
        "Table 2. Accuracy averaged over the distribution shifts.",
        f"Mean of the top-1 accuracies on {names}, each data set counting the same.",
        captions.pool_sentence(study, compared),
        captions.interval_sentence(confidence),
        "N.A.: the study has no such model.",
    )
    write(csv, markdown, compared, values, caption)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.robustness,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

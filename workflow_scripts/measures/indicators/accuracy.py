"""Accuracy of a model on the test set and the shifts (Section 3); see analysis/accuracy.py."""

from typing import Any

from workflow_scripts.analysis.accuracy import main
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.analysis.model_files import ModelFiles

if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            ModelFiles(settings["model"], snakemake.input.head, snakemake.input.card),
            snakemake.input.activations,
            snakemake.output.table,
            snakemake.output.correct,
            bootstrap=Bootstrap(**settings["bootstrap"]),
        )

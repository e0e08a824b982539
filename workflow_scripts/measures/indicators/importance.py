"""Importances of a head's directions (Section 4, equations 2, 3); see analysis/importance.py."""

from typing import Any

from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.analysis.importance import main
from workflow_scripts.analysis.model_files import ModelFiles

if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            ModelFiles(settings["model"], snakemake.input.head, snakemake.input.card),
            snakemake.input.activations,
            snakemake.output.directions,
            snakemake.output.ratio,
            snakemake.output.resamples,
            bootstrap=Bootstrap(**settings["bootstrap"]),
        )

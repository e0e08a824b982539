"""Activation kurtosis of a model (Section 4, equation 1); see analysis/kurtosis.py."""

from typing import Any

from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.analysis.kurtosis import main

if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            [snakemake.input.activations],
            snakemake.output.table,
            snakemake.output.resamples,
            model=settings["model"],
            bootstrap=Bootstrap(**settings["bootstrap"]),
        )

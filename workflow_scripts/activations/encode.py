"""Activations of one model on all its data sets: h, the encoder output before normalisation."""

from pathlib import Path
from typing import Any

from workflow_scripts.networks.encoding import encode_stores

if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        encode_stores(
            snakemake.input.stores,
            Path(snakemake.input.card).parent,
            Path(snakemake.output.activations[0]).parent,
            snakemake.threads,
            **snakemake.params.settings,
        )

"""Activations of one model on all its data sets: h, the encoder output before normalisation."""

from pathlib import Path

from workflow_scripts.networks.encoding import encode_stores

if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        encode_stores(
            snakemake.input.stores,
            Path(snakemake.input.card).parent,
            snakemake.output.activations,
            snakemake.output.digests,
            snakemake.threads,
            **snakemake.params.settings,
        )

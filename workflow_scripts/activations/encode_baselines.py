"""Activations of all baselines on the data sets: one job, since each takes a second or two."""

from pathlib import Path

from workflow_scripts.networks.encoding import encode_stores


def main(stores, bundles, activations, digests, threads, *, device):
    """Encode the data sets with each baseline in turn.

    Parameters
    ----------
    stores: image stores
    bundles: folders of the baselines' bundles
    activations, digests: files to write as `encode` does, those of the first baseline first
    threads: number of threads
    device: auto, cpu or cuda
    """
    count = len(stores)
    for number, bundle in enumerate(bundles):
        own = slice(number * count, (number + 1) * count)
        encode_stores(stores, bundle, activations[own], digests[own], threads, device=device)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.stores,
            [Path(card).parent for card in snakemake.input.cards],
            snakemake.output.activations,
            snakemake.output.digests,
            snakemake.threads,
            **snakemake.params.settings,
        )

"""Activations of several models on the same data sets: one job, since each takes a second or two.

Of the baselines, and in studies that draw their images of controls and interventions.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflow_scripts.networks.encoding import encode_stores


def main(
    stores: Sequence[Path | str],
    bundles: Sequence[Path],
    activations: Sequence[Path | str],
    threads: int,
    *,
    device: str,
) -> None:
    """Encode the data sets with each model in turn.

    Parameters
    ----------
    stores: image stores.
    bundles: folders of the models' bundles, named by the models.
    activations: files to write, in folders that are named likewise.
    threads: number of threads.
    device: auto, cpu or cuda.
    """
    folders = {Path(path).parent.name: Path(path).parent for path in activations}
    for bundle in bundles:
        encode_stores(stores, bundle, folders[bundle.name], threads, device=device)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.stores,
            [Path(card).parent for card in snakemake.input.cards],
            snakemake.output.activations,
            snakemake.threads,
            **snakemake.params.settings,
        )

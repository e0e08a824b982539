"""Activations of a finetuned model after each epoch, which Figure 5 follows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflow_scripts.files.atomic import replacing_folder
from workflow_scripts.files.digests import sha256_text, write_digest
from workflow_scripts.networks.encoding import encode_stores


def main(
    stores: Sequence[Path | str],
    bundles: Path | str,
    folder: Path | str,
    threads: int,
    *,
    device: str,
) -> None:
    """Encode the data sets with the bundle of each epoch.

    Parameters
    ----------
    stores: image stores.
    bundles: folder with a bundle for each epoch.
    folder: to write, with a folder for each epoch and activations as `encode` writes them; the
        digest of their contents is written beside it.
    threads: number of threads.
    device: auto, cpu or cuda.
    """
    digests = []
    with replacing_folder(Path(folder)) as temporary:
        for bundle in sorted(Path(bundles).glob("epoch_*")):
            own = temporary / bundle.name
            digests += [bundle.name, *encode_stores(stores, bundle, own, threads, device=device)]
    write_digest(Path(folder), sha256_text(*digests))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.stores,
            snakemake.input.bundles,
            snakemake.output.folder,
            snakemake.threads,
            **snakemake.params.settings,
        )

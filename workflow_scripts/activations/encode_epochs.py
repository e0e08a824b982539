"""Activations of a finetuned model after each epoch, which Figure 5 follows."""

import json
from pathlib import Path

from workflow_scripts.files.atomic import replacing_folder, write_json
from workflow_scripts.files.image_stores import open_store
from workflow_scripts.networks.encoding import encode_stores


def main(stores, bundles, folder, digest, threads, *, device):
    """Encode the data sets with the bundle of each epoch.

    Parameters
    ----------
    stores: image stores
    bundles: folder with a bundle for each epoch
    folder: folder to write, with a folder for each epoch and activations as `encode` writes them
    digest: JSON to write, which stands for the folder
    threads: number of threads
    device: auto, cpu or cuda
    """
    names = []
    for path in stores:
        with open_store(path) as store:
            names.append(store.attrs["dataset"])
    digests = {}
    with replacing_folder(Path(folder)) as temporary:
        for bundle in sorted(Path(bundles).glob("epoch_*")):
            own = temporary / bundle.name
            paths = [[own / f"{name}.{ending}" for name in names] for ending in ("h5", "json")]
            encode_stores(stores, bundle, *paths, threads, device=device)
            digests[bundle.name] = [json.loads(path.read_text())["sha256"] for path in paths[1]]
    write_json(Path(digest), digests)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.stores,
            snakemake.input.bundles,
            snakemake.output.folder,
            snakemake.output.digest,
            snakemake.threads,
            **snakemake.params.settings,
        )

"""Download and verify the file of one source, or verify the one that a person put there."""

from workflow_scripts.transfer.fetch import fetch
from workflow_scripts.transfer.preflight import preflight


def main(row, folder, mirror=None, offline=False):
    """Make the file of a source (row of sources.tsv) complete and verified in `folder`.

    Raises
    ------
    InputError: the file is missing or not what it should be; says what a person can do
    """
    preflight([row], folder, offline, mirror)
    fetch(row, folder, mirror)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(**snakemake.params.request)

"""Download and verify the file of one source, or verify the one that a person put there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow_scripts.transfer.fetch import fetch
from workflow_scripts.transfer.preflight import preflight
from workflow_scripts.transfer.sources import Source


def main(
    row: Mapping[str, Any], folder: Path | str, mirror: str | None = None, offline: bool = False
) -> None:
    """Make the file of a source complete and verified.

    Parameters
    ----------
    row: the source's row of sources.tsv
    folder: where downloads lie
    mirror: base URL that replaces the source's own addresses
    offline: whether downloading is forbidden

    Raises
    ------
    InputError: the file is missing or not what it should be; says what a person can do
    """
    preflight([row], folder, offline, mirror)
    fetch(Source.from_row(row), folder, mirror)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(**snakemake.params.request)

"""Compare finished results and downloads with all digests that are recorded of them.

A job compares only what it reads; a figure, which no job reads, is compared here alone.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workflow_scripts.files.digests import digest_file, verified_digest
from workflow_scripts.job import records
from workflow_scripts.job.errors import InputError


def main(folder: Path | str, downloads: Iterable[Path | str]) -> None:
    """Name every file that is not what it was when it was finished, or verified.

    Parameters
    ----------
    folder: of the records of the study's jobs
    downloads: files that were or will be downloaded

    Raises
    ------
    InputError: files differ; names all of them
    """
    made = records.outputs(folder)
    lines = [f"{record}: is no readable record" for record in records.damaged(folder)]
    lines += [found for path, known in made.items() if (found := records.difference(path, *known))]
    verified = [path for path in map(Path, downloads) if digest_file(path).exists()]
    for path in verified:
        try:
            verified_digest(path)
        except InputError as error:
            lines.append(str(error))
    if lines:
        raise InputError(
            "\n".join(lines) + f"\nOf {len(made) + len(verified)} files, {len(lines)} are not what "
            "is recorded of them. Put them back; or delete them, and snakemake makes anew what you "
            "name to it, and what it needs"
        )
    print(f"All {len(made) + len(verified)} files are what is recorded of them")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.params.folder, snakemake.params.downloads)

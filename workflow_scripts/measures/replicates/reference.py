"""A reference: numbers and verdicts of the replicates, with what they were made of.

It is small enough to be kept in the repository, as resources/reference/<study>, and other runs are
held against it.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.digests import recorded_digest, represented
from workflow_scripts.files.tables import read_table
from workflow_scripts.job import packages, records
from workflow_scripts.job.machine import processor

VERDICTS = ["id", "source", "statement", "verdict", "reason", "lowest", "highest",
            "reference_lowest", "reference_highest", "verdicts", "evidence"]  # fmt: skip


def made_with(folder: str | Path, digests: Mapping[str, str | Path]) -> dict[str, Any]:
    """What a run was made of: code and settings by rule, data sets, packages, processor.

    Parameters
    ----------
    folder: of the records of its jobs
    digests: of the image store of each data set, the file with its digest
    """
    data = {name: recorded_digest(Path(represented(path))) for name, path in digests.items()}
    return {
        "rules": records.stamps(folder),
        "data": data,
        "packages": packages.versions(),
        "python": platform.python_version(),
        "processor": processor(),
    }


def main(
    numbers: str,
    summary: str,
    digests: Sequence[str],
    outputs: Mapping[str, str],
    *,
    study: str,
    replicates: int,
    datasets: Sequence[str],
    left_out: Sequence[str],
    folder: str,
) -> None:
    """Write a reference.

    Parameters
    ----------
    numbers, summary: over all replicates
    digests: of the image store of each of `datasets`
    outputs: files to write: numbers, verdicts (CSV) and made_with (JSON)
    study, replicates: its name, and how many there are
    datasets: ids of the data sets
    left_out: tables that are curves, with many numbers that say the same
    folder: of the records of the jobs

    Raises
    ------
    InputError: a table lacks a column
    """
    table = read_table(numbers, ("table", "row", "column", "values"))
    write_csv(outputs["numbers"], table[~table["table"].isin(left_out)])
    write_csv(outputs["verdicts"], read_table(summary, VERDICTS)[VERDICTS])
    made = made_with(folder, dict(zip(datasets, digests, strict=True)))
    content = {"study": study, "replicates": replicates, **made}
    write_text(outputs["made_with"], json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.numbers,
            snakemake.input.summary,
            snakemake.input.digests,
            dict(snakemake.output.items()),
            folder=snakemake.params.records,
            **snakemake.params.settings,
        )

"""A table of the measures with the means over the replicates, in the form of the table of one."""

from collections.abc import Sequence
from typing import Any

from workflow_scripts.analysis.over_replicates.tables import mean_table
from workflow_scripts.files.atomic import write_csv


def main(tables: Sequence[str], path: str, *, confidence: float) -> None:
    """Average a table over the replicates; for the arguments and errors see `mean_table`.

    Parameters
    ----------
    path: CSV to write
    """
    write_csv(path, mean_table(tables, confidence))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.input.tables, snakemake.output[0], **snakemake.params.settings)

"""Say whether a run is a further draw of the reference's experiment, and fail if it is not."""

from typing import Any

from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.verification import COLUMNS, sentence


def main(table: str, page: str) -> None:
    """Print what one may quote.

    Parameters
    ----------
    table, page: tables/verification.csv and .md

    Raises
    ------
    InputError: the run is broken
    """
    found = read_table(table, COLUMNS)
    if found["broken"].any():
        raise InputError(
            f"{page}: found a broken run ({sentence(found)}), expected a further draw of the "
            "reference's experiment; the page lists what is outside"
        )
    print(f"{sentence(found)}; see {page}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.input.table, snakemake.input.page)

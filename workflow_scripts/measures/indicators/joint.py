"""One table of a measure for the whole pool from the tables of its models."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflow_scripts.files.atomic import write_text
from workflow_scripts.job.errors import InputError


def main(tables: Sequence[Path | str], joint: Path | str, *, pool: Sequence[str]) -> None:
    """Put the models' tables under one header, cells untouched.

    Parameters
    ----------
    tables: CSV of each model, in the order of `pool`.
    joint: CSV to write; of no models, a table with the column `model` and no rows.
    pool: model ids; the first column, `model`, of each table must name its own.

    Raises
    ------
    InputError: a table is empty, of another model, or has another header than the first.
    """
    header = ""
    rows: list[str] = []
    for path, model in zip(tables, pool, strict=True):
        first, *body = Path(path).read_text(encoding="utf-8").splitlines() or [""]
        header = header or first
        if first != header or not first.startswith("model,"):
            raise InputError(
                f"{path}: found the header {first!r}, expected {header!r}, as in {tables[0]}, "
                "beginning with 'model'; delete the file and run again."
            )
        others = [row for row in body if not row.startswith(f"{model},")]
        if others or not body:
            found = f"the row {others[0]!r}" if others else "no rows"
            raise InputError(
                f"{path}: found {found}, expected rows of {model!r} only; delete the file and run "
                "again."
            )
        rows += body
    write_text(Path(joint), "\n".join([header or "model", *rows]) + "\n")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        for measure, joint in snakemake.output.items():
            main(snakemake.input.get(measure), joint, **snakemake.params.settings)

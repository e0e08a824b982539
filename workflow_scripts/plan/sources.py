"""Downloads: which files of others a job reads, and what tells one version from another."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError
from workflow_scripts.plan.run import Run
from workflow_scripts.transfer.preflight import preflight


def is_path(cell: str | None) -> bool:
    """Whether a table's cell of sources names a file or folder of the user's own."""
    return "/" in (cell or "")


def own_file(cell: str, row: str, kind: str) -> str:
    """The file or folder of the user's own that a cell names.

    Parameters
    ----------
    row: names table and row in the message.
    kind: says there what is expected, as in "a checkpoint".

    Raises
    ------
    InputError: it does not exist.
    """
    own = Path(cell).expanduser()
    if not own.exists():
        raise InputError(
            f"{row}, column source: found '{own}', no such file, expected the path of {kind}, "
            f"absolute or from {Path.cwd()}; nothing is fetched by its address or its id of the "
            "Hugging Face Hub: download the file, or add a row to sources.tsv"
        )
    return str(own)


def sources_of(cell: str | None) -> list[str]:
    """Ids in a table's cell of sources, which are separated by ";"; none if it has none."""
    if is_path(cell):
        return []
    return [source.strip() for source in (cell or "").split(";") if source.strip()]


def digests(run: Run, cell: str | None) -> list[str]:
    """The small files that stand for the downloaded files of a cell, and lie beside them."""
    rows = [run.study.sources[source] for source in sources_of(cell)]
    return [f"{run.downloads / row['file']}.sha256" for row in rows]


def contents(run: Run, cell: str | None) -> list[Any]:
    """What tells the files of a cell from other versions.

    It belongs to the stamp of whatever reads the files: once a download has failed, Snakemake no
    longer knows that it was due, but does know that its reader is.
    """
    return [content_of(run.study.sources[each]) for each in sources_of(cell)]


def content_of(row: dict[str, Any]) -> Any:
    """What tells the content of a source's file from that of another version."""
    return row["digest"] or row["bytes"]


def by_file(run: Run) -> dict[str, dict[str, Any]]:
    """Rows of sources.tsv by the file that they are downloaded to."""
    return {row["file"]: row for row in run.study.sources.values()}


def check(run: Run, jobs: Iterable[Any]) -> None:
    """Say in one message, before anything starts, which files of a run are not to be had.

    Parameters
    ----------
    jobs: Snakemake's jobs that need to run

    Raises
    ------
    InputError: files have to be obtained by hand, or downloading is forbidden
    """
    jobs, files = list(jobs), by_file(run)
    wanted = {job.wildcards.file for job in jobs if job.rule.name == "download"}
    inputs = {str(path) for job in jobs for path in job.input}
    gone = [
        row
        for file, row in files.items()
        if file not in wanted
        and f"{run.downloads / file}.sha256" in inputs
        and not (run.downloads / file).exists()
    ]
    rows = [files[file] for file in sorted(wanted)]
    preflight(rows, run.downloads, run.config["offline"], run.config["mirror"], gone)


def request(run: Run, wildcards: Any) -> dict[str, Any]:
    """What a download is told: the row of its source, and how files are to be obtained."""
    return {
        "row": by_file(run)[wildcards.file],
        "folder": str(run.downloads),
        "mirror": run.config["mirror"],
        "offline": run.config["offline"],
    }


def version(run: Run, wildcards: Any) -> Any:
    """What tells the content of a download from another version."""
    return content_of(by_file(run)[wildcards.file])

"""What is said once all that was asked for is there: where it is, and how many claims hold."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workflow_scripts.plan.run import Run

PAGE = "report/index.html"  # there in studies that have a page of everything
BEYOND = "report/beyond.html"
SUMMARY = "replicates/claims/verdicts/summary"


def announce(workflow: Any, lines: Iterator[str]) -> None:
    """Print lines when the process ends after all of its jobs, and only then."""
    if workflow.dag and not workflow.dryrun and not any(workflow.dag.needrun_jobs()):
        print("\n".join(lines))


def of_figures(run: Run, folder: Path) -> Iterator[str]:
    """Where the figures, tables and the page of a study are, and how many claims hold.

    Parameters
    ----------
    folder: in which the workflow runs
    """
    results = folder / run.results
    yield f"Figures: {_path(results / 'figures')}    Tables: {_path(results / 'tables')}"
    yield from _claims(results / "tables" / "claims.csv", results / "tables" / "claims.md")
    if (page := results / PAGE).exists():
        yield f"All of it on one page: {_path(page)}"


def of_beyond(run: Run, folder: Path) -> Iterator[str]:
    """Where what lies beyond the paper is."""
    yield f"Beyond the paper, on one page: {_path(folder / run.results / BEYOND)}"


def of_replicates(run: Run, folder: Path) -> Iterator[str]:
    """Where the numbers of all replicates are, and how many claims hold in all of them."""
    numbers, summary = map(run.measure, ("replicates/numbers", SUMMARY))
    yield f"Numbers over all replicates: {_path(folder / numbers)}"
    yield from _claims(folder / summary, folder / summary)


def _claims(table: Path, shown: Path) -> Iterator[str]:
    if not table.exists():
        return
    with table.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["evidence"] == "study"]
    holding = sum(row["verdict"] == "holds" for row in rows)
    yield f"{holding} of {len(rows)} claims of the paper hold here: {_path(shown)}"


def _path(path: Path) -> str:
    """As short as it can be from where the command was given."""
    return min(os.path.relpath(path), str(path), key=len)

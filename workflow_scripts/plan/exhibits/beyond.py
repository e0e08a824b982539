"""The figures and tables beyond the paper, which only the target `beyond` makes."""

from workflow_scripts.plan.exhibits.exhibits import Exhibit, allowed
from workflow_scripts.plan.run import Run

PAPER = "beyond the paper"


def catalogue(run: Run) -> list[Exhibit]:
    """All of them, in the order of docs/beyond.md."""
    return allowed(run, [])

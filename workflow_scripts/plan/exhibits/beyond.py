"""The figures and tables beyond the paper, which only the target `beyond` makes."""

from workflow_scripts.plan.exhibits.exhibits import Exhibit, allowed
from workflow_scripts.plan.exhibits.settings import confidence, line, models_and_facts
from workflow_scripts.plan.run import Run

PAPER = "beyond the paper"


def catalogue(run: Run) -> list[Exhibit]:
    """All of them, in the order of docs/beyond.md."""
    return allowed(run, [*_indication(run)])


def _indication(run: Run) -> list[Exhibit]:
    tables = {"associations": "indication/indication/associations"}
    return [
        Exhibit(
            "figures", "figure_beyond_indication", "Indicators beside effective robustness", PAPER,
            tables | {"points": "indication/indication/points"},
            lambda: models_and_facts(run) | confidence(run) | line(run),
            ["figure_beyond_indication"], script="beyond/figure_beyond_indication",
        ),
        Exhibit(
            "tables", "table_indication", "Which indicator one may rely on, and for what", PAPER,
            tables, lambda: models_and_facts(run) | confidence(run) | line(run),
            ["table_indication"],
        ),
    ]  # fmt: skip

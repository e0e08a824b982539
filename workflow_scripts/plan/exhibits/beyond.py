"""The figures and tables beyond the paper, which only the target `beyond` makes."""

from workflow_scripts.plan import concept_sets
from workflow_scripts.plan.exhibits import pages
from workflow_scripts.plan.exhibits.exhibits import Exhibit, allowed
from workflow_scripts.plan.exhibits.settings import confidence, models_and_facts, threshold
from workflow_scripts.plan.run import Run

PAPER = "beyond the paper"


def catalogue(run: Run) -> list[Exhibit]:
    """All of them, in the order of docs/beyond.md."""
    return allowed(run, _concept_sets(run))


def _concept_sets(run: Run) -> list[Exhibit]:
    single = "" if run.pool.further_concepts else "this study has a single concept set, or none"
    agreement = "concept_sets/agreement"
    sets = {"sets": concept_sets.titles(run)}
    return [
        Exhibit(
            "figures", "figure_beyond_concept_sets", "Unique concepts in each concept set", PAPER,
            {"models": f"{agreement}/models", "orders": f"{agreement}/orders"},
            lambda: models_and_facts(run) | sets | threshold(run),
            **pages.of_concepts(run, "figure_beyond_concept_sets", single),
        ),
        Exhibit(
            "figures", "figure_beyond_concept_robustness",
            "Are fewer concepts and robustness compatible?", PAPER,
            {"models": f"{agreement}/models", "correlations": f"{agreement}/robustness"},
            lambda: models_and_facts(run) | sets | threshold(run) | confidence(run),
            **pages.of_concepts(run, "figure_beyond_concept_robustness", run.no_line),
        ),
    ]  # fmt: skip

"""The figures and tables beyond the paper, which only the target `beyond` makes."""

from collections.abc import Callable
from typing import Any

from workflow_scripts.plan import concept_sets
from workflow_scripts.plan.beyond.interventions import ABSENT
from workflow_scripts.plan.exhibits import pages
from workflow_scripts.plan.exhibits.exhibits import Exhibit, allowed
from workflow_scripts.plan.exhibits.settings import (
    confidence,
    facts,
    line,
    models_and_facts,
    threshold,
)
from workflow_scripts.plan.run import Run

PAPER = "beyond the paper"


def catalogue(run: Run) -> list[Exhibit]:
    """All of them, in the order of docs/beyond.md."""
    return allowed(
        run,
        [
            *_basis(run),
            *_indication(run),
            *_concept_sets(run),
            _interventions(run),
            Exhibit(
                "tables", "table_beyond_claims", "Which claims beyond the paper hold", PAPER,
                {"summary": "claims/beyond/summary"},
                lambda: facts(run) | confidence(run) | line(run) | {"beyond": True},
                ["table_beyond_claims"], script="claims",
            ),
        ],
    )  # fmt: skip


def _basis(run: Run) -> list[Exhibit]:
    def told() -> dict[str, Any]:
        return models_and_facts(run) | confidence(run) | {"dataset": run.pool.test}

    transplant = _figure(
        "figure_beyond_transplant", "Kurtosis changed, every prediction kept", ["transplant"],
        lambda: told() | line(run),
    )  # fmt: skip
    no_pair = "no finetuned model here has its zero-shot parent beside it"
    return [
        _figure(
            "figure_beyond_basis", "Kurtosis in other bases, and the spectrum",
            ["basis", "span"], told,
        ),
        _figure(
            "figure_beyond_outliers", "Which components make kurtosis, and where",
            ["outliers", "stability"], told,
        ),
        _figure(
            "figure_beyond_ablation", "Accuracy and robustness, components held", ["ablation"],
            lambda: told() | line(run),
        ),
        transplant if run.pool.pairs() else transplant.without(no_pair),
    ]  # fmt: skip


def _figure(
    name: str, shows: str, tables: list[str], settings: Callable[[], dict[str, Any]]
) -> Exhibit:
    """A figure of the subject `basis`, made of tables of its name."""
    files = {table: f"basis/{table}" for table in tables}
    return Exhibit("figures", name, shows, PAPER, files, settings, [name], script=f"beyond/{name}")


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


def _concept_sets(run: Run) -> list[Exhibit]:
    single = "" if run.pool.further_concepts else "this study has a single concept set, or none"
    agreement = "concept_sets/agreement"
    sets = {"sets": concept_sets.titles(run)}
    return [
        Exhibit(
            "figures", "figure_beyond_concept_sets", "Unique concepts in each concept set", PAPER,
            {"models": f"{agreement}/models", "orders": f"{agreement}/orders"},
            lambda: models_and_facts(run) | sets | threshold(run),
            script="beyond/figure_beyond_concept_sets",
            **pages.of_concepts(run, "figure_beyond_concept_sets", single),
        ),
        Exhibit(
            "figures", "figure_beyond_concept_robustness",
            "Are fewer concepts and robustness compatible?", PAPER,
            {"models": f"{agreement}/models", "correlations": f"{agreement}/robustness"},
            lambda: models_and_facts(run) | sets | threshold(run) | confidence(run),
            script="beyond/figure_beyond_concept_robustness",
            **pages.of_concepts(run, "figure_beyond_concept_robustness", run.no_line),
        ),
    ]  # fmt: skip


def _interventions(run: Run) -> Exhibit:
    own = Exhibit(
        "figures", "figure_beyond_interventions", "Does robustness move when kurtosis is moved?",
        PAPER, {each: f"interventions/interventions/{each}" for each in ("models", "arms")},
        lambda: facts(run) | confidence(run) | line(run) | {"dataset": run.pool.test},
        ["figure_beyond_interventions"], script="beyond/figure_beyond_interventions",
    )  # fmt: skip
    return own if run.pool.interventions else own.without(ABSENT)

"""The figures and tables beyond the paper, which only the target `beyond` makes."""

from typing import Any

from workflow_scripts.plan.exhibits.exhibits import Exhibit, allowed
from workflow_scripts.plan.exhibits.settings import confidence, line, models_and_facts
from workflow_scripts.plan.run import Run

PAPER = "beyond the paper"


def catalogue(run: Run) -> list[Exhibit]:
    """All of them, in the order of docs/beyond.md."""
    return allowed(run, [*_basis(run)])


def _basis(run: Run) -> list[Exhibit]:
    def told() -> dict[str, Any]:
        return models_and_facts(run) | confidence(run) | {"dataset": run.pool.test}

    pages = {
        name: {"pages": [f"figure_beyond_{name}"], "script": f"beyond/figure_beyond_{name}"}
        for name in ("basis", "outliers", "ablation", "transplant")
    }
    transplant = Exhibit(
        "figures", "figure_beyond_transplant", "Kurtosis changed, every prediction kept", PAPER,
        {"transplant": "basis/transplant"}, lambda: told() | line(run), **pages["transplant"],
    )  # fmt: skip
    no_pair = "no finetuned model here has its zero-shot parent beside it"
    return [
        Exhibit(
            "figures", "figure_beyond_basis", "Kurtosis in other bases, and the spectrum", PAPER,
            {"basis": "basis/basis", "span": "basis/span"}, told, **pages["basis"],
        ),
        Exhibit(
            "figures", "figure_beyond_outliers", "Which components make kurtosis, and where", PAPER,
            {"outliers": "basis/outliers", "stability": "basis/stability"}, told,
            **pages["outliers"],
        ),
        Exhibit(
            "figures", "figure_beyond_ablation", "Accuracy and robustness, components held", PAPER,
            {"ablation": "basis/ablation"}, lambda: told() | line(run), **pages["ablation"],
        ),
        transplant if run.pool.pairs() else transplant.without(no_pair),
    ]  # fmt: skip

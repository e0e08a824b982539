"""How well indicators tell of robustness, beyond the paper: what a study has for it, or why not."""

from typing import Any

from workflow_scripts.plan import measures
from workflow_scripts.plan.run import Run

# Tables of the pool, by the script's name for them
TABLES = {
    "kurtosis": "indicators/kurtosis",
    "basis": "basis/basis",
    "importance_ratio": "indicators/importance_ratio",
    "counts": "concepts/concept_counts/counts",
}


def absent(run: Run) -> dict[str, str]:
    """Why a study lacks one of the tables, by its name."""
    if run.pool.concepts:
        return {}
    return {"counts": "this study has no data set of role concepts"}


def inputs(run: Run) -> dict[str, str]:
    """The tables, by the script's name for them; of a study without a line the published ones."""
    names = {key: name for key, name in TABLES.items() if key not in absent(run)}
    if run.no_line:
        names["published"] = "robustness/published_weights"
    else:
        names["robustness"] = "robustness/effective_robustness/models"
    return {key: run.measure(name) for key, name in names.items()}


def settings(run: Run) -> dict[str, Any]:
    """What the comparison of indicators with robustness depends on."""
    return {
        "models": run.pool.headed_rows(),
        "test": run.pool.test,
        "threshold": measures.threshold(run),
        "absent": absent(run),
        "bootstrap": run.config["bootstrap"],
    }

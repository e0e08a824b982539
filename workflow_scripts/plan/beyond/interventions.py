"""Interventions in trainings, beyond the paper: what their measures depend on."""

from typing import Any

from workflow_scripts.plan import measures
from workflow_scripts.plan.run import Run

ABSENT = "this study has no models of family intervention"


def settings(run: Run) -> dict[str, Any]:
    """What the measures of the interventions depend on."""
    rows = [run.study.models[model] for model in run.pool.interventions]
    arms = [{key: row[key] for key in ("model", "arm", "seed")} for row in rows]
    return measures.robustness_settings(run) | {"models": arms}

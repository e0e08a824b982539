"""Interventions in trainings, beyond the paper: what their measures depend on."""

from typing import Any

from workflow_scripts.plan import measures, models
from workflow_scripts.plan.run import Run

ABSENT = "this study has no models of family intervention"


def settings(run: Run) -> dict[str, Any]:
    """What the measures of the interventions depend on.

    The first arm of those without a parent changes nothing, and neither does the first of those
    that are finetuned: the reference of the others.
    """
    rows = [run.study.models[model] for model in run.pool.interventions]
    references: dict[bool, str] = {}
    for row in rows:
        references.setdefault(row["parent"] is None, row["arm"])
    arms = [
        {key: row[key] for key in ("model", "arm", "seed")}
        | {"reference": references[row["parent"] is None]}
        | {"penalised": "kurtosis" in models.recipe_of(run, row["model"])}
        for row in rows
    ]
    return measures.robustness_settings(run) | {"models": arms}


def head_store(run: Run, wildcards: Any) -> dict[str, str]:
    """The labelled images that the linear head of a self-supervised model is fitted to."""
    (train,) = run.pool.with_role("train")
    return {"head_store": run.store(train, run.study.view_of(wildcards.model))}

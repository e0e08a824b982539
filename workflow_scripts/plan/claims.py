"""The verdicts on the claims: what they are judged on."""

from typing import Any

from workflow_scripts.plan import measures, pool_tables
from workflow_scripts.plan.run import Run


def claimed(run: Run) -> dict[str, str]:
    """The tables that claims are judged on; without concepts, those of concepts are left out."""
    names = {
        "accuracy": "indicators/accuracy",
        "robustness": "robustness/effective_robustness/models",
        "robustness_resamples": "robustness/effective_robustness/resamples",
        "kurtosis": "indicators/kurtosis",
        "kurtosis_resamples": "indicators/kurtosis_resamples",
        "importance": "indicators/importance",
        "importance_ratio": "indicators/importance_ratio",
        "importance_ratio_resamples": "indicators/importance_ratio_resamples",
        "importance_rank": "pruning/importance_rank",
        "pruning": "pruning/pruning",
        "wise_ft": "wise_ft/wise_ft_tables/wise_ft",
        "tracks": "wise_ft/wise_ft_tables/tracking",
        "cka": "cka/cka",
        "published": "robustness/published_finetuned/models",
        "published_groups": "robustness/published_finetuned/groups",
        "published_weights": "robustness/published_weights",
    }
    if run.pool.concepts:
        names |= {
            "concepts": "concepts/concept_counts/counts",
            "concepts_resamples": "concepts/concept_counts/draws",
            "directions": "concepts/concept_counts/directions",
            "top": "concepts/privileged_direction/concepts",
        }
    files = {key: run.measure(name) for key, name in names.items()}
    return files | {f"control_{key}": file for key, file in controls(run).items()}


def claimed_beyond(run: Run) -> dict[str, str]:
    """The tables that claims beyond the paper are judged on; a study may lack some."""
    names = {
        "accuracy": "indicators/accuracy",
        "basis": "basis/basis",
        "ablation": "basis/ablation",
        "associations": "indication/indication/associations",
    }
    if run.pool.pairs():
        names["transplant"] = "basis/transplant"
    if run.pool.interventions:
        names["arms"] = "interventions/interventions/arms"
    if run.pool.concepts and run.pool.headed:
        names["agreement"] = "concept_sets/agreement/agreement"
    return {key: run.measure(name) for key, name in names.items()}


def controls(run: Run) -> dict[str, str]:
    """The tables of the untrained controls that claims have to beat, by the names of `claimed`."""
    if not run.pool.controls:
        return {}
    names = dict(pool_tables.OF_CONTROLS)
    if run.pool.concepts:
        names["directions"] = "concepts/concept_counts/directions"
    return {key: run.measure(f"controls/{name}") for key, name in names.items()}


def claim_settings(run: Run, beyond: bool = False) -> dict[str, Any]:
    """What the verdicts on the claims of the study depend on, or on those beyond the paper."""
    study = run.study

    def built(model: str) -> dict[str, Any]:
        # ASSUME: GELU and its quick approximation are no different to a control.
        name = study.architecture_of(model).stem.removesuffix("-quickgelu")
        return {"parent": study.models[model]["parent"], "architecture": name}

    return {
        "models": [row | built(row["model"]) for row in run.pool.probed_rows()],
        "test": run.pool.test,
        "threshold": measures.threshold(run),
        "no_line": run.no_line,
        "bootstrap": run.config["bootstrap"],
        "beyond": beyond,
    }

"""What the scripts of several figures and tables are told."""

from typing import Any

from workflow_scripts.plan import measures
from workflow_scripts.plan.run import Run


def facts(run: Run) -> dict[str, Any]:
    """What captions say about the study; see reporting/texts.py."""
    return {
        "study": {
            "name": run.study.name,
            "test": run.study.datasets[run.pool.test]["title"],
            "missing": run.pool.missing(),
            "left_out": len(run.pool.left_out),
            "images": run.config["images"],
            **({"outdated": run.outdated} if run.outdated else {}),
            **({"foreign": run.foreign} if run.foreign else {}),
            **({} if run.is_trained else {"given": True}),
        }
    }


def models_and_facts(run: Run) -> dict[str, Any]:
    """The models with a head, and what captions say about the study."""
    return facts(run) | {"models": run.pool.headed_rows()}


def confidence(run: Run) -> dict[str, Any]:
    """Level of the intervals."""
    return {"confidence": run.config["bootstrap"]["confidence"]}


def line(run: Run) -> dict[str, Any]:
    """What the line of effective robustness goes through, and why there may be none."""
    return {"line_through": run.line_through, "no_line": run.no_line}


def threshold(run: Run) -> dict[str, Any]:
    """Average precision from which a concept counts as encoded."""
    return measures.concept_settings(run, "threshold")


def without_path(run: Run) -> list[str]:
    """Finetuned models that cannot be interpolated with their parents."""
    paths = measures.paths(run)
    return [model for model in measures.finetuned(run) if model not in paths]

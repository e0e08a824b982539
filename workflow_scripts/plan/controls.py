"""Untrained controls: what they are made of."""

from typing import Any

from workflow_scripts.plan import models
from workflow_scripts.plan.run import Run
from workflow_scripts.study.architectures import read_architecture


def clips(run: Run) -> list[str]:
    """Controls with a text tower, which their head is made with."""
    return [
        model for model in run.pool.of_origin("untrained") if "text_cfg" in _built_as(run, model)
    ]


def classifiers(run: Run) -> list[str]:
    """Controls with an architecture of torchvision or timm, which have a random head."""
    return [model for model in run.pool.of_origin("untrained") if model not in clips(run)]


def settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What a control depends on."""
    model, study = wildcards.model, run.study
    classes = [row["name"] for row in study.classes]
    read = {"class_names": classes, "templates": study.settings["templates"]}
    words = _built_as(run, model).get("miniature", {}).get("bag_of_words")
    return {
        **models.network_settings(run, model),
        "model": model,
        "seed": study.models[model]["seed"],
        "classes": len(classes),
        # A tokenizer of words has to know those of the prompts; of others nothing is asked.
        "prompted": read if words else None,
        "origin": {"study": study.name, "origin": "untrained"},
    }


def _built_as(run: Run, model: str) -> Any:
    return read_architecture(run.study.architecture_of(model))

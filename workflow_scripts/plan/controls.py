"""Untrained controls: what they are made of, and which of them share a job."""

from typing import Any

from workflow_scripts.plan import models
from workflow_scripts.plan.run import Run
from workflow_scripts.plan.step import OfJob
from workflow_scripts.study.architectures import read_architecture


def clips(run: Run) -> list[str]:
    """Controls with a text tower, which their head is made with."""
    return [
        model for model in run.pool.of_origin("untrained") if "text_cfg" in _built_as(run, model)
    ]


def classifiers(run: Run) -> list[str]:
    """Controls with an architecture of torchvision or timm, which have a random head."""
    return [model for model in run.pool.of_origin("untrained") if model not in clips(run)]


def together(run: Run, controls: list[str]) -> list[str]:
    """Those of the controls that share a job: all in a study that draws its images, else none.

    With small networks the start of a job is what costs; real ones go to a cluster one by one.
    """
    return controls if run.study.is_drawn else []


def with_prompts(run: Run) -> dict[str, tuple[list[str], list[str]]]:
    """Models whose head is made of prompts, by label of the job: each alone, and those together."""
    trained, controls = models.with_prompts(run), clips(run)
    # A head that a finetuning waits for is made as soon as it can be.
    parents = {row["parent"] for row in run.study.models.values()}
    waiting = [each for each in run.pool.interventions if each in trained and each not in parents]
    shared = {"controls": together(run, controls), "interventions": together(run, waiting)}
    others = {each for models_of_job in shared.values() for each in models_of_job}
    alone = [each for each in (*trained, *controls) if each not in others]
    return {"": (alone, []), **{label: ([], each) for label, each in shared.items() if each}}


def encoded_together(run: Run) -> list[str]:
    """Controls that share a job which encodes images: those that see them in the study's view."""
    controls, view = run.pool.of_origin("untrained"), run.study.settings["view"]
    return together(run, [each for each in controls if run.study.view_of(each) == view])


def settings_of(controls: list[str]) -> OfJob:
    """What the controls of a job depend on; without any, the one of its wildcard."""

    def settings(run: Run, wildcards: Any) -> dict[str, Any]:
        return {"controls": [_settings(run, each) for each in controls or [wildcards.model]]}

    return settings


def _settings(run: Run, model: str) -> dict[str, Any]:
    study = run.study
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

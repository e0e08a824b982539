"""Models: what they are made of, and what making them depends on."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from workflow_scripts.job.errors import InputError
from workflow_scripts.plan import datasets, sources
from workflow_scripts.plan.run import Run
from workflow_scripts.study.architectures import read_architecture

# How names of files of weights end
WEIGHTS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")


def recipe_of(run: Run, model: str) -> dict[str, Any]:
    """The recipe of a model, with the epochs of its row."""
    row = run.study.models[model]
    recipe = run.study.settings["recipes"][row["recipe"]]
    return recipe | {"epochs": row["epochs"] or recipe["epochs"]}


def from_archive(run: Run, model: str) -> bool:
    """Whether a model is trained on images that are decoded as they come, not on an image store."""
    return recipe_of(run, model).get("images") == "archive"


def training_files(run: Run, wildcards: Any) -> dict[str, Any]:
    """The training images of a model: a store, or the index of an archive and the archive."""
    model = wildcards.model
    dataset = run.study.models[model]["train_dataset"]
    if from_archive(run, model):
        index = run.dataset(dataset, "training_index.h5")
        return {"store": index} | datasets.archive_files(run, SimpleNamespace(dataset=dataset))
    return {"store": run.store(dataset, run.study.view_of(model))}


def captions(run: Run, wildcards: Any) -> dict[str, str]:
    """ImageNet-Captions' JSON for the models that read it, nothing for the others."""
    row = run.study.models[wildcards.model]
    if row["text"] in (None, "caption"):
        return {}
    return {"captions": datasets.captions_file(run, row["train_dataset"])}


def captions_contents(run: Run, wildcards: Any) -> list[Any]:
    """What tells the downloaded captions of a model from other versions."""
    model = wildcards.model
    dataset = run.study.datasets[run.study.models[model]["train_dataset"]]
    return sources.contents(run, dataset["captions"] if dataset["source"] else None)


def imported_classifiers(run: Run) -> list[str]:
    """Models of others that come with a head of their own: supervised and finetuned ones."""
    models, imported = run.study.models, run.pool.of_origin("pretrained")
    return [model for model in imported if models[model]["family"] in ("supervised", "finetuned")]


def imported_clips(run: Run) -> list[str]:
    """CLIPs and CoCas of others."""
    classifiers = imported_classifiers(run)
    return [each for each in run.pool.of_origin("pretrained") if each not in classifiers]


def with_prompts(run: Run) -> list[str]:
    """Models whose head is made of prompts: CLIPs that are pretrained here or imported."""
    return [*run.pool.of_origin("contrastive"), *imported_clips(run)]


def weights_contents(run: Run, wildcards: Any) -> list[Any]:
    """What tells a pretrained model's downloaded weights from other versions."""
    return sources.contents(run, weights_source(run, wildcards.model))


def training_threads(run: Run, wildcards: Any) -> int:
    """Cores of a training: one trains, the others decode its images."""
    return 8 if from_archive(run, wildcards.model) else 1


def weights_source(run: Run, model: str) -> str | None:
    """The source of a pretrained model's weights; None if they are a file of the user's own."""
    source = run.study.models[model]["source"]
    return None if "/" in source else source


def weights_file(run: Run, wildcards: Any) -> dict[str, str]:
    """The file of a pretrained model's weights or, if it is downloaded, the digest beside it.

    Raises
    ------
    InputError: a file of the user's own does not exist, or is a folder
    """
    model = wildcards.model
    if source := weights_source(run, model):
        return {"downloaded": sources.digests(run, source)[0]}
    own = Path(run.study.models[model]["source"]).expanduser()
    if not own.is_file():
        raise InputError(f"models.tsv, row {model}, column source: {_no_file(own)}")
    return {"own": str(own)}


def _no_file(path: Path) -> str:
    """What is found at the path of a source that is no file, and what is expected."""
    if path.is_dir():
        files = sorted(each.name for each in path.iterdir() if each.suffix in WEIGHTS)
        inside = f", such as {', '.join(files[:5])}" if files else ""
        return f"found '{path}', a folder, expected a file of weights in it{inside}"
    return (
        f"found '{path}', no such file, expected the path of a checkpoint, absolute or from "
        f"{Path.cwd()}; nothing is fetched by its address or its id of the Hugging Face Hub: "
        "download the file of weights (open_clip_model.safetensors, or model.safetensors of timm) "
        "or add a row to sources.tsv"
    )


def parent_files(run: Run, wildcards: Any) -> dict[str, str]:
    """What a finetuning starts from: its parent's encoder and zero-shot head, by their cards."""
    model = wildcards.model
    parent = run.study.models[model]["parent"]
    files = {"parent": "card.json", "parent_head": "head.json"}
    return {key: run.bundle(parent, file) for key, file in files.items()}


def training_settings(run: Run, model: str) -> dict[str, Any]:
    """What every training depends on."""
    row, study = run.study.models[model], run.study
    # The pixels of a store are in the view already.
    view = {"view": study.settings["views"][study.view_of(model)]}
    return {
        "model": model,
        "recipe": recipe_of(run, model),
        "images": row["images"],
        "seed": row["seed"],
        "device": run.config["device"],
        "origin": {"study": study.name, "origin": row["origin"], "dataset": row["train_dataset"]},
        **(view if from_archive(run, model) else {}),
    }


def network_settings(run: Run, model: str) -> dict[str, Any]:
    """What making a model depends on, unless it starts from another's bundle."""
    study = run.study
    normalisation = study.normalisation_of(model)
    return {
        "architecture": read_architecture(study.architecture_of(model)),
        "preprocessing": {
            "view": study.view_of(model),
            **study.settings["normalisations"][normalisation],
        },
    }


def pretraining_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the pretraining of a CLIP depends on; no prompt is among it."""
    model = wildcards.model
    return {
        **training_settings(run, model),
        **network_settings(run, model),
        "text": run.study.models[model]["text"],
        "vocabulary": run.study.settings.get("vocabulary", []),
    }


def supervision_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What a supervised training depends on."""
    model = wildcards.model
    classes = {"classes": len(run.study.classes)}
    return training_settings(run, model) | network_settings(run, model) | classes


def finetuning_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What a finetuning depends on, beside its parent."""
    model = wildcards.model
    return training_settings(run, model) | {"parent": run.study.models[model]["parent"]}


def import_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What making a bundle of others' weights depends on."""
    model = wildcards.model
    return {
        **network_settings(run, model),
        "model": model,
        "origin": {
            "study": run.study.name,
            "origin": "pretrained",
            "source": run.study.models[model]["source"],
        },
    }


def classifier_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What making a bundle of others' weights with their own head depends on."""
    row, classes = run.study.models[wildcards.model], len(run.study.classes)
    own = {"classes": classes, "parent": row["parent"], "head": row["head"]}
    return import_settings(run, wildcards) | own


def head_settings(run: Run) -> dict[str, Any]:
    """What a zero-shot head is made of, beside the model's text tower."""
    return {
        "class_names": [row["name"] for row in run.study.classes],
        "templates": run.study.settings["templates"],
        "device": run.config["device"],
    }

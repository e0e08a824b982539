"""Models: what they are made of, and what making them depends on."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from snakemake.iocontainers import Wildcards

from workflow_scripts.job.errors import InputError
from workflow_scripts.plan import datasets, sources
from workflow_scripts.plan.run import Run
from workflow_scripts.plan.step import Step
from workflow_scripts.study.architectures import read_architecture
from workflow_scripts.study.model_checks import WITH_OWN_HEAD

TRAININGS = ("pretrain", "supervise", "self_supervise", "finetune")
# How names of files of weights end
WEIGHTS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")


def to_train(run: Run, origin: str, step: Step) -> list[str]:
    """Models that a training's rule makes; the others' files are there and nobody makes them."""
    return [model for model in run.pool.of_origin(origin) if not _kept(run, step, model)]


def outdated(run: Run, steps: Mapping[str, Step]) -> list[str]:
    """Models that are kept though what they were made of has changed.

    Parameters
    ----------
    steps: the step of each origin
    """
    trained = [
        (step, model) for origin, step in steps.items() for model in run.pool.of_origin(origin)
    ]
    return [model for step, model in trained if _kept(run, step, model) and _stale(step, model)]


def _kept(run: Run, step: Step, model: str) -> bool:
    """Whether a finished model is kept as it is, whatever has changed since."""
    return (
        run.config["retrain"] == "never"
        and Path(run.bundle(model, "card.json")).exists()
        and _stale(step, model) != "unfinished"
    )


def _stale(step: Step, model: str) -> str:
    return step.reason_to_rerun(Wildcards(fromdict={"model": model}))


def retrained(dag: Any, folder: Path = Path()) -> list[str]:
    """Finished models that a plan would train anew; their weights are lost when a job starts.

    Parameters
    ----------
    folder: in which the workflow is run
    """
    trainings = [job for job in dag.jobs if dag.needrun(job) and job.rule.name in TRAININGS]
    return sorted(job.wildcards.model for job in trainings if (folder / job.output.card).exists())


def announce(workflow: Any, folder: Path) -> None:
    """Say which finished models would be trained anew, when the process of a dry run ends."""
    # By then it is no longer in the folder of the run.
    if workflow.dryrun and workflow.dag and (anew := retrained(workflow.dag, folder)):
        print(f"Finished models that would be trained anew: {len(anew)} ({', '.join(anew)})")


def check_retraining(run: Run, dag: Any) -> None:
    """Ask before finished models of a study of real data are trained anew.

    Raises
    ------
    InputError: it would happen, and the configuration does not say that it may
    """
    models = retrained(dag)
    if models and run.config["retrain"] == "ask" and not run.study.is_drawn:
        raise InputError(
            f"{len(models)} finished models would be trained anew, and their weights lost: "
            f"{', '.join(models)}. What they were made of has changed; snakemake -n says why. Run "
            "again with --config retrain=always to train them, or retrain=never to keep them."
        )


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
    dataset = run.study.datasets[run.study.models[wildcards.model]["train_dataset"]]
    return sources.contents(run, dataset["captions"] if dataset["source"] else None)


def imported_towers(run: Run) -> list[str]:
    """Models of others of which only the image tower is read, since they have no head."""
    imported = run.pool.of_origin("pretrained")
    return [model for model in imported if run.study.models[model].get("head") == "none"]


def imported_classifiers(run: Run) -> list[str]:
    """Models of others that come with a head of their own; of zero-shot ones those that say so."""
    rows = {model: run.study.models[model] for model in run.pool.of_origin("pretrained")}
    own = [each for each, row in rows.items() if row.get("head") or row["family"] in WITH_OWN_HEAD]
    return [model for model in own if rows[model].get("head") != "none"]


def imported_clips(run: Run) -> list[str]:
    """CLIPs and CoCas of others."""
    others = [*imported_classifiers(run), *imported_towers(run)]
    return [each for each in run.pool.of_origin("pretrained") if each not in others]


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
    return None if sources.is_path(source) else source


def weights_file(run: Run, wildcards: Any) -> dict[str, Any]:
    """The file of a pretrained model's weights or, if it is downloaded, the digest beside it.

    Where encoder and head are apart, it is a list of both, as of a bundle whose model has a head.

    Raises
    ------
    InputError: a file of the user's own does not exist, or is a folder
    """
    model = wildcards.model
    if downloaded := sources.digests(run, run.study.models[model]["source"]):
        return {"downloaded": downloaded if len(downloaded) > 1 else downloaded[0]}
    row = f"models.tsv, row {model}"
    own = Path(sources.own_file(run.study.models[model]["source"], row, "a checkpoint"))
    if (own / "card.json").is_file():
        parts = ["encoder"] if model in imported_towers(run) else ["encoder", "head"]
        return {"own": [str(own / f"{part}.safetensors") for part in parts]}
    if own.is_dir():
        files = sorted(each.name for each in own.iterdir() if each.suffix in WEIGHTS)
        inside = f", such as {', '.join(files[:5])}" if files else ""
        raise InputError(
            f"{row}, column source: found '{own}', a folder, expected a file of weights in it"
            f"{inside}"
        )
    return {"own": str(own)}


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


def published_weights(run: Run, model: str) -> dict[str, Any]:
    """What tells which published accuracies are of a model's weights: `Weights` of analysis.

    They are named by the model's row, else by that of its source, else by an architecture of timm
    or torchvision, whose name is that of its weights.
    """
    study, row = run.study, run.study.models[model]
    architecture = study.architecture_of(model)
    config = read_architecture(architecture)
    source = study.sources.get((row["source"] or "").split(";")[0], {})
    named = row["published"] or source.get("published")
    libraries = [f"{each}:{config[each]}" for each in ("timm", "torchvision") if each in config]
    return {
        "published": named or next(iter(libraries), ""),
        "architecture": architecture.stem,
        "size": study.settings["views"][study.view_of(model)]["size"],
        "stated": bool(named),
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
    own: dict[str, Any] = {"classes": len(run.study.classes)}
    if run.study.models[model]["text"]:
        own["class_names"] = [row["name"] for row in run.study.classes]
    return training_settings(run, model) | network_settings(run, model) | own


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
    own = {"classes": classes} | {key: row[key] for key in ("parent", "family", "head")}
    return import_settings(run, wildcards) | own


def head_settings(run: Run) -> dict[str, Any]:
    """What a zero-shot head is made of, beside the model's text tower."""
    return {
        "class_names": [row["name"] for row in run.study.classes],
        "templates": run.study.settings["templates"],
        "device": run.config["device"],
    }

"""Stage `models`: pretraining, finetuning and supervised training, all to bundles."""

import json

BUNDLE = {
    "encoder": RESULTS + "/models/{model}/encoder.safetensors",
    "head": RESULTS + "/models/{model}/head.safetensors",
    "card": RESULTS + "/models/{model}/card.json",
}


def bundle_file(model, file):
    return f"{RESULTS}/models/{model}/{file}"


def training_store(wildcards):
    return ancient(store_of(STUDY.models[wildcards.model]["train_dataset"]))


def training_store_digest(wildcards):
    return store_of(STUDY.models[wildcards.model]["train_dataset"], "json")


def training_captions(wildcards):
    """ImageNet-Captions' JSON for the models that read it, nothing for the others."""
    row = STUDY.models[wildcards.model]
    if row["text"] in (None, "caption"):
        return []
    captions = STUDY.datasets[row["train_dataset"]]["captions"]
    return f"{RESULTS}/datasets/{row['train_dataset']}/{captions}"


def recipe_of(model):
    """The recipe of a model, with the epochs of its row."""
    row = STUDY.models[model]
    recipe = STUDY.settings["recipes"][row["recipe"]]
    return recipe | {"epochs": row["epochs"] or recipe["epochs"]}


def training_settings(model):
    """What every training depends on."""
    row = STUDY.models[model]
    return {
        "model": model,
        "recipe": recipe_of(model),
        "images": row["images"],
        "seed": row["seed"],
        "device": config["device"],
        "origin": {"study": STUDY.name, "origin": row["origin"], "dataset": row["train_dataset"]},
    }


def new_model_settings(model):
    """What a training from random weights depends on, besides."""
    architecture = STUDY.folder / "architectures" / f"{STUDY.models[model]['backbone']}.json"
    return training_settings(model) | {
        "architecture": json.loads(architecture.read_text(encoding="utf-8")),
        "preprocessing": {"view": STUDY.settings["view"], **STUDY.settings["normalisation"]},
    }


rule pretrain:
    """Pretrain a CLIP on image-text pairs and build its zero-shot head (Section 2)."""
    message:
        "Pretraining model {wildcards.model}"
    input:
        store=training_store,
        digest=training_store_digest,
        captions=training_captions,
    output:
        **BUNDLE,
    log:
        stage_log("models", "{model}"),
    benchmark:
        stage_benchmark("models", "{model}")
    wildcard_constraints:
        model=one_of(POOL.of_origin("contrastive")),
    priority: 10
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=gpus(),
    params:
        **stamped(
            "models/contrastive.py",
            lambda wildcards: new_model_settings(wildcards.model)
            | {
                "text": STUDY.models[wildcards.model]["text"],
                "class_names": [row["name"] for row in STUDY.classes],
                "templates": STUDY.settings["templates"],
            },
        ),
    script:
        "../workflow_scripts/models/contrastive.py"


rule supervise:
    """Train a backbone from scratch on labelled images (Appendix H.2)."""
    message:
        "Supervised training of model {wildcards.model}"
    input:
        store=training_store,
        digest=training_store_digest,
    output:
        **BUNDLE,
    log:
        stage_log("models", "{model}"),
    benchmark:
        stage_benchmark("models", "{model}")
    wildcard_constraints:
        model=one_of(POOL.of_origin("supervised")),
    priority: 5
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=gpus(),
    params:
        **stamped(
            "models/supervise.py",
            lambda wildcards: new_model_settings(wildcards.model)
            | {"classes": len(STUDY.classes)},
        ),
    script:
        "../workflow_scripts/models/supervise.py"


rule finetune:
    """Finetune a zero-shot model end to end from its zero-shot head (Appendix H.1)."""
    message:
        "Finetuning model {wildcards.model}"
    input:
        store=training_store,
        digest=training_store_digest,
        parent=lambda wildcards: bundle_file(STUDY.models[wildcards.model]["parent"], "card.json"),
    output:
        **BUNDLE,
        epochs=directory(RESULTS + "/models/{model}/epochs"),
    log:
        stage_log("models", "{model}"),
    benchmark:
        stage_benchmark("models", "{model}")
    wildcard_constraints:
        model=one_of(POOL.of_origin("finetune")),
    priority: 5
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=gpus(),
    params:
        **stamped(
            "models/finetune.py",
            lambda wildcards: training_settings(wildcards.model)
            | {"parent": STUDY.models[wildcards.model]["parent"]},
        ),
    script:
        "../workflow_scripts/models/finetune.py"

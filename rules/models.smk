"""Stage `models`: weights of others, pretraining, finetuning, supervised training: all bundles."""

import json

BUNDLE = {
    "encoder": RESULTS + "/models/{model}/encoder.safetensors",
    "head": RESULTS + "/models/{model}/head.safetensors",
    "card": RESULTS + "/models/{model}/card.json",
}


def bundle_file(model, file):
    return f"{RESULTS}/models/{model}/{file}"


def from_archive(model):
    """Whether a model is trained on images that are decoded as they come, not on an image store."""
    return recipe_of(model).get("images") == "archive"


def training_store(wildcards, ending="h5"):
    """Where a model's training images are found (`json`: the digest that stands for it)."""
    dataset = STUDY.models[wildcards.model]["train_dataset"]
    if from_archive(wildcards.model):
        return training_index(dataset, ending)
    return store_of(dataset, ending, STUDY.view_of(wildcards.model))


def training_archives(wildcards):
    """The archive that an index refers to; nothing for models that are trained on a store."""
    dataset = STUDY.models[wildcards.model]["train_dataset"]
    return archive_input(dataset)["archives"] if from_archive(wildcards.model) else []


TRAINING_IMAGES = {
    "store": lambda wildcards: ancient(training_store(wildcards)),
    "digest": lambda wildcards: training_store(wildcards, "json"),
    "archives": training_archives,
}


def training_threads(wildcards):
    """Cores of a training: one trains, the others decode its images."""
    return 8 if from_archive(wildcards.model) else 1


def training_captions(wildcards):
    """ImageNet-Captions' JSON for the models that read it, nothing for the others."""
    row = STUDY.models[wildcards.model]
    if row["text"] in (None, "caption"):
        return []
    if source := captions_source(wildcards.model):
        return source_digest(source)
    captions = STUDY.datasets[row["train_dataset"]]["captions"]
    return f"{RESULTS}/datasets/{row['train_dataset']}/{captions}"


def captions_source(model):
    """The source of the texts that a model reads; None if they are drawn."""
    dataset = STUDY.datasets[STUDY.models[model]["train_dataset"]]
    return dataset["captions"] if dataset["source"] else None


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
        # The store's pixels are in the view already.
        **({"view": STUDY.settings["views"][STUDY.view_of(model)]} if from_archive(model) else {}),
    }


def model_settings(model):
    """What making a model that does not inherit from another depends on."""
    row = STUDY.models[model]
    normalisation = row["normalisation"] or STUDY.settings["normalisation"]
    return {
        "architecture": json.loads(STUDY.architecture_of(model).read_text(encoding="utf-8")),
        "preprocessing": {
            "view": STUDY.view_of(model),
            **STUDY.settings["normalisations"][normalisation],
        },
    }


def zero_shot_settings():
    """What a zero-shot head is made of."""
    return {
        "class_names": [row["name"] for row in STUDY.classes],
        "templates": STUDY.settings["templates"],
    }


def published_source(model):
    """The source of a pretrained model's weights; None if they are a file of the user's own."""
    source = STUDY.models[model]["source"]
    return None if "/" in source else source


def weights_input(wildcards):
    """The file of a pretrained model's weights or, if it is downloaded, the digest beside it."""
    source = published_source(wildcards.model)
    if source:
        return {"downloaded": source_digest(source)}
    own = Path(STUDY.models[wildcards.model]["source"]).expanduser()
    if not own.exists():
        raise WorkflowError(
            f"models.tsv, row {wildcards.model}, column source: found '{own}', no such file, "
            f"expected the path of a checkpoint, absolute or from {Path.cwd()}"
        )
    return {"own": own}


rule pretrained:
    """Make a bundle of weights that others trained; a CLIP's head is its zero-shot head."""
    message:
        "Weights of model {wildcards.model}"
    input:
        unpack(weights_input),
    output:
        **BUNDLE,
    log:
        stage_log("models", "{model}"),
    benchmark:
        stage_benchmark("models", "{model}")
    wildcard_constraints:
        model=one_of(POOL.of_origin("pretrained")),
    priority: 10
    threads: 1
    resources:
        mem_mb=8000,
        runtime=240,
        gpu=gpus(),
    params:
        **stamped(
            "models/pretrained.py",
            lambda wildcards: model_settings(wildcards.model)
            | zero_shot_settings()
            | {
                "model": wildcards.model,
                "device": config["device"],
                "origin": {
                    "study": STUDY.name,
                    "origin": "pretrained",
                    "source": STUDY.models[wildcards.model]["source"],
                },
            },
            sources=lambda wildcards: published_source(wildcards.model),
        ),
    script:
        "../workflow_scripts/models/pretrained.py"


rule pretrain:
    """Pretrain a CLIP on image-text pairs and build its zero-shot head (Section 2)."""
    message:
        "Pretraining model {wildcards.model}"
    input:
        **TRAINING_IMAGES,
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
    threads: training_threads
    resources:
        mem_mb=by_size(2000, 32000),
        runtime=by_size(60, 7 * 1440),
        gpu=gpus(),
    params:
        **stamped(
            "models/pretrain.py",
            lambda wildcards: training_settings(wildcards.model)
            | model_settings(wildcards.model)
            | zero_shot_settings()
            | {"text": STUDY.models[wildcards.model]["text"]},
            sources=lambda wildcards: captions_source(wildcards.model),
        ),
    script:
        "../workflow_scripts/models/pretrain.py"


rule supervise:
    """Train a backbone from scratch on labelled images (Appendix H.2)."""
    message:
        "Supervised training of model {wildcards.model}"
    input:
        **TRAINING_IMAGES,
    output:
        **BUNDLE,
    log:
        stage_log("models", "{model}"),
    benchmark:
        stage_benchmark("models", "{model}")
    wildcard_constraints:
        model=one_of(POOL.of_origin("supervised")),
    priority: 5
    threads: training_threads
    resources:
        mem_mb=by_size(2000, 32000),
        runtime=by_size(60, 7 * 1440),
        gpu=gpus(),
    params:
        **stamped(
            "models/supervise.py",
            lambda wildcards: training_settings(wildcards.model)
            | model_settings(wildcards.model)
            | {"classes": len(STUDY.classes)},
        ),
    script:
        "../workflow_scripts/models/supervise.py"


rule finetune:
    """Finetune a zero-shot model end to end from its zero-shot head (Appendix H.1)."""
    message:
        "Finetuning model {wildcards.model}"
    input:
        **TRAINING_IMAGES,
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
    threads: training_threads
    resources:
        mem_mb=by_size(2000, 32000),
        runtime=by_size(60, 7 * 1440),
        gpu=gpus(),
    params:
        **stamped(
            "models/finetune.py",
            lambda wildcards: training_settings(wildcards.model)
            | {"parent": STUDY.models[wildcards.model]["parent"]},
        ),
    script:
        "../workflow_scripts/models/finetune.py"

"""Stage `models`: weights of others, trainings, untrained controls: all bundles."""

ENCODER = {
    "encoder": RUN.bundle("{model}", "encoder.safetensors"),
    "card": RUN.bundle("{model}", "card.json"),
}
HEAD = {
    "head": RUN.bundle("{model}", "head.safetensors"),
    "head_card": RUN.bundle("{model}", "head.json"),
}
TEXT = {"text": RUN.bundle("{model}", "text.safetensors")}


include: "models/imported.smk"


pretrain = step(
    "models/pretrain",
    models.pretraining_settings,
    each=("model",),
    contents=models.captions_contents,
)


rule pretrain:
    """Pretrain a CLIP on image-text pairs (Section 2); prompts come later, see zero_shot_head."""
    message:
        "Pretraining model {wildcards.model}"
    input:
        unpack(pretrain.input(models.training_files, models.captions)),
    output:
        **ENCODER,
        **TEXT,
    log:
        pretrain.log,
    benchmark:
        pretrain.benchmark
    wildcard_constraints:
        model=either(models.to_train(RUN, "contrastive", pretrain)),
    priority: 10
    threads: RUN.of_job(models.training_threads)
    resources:
        mem_mb=RUN.by_size(2000, 32000),
        runtime=RUN.by_size(60, 7 * 1440),
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **pretrain.params,
    script:
        SCRIPT


for label, head, without_training in (
    ("", TEXT, controls.clips(RUN)),
    ("classifier", HEAD, controls.classifiers(RUN)),
):
    together = controls.together(RUN, without_training)
    untrained = step(
        "models/untrained",
        controls.settings_of(together),
        each=() if together else ("model",),
        label=label,
    )

    rule:
        """A control with random weights: whatever it has as well, training did not bring."""
        name:
            "_".join(filter(None, ["untrained", label]))
        message:
            f"Random weights of {', '.join(together) or 'model {wildcards.model}'}"
        input:
            unpack(untrained.input()),
        output:
            **{
                part: expand(file, model=together or "{model}")
                for part, file in {**ENCODER, **head}.items()
            },
        log:
            untrained.log,
        benchmark:
            untrained.benchmark
        wildcard_constraints:
            model=either(without_training),
        priority: 10
        resources:
            mem_mb=RUN.by_size(1000, 8000),
            runtime=RUN.by_size(10, 60),
        conda:
            ENVIRONMENT
        params:
            **untrained.params,
        script:
            SCRIPT


for label, (alone, together) in controls.with_prompts(RUN).items():
    zero_shot_head = step(
        "models/zero_shot_head",
        models.head_settings(RUN),
        each=() if together else ("model",),
        label=label,
    )
    clips = together or "{model}"

    rule:
        """Make the head of a CLIP from prompts (Section 2): an edited prompt retrains nothing."""
        name:
            "_".join(filter(None, ["zero_shot_head", label]))
        message:
            f"Zero-shot head of {label or 'model {wildcards.model}'}"
        input:
            unpack(
                zero_shot_head.input(
                    text=expand(TEXT["text"], model=clips),
                    cards=expand(ENCODER["card"], model=clips),
                )
            ),
        output:
            **{part: expand(file, model=clips) for part, file in HEAD.items()},
        log:
            zero_shot_head.log,
        benchmark:
            zero_shot_head.benchmark
        wildcard_constraints:
            model=either(alone),
        priority: 10
        resources:
            mem_mb=RUN.by_size(1000, 8000),
            runtime=RUN.by_size(10, 240),
            gpu=GPUS,
        conda:
            ENVIRONMENT
        params:
            **zero_shot_head.params,
        script:
            SCRIPT


supervise = step(
    "models/supervise",
    models.supervision_settings,
    each=("model",),
)


rule supervise:
    """Train a backbone from scratch on labelled images (Appendix H.2)."""
    message:
        "Supervised training of model {wildcards.model}"
    input:
        unpack(supervise.input(models.training_files)),
    output:
        **ENCODER,
        **HEAD,
    log:
        supervise.log,
    benchmark:
        supervise.benchmark
    wildcard_constraints:
        model=either(models.to_train(RUN, "supervised", supervise)),
    priority: 5
    threads: RUN.of_job(models.training_threads)
    resources:
        mem_mb=RUN.by_size(2000, 32000),
        runtime=RUN.by_size(60, 7 * 1440),
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **supervise.params,
    script:
        SCRIPT


self_supervise = step(
    "models/self_supervise",
    models.supervision_settings,
    each=("model",),
)


rule self_supervise:
    """Train a backbone without text or labels, and a linear head on it (beyond the paper)."""
    message:
        "Self-supervised training of model {wildcards.model}"
    input:
        unpack(self_supervise.input(models.training_files, interventions.head_store)),
    output:
        **ENCODER,
        **HEAD,
    log:
        self_supervise.log,
    benchmark:
        self_supervise.benchmark
    wildcard_constraints:
        model=either(models.to_train(RUN, "self_supervised", self_supervise)),
    priority: 5
    threads: RUN.of_job(models.training_threads)
    resources:
        mem_mb=RUN.by_size(2000, 32000),
        runtime=RUN.by_size(60, 7 * 1440),
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **self_supervise.params,
    script:
        SCRIPT


finetune = step(
    "models/finetune",
    models.finetuning_settings,
    each=("model",),
)


rule finetune:
    """Finetune a zero-shot model end to end from its zero-shot head (Appendix H.1)."""
    message:
        "Finetuning model {wildcards.model}"
    input:
        unpack(finetune.input(models.training_files, models.parent_files)),
    output:
        **ENCODER,
        **HEAD,
        epochs=directory(RUN.bundle("{model}", "epochs")),
        epochs_digest=RUN.bundle("{model}", "epochs.sha256"),
    log:
        finetune.log,
    benchmark:
        finetune.benchmark
    wildcard_constraints:
        model=either(models.to_train(RUN, "finetune", finetune)),
    priority: 5
    threads: RUN.of_job(models.training_threads)
    resources:
        mem_mb=RUN.by_size(2000, 32000),
        runtime=RUN.by_size(60, 7 * 1440),
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **finetune.params,
    script:
        SCRIPT


# Captions name the models that are not what their rows and the code say.
TRAINED = {
    "contrastive": pretrain,
    "supervised": supervise,
    "self_supervised": self_supervise,
    "finetune": finetune,
}
RUN.outdated.extend(models.outdated(RUN, TRAINED))

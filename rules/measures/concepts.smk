"""Concepts that directions encode (Section 5): sets, average precision, counts, overlaps."""

CONCEPT_SETS = RUN.measure("concepts/concept_sets", ending="h5")
WITH_HEAD = [*POOL.headed, *POOL.controls]
AVERAGE_PRECISION = {
    model: RUN.measure("concepts/average_precision", model, "h5") for model in WITH_HEAD
}


concept_sets = step(
    "measures/concepts/concept_sets",
    measures.concept_settings(RUN, "seed", "draws", "minimum_images"),
)


rule concept_sets:
    """Balanced positive and negative images of every concept, the same for all models."""
    message:
        "Balancing the concept sets"
    input:
        unpack(concept_sets.input(membership=RUN.dataset(POOL.concepts, "concepts.h5"))),
    output:
        sets=CONCEPT_SETS,
        digest=f"{CONCEPT_SETS}.sha256",
        table=RUN.measure("concepts/concept_sets"),
    log:
        concept_sets.log,
    benchmark:
        concept_sets.benchmark
    resources:
        mem_mb=2000,
    conda:
        ENVIRONMENT
    params:
        **concept_sets.params,
    script:
        SCRIPT


average_precision = step(
    "measures/concepts/average_precision",
    measures.average_precision_settings,
    each=("model",),
)


rule average_precision:
    """Average precision of every concept by every direction, and what chance gives."""
    message:
        "Average precision of the concepts of model {wildcards.model}"
    input:
        unpack(
            average_precision.input(
                **CLASSIFIER,
                sets=CONCEPT_SETS,
                activations=RUN.activations("{model}", POOL.concepts),
                test=RUN.activations("{model}", POOL.test),
            )
        ),
    output:
        average_precision=RUN.measure("concepts/average_precision", "{model}", "h5"),
        digest=RUN.measure("concepts/average_precision", "{model}", "h5.sha256"),
    log:
        average_precision.log,
    benchmark:
        average_precision.benchmark
    wildcard_constraints:
        model=either(WITH_HEAD),
    resources:
        mem_mb=2000,
        runtime=60,
    conda:
        ENVIRONMENT
    params:
        **average_precision.params,
    script:
        SCRIPT


average_precision_epochs = step(
    "measures/concepts/average_precision_epochs",
    measures.epoch_settings,
    each=("model",),
)


rule average_precision_epochs:
    """Average precision of every concept by its best direction, after each epoch."""
    message:
        "Average precision of the concepts of model {wildcards.model} after each epoch"
    input:
        unpack(
            average_precision_epochs.input(
                sets=CONCEPT_SETS,
                bundles=RUN.bundle("{model}", "epochs"),
                activations=f"{RUN.folder()}/activations/{{model}}/epochs",
            )
        ),
    output:
        best=RUN.measure("concepts/average_precision_epochs", "{model}", "h5"),
        digest=RUN.measure("concepts/average_precision_epochs", "{model}", "h5.sha256"),
    log:
        average_precision_epochs.log,
    benchmark:
        average_precision_epochs.benchmark
    wildcard_constraints:
        model=either(POOL.followed()),
    resources:
        mem_mb=2000,
        runtime=60,
    conda:
        ENVIRONMENT
    params:
        **average_precision_epochs.params,
    script:
        SCRIPT


for label, (folder, of_models) in measures.counted(RUN).items():
    concept_counts = step(
        "measures/concepts/concept_counts",
        measures.count_settings(RUN, of_models),
        label=label,
    )

    rule:
        """Unique concepts (equation 4), polysemanticity, chance level, signs and thresholds."""
        name:
            "_".join(filter(None, ["concept_counts", label]))
        message:
            "Counting the concepts of all models" if not label else "Counting those of the controls"
        input:
            unpack(
                concept_counts.input(
                    average_precision=[AVERAGE_PRECISION[model] for model in of_models]
                )
            ),
        output:
            **RUN.tables(
                f"{folder}/concept_counts",
                "counts",
                "draws",
                "polysemanticity",
                "directions",
                "encoded",
                "order",
            ),
        log:
            concept_counts.log,
        benchmark:
            concept_counts.benchmark
        conda:
            ENVIRONMENT
        params:
            **concept_counts.params,
        script:
            SCRIPT


concept_overlap = step("measures/concepts/concept_overlap", measures.overlap_settings(RUN))


rule concept_overlap:
    """Concepts shared by zero-shot, finetuned and supervised models, also while finetuning."""
    message:
        "Overlap of the models' concepts"
    input:
        unpack(
            concept_overlap.input(
                average_precision=[AVERAGE_PRECISION[model] for model in POOL.headed],
                epochs=[
                    RUN.measure("concepts/average_precision_epochs", model, "h5")
                    for model in POOL.followed()
                ],
            )
        ),
    output:
        **RUN.tables("concepts/concept_overlap", "venn", "course"),
    log:
        concept_overlap.log,
    benchmark:
        concept_overlap.benchmark
    conda:
        ENVIRONMENT
    params:
        **concept_overlap.params,
    script:
        SCRIPT


privileged_direction = step("measures/concepts/privileged_direction", {"models": POOL.headed})


rule privileged_direction:
    """Top concepts and extreme images of every model's most privileged direction."""
    message:
        "The most privileged directions"
    input:
        unpack(
            privileged_direction.input(
                average_precision=[AVERAGE_PRECISION[model] for model in POOL.headed],
                sets=CONCEPT_SETS,
                importance=RUN.measure("indicators/importance"),
            )
        ),
    output:
        **RUN.tables("concepts/privileged_direction", "concepts", "images"),
    log:
        privileged_direction.log,
    benchmark:
        privileged_direction.benchmark
    conda:
        ENVIRONMENT
    params:
        **privileged_direction.params,
    script:
        SCRIPT

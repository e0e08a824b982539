"""Concepts that directions encode (Section 5): sets, average precision, counts, overlaps."""

# The sets of images of each concept set, by its label, which is empty for the paper's.
BALANCED = {
    label: RUN.measure(f"{each.folder}/concept_sets", ending="h5")
    for label, each in concept_sets.probed(RUN).items()
}
CONCEPT_SETS = BALANCED[""]
AVERAGE_PRECISION = {
    model: concept_sets.probed(RUN)[""].average_precision(RUN, model) for model in POOL.headed
}


for label, probed in concept_sets.probed(RUN).items():
    balance = step(
        "measures/concepts/concept_sets",
        measures.concept_settings(RUN, "seed", "draws", "minimum_images"),
        label=label,
    )

    rule:
        """Balanced positive and negative images of every concept, the same for all models."""
        name:
            "_".join(filter(None, ["concept_sets", label]))
        message:
            f"Balancing the concept sets of {probed.dataset}"
        input:
            unpack(balance.input(membership=RUN.dataset(probed.dataset, "concepts.h5"))),
        output:
            sets=BALANCED[label],
            digest=f"{BALANCED[label]}.sha256",
            table=RUN.measure(f"{probed.folder}/concept_sets"),
        log:
            balance.log,
        benchmark:
            balance.benchmark
        resources:
            mem_mb=2000,
        conda:
            ENVIRONMENT
        params:
            **balance.params,
        script:
            SCRIPT

    average_precision = step(
        "measures/concepts/average_precision",
        measures.average_precision_settings,
        each=("model",),
        label=label,
    )

    rule:
        """Average precision of every concept by every direction, and what chance gives."""
        name:
            "_".join(filter(None, ["average_precision", label]))
        message:
            f"Average precision of the concepts of {probed.dataset}, model {{wildcards.model}}"
        input:
            unpack(
                average_precision.input(
                    **CLASSIFIER,
                    sets=BALANCED[label],
                    activations=RUN.activations("{model}", probed.images),
                    test=RUN.activations("{model}", POOL.test),
                )
            ),
        output:
            average_precision=probed.average_precision(RUN, "{model}"),
            digest=f"{probed.average_precision(RUN, '{model}')}.sha256",
        log:
            average_precision.log,
        benchmark:
            average_precision.benchmark
        wildcard_constraints:
            model=either(probed.models),
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


for label, (folder, probed, of_models) in concept_sets.counted(RUN).items():
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
            f"Counting the concepts of {label or 'all models'}"
        input:
            unpack(
                concept_counts.input(
                    average_precision=[probed.average_precision(RUN, model) for model in of_models]
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

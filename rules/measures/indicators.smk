"""Measures of single models: accuracy, kurtosis, importance; and one table of each for all."""

CLASSIFIER = {**HEAD, "card": ENCODER["card"]}
ACTIVATIONS = [RUN.activations("{model}", dataset) for dataset in POOL.evaluated]
TEST_ACTIVATIONS = {"activations": RUN.activations("{model}", POOL.test)}

accuracy = step("measures/indicators/accuracy", measures.indicator_settings, each=("model",))


rule accuracy:
    """Accuracy of a model on the test set and the shifts, and the images it classifies correctly."""
    message:
        "Accuracy of model {wildcards.model}"
    input:
        unpack(accuracy.input(activations=ACTIVATIONS, **CLASSIFIER)),
    output:
        table=RUN.measure("indicators/accuracy", "{model}"),
        correct=measures.correct_file(RUN, "{model}"),
        digest=f"{measures.correct_file(RUN, '{model}')}.sha256",
    log:
        accuracy.log,
    benchmark:
        accuracy.benchmark
    wildcard_constraints:
        model=either([*POOL.headed, *POOL.controls]),
    resources:
        runtime=60,
    conda:
        ENVIRONMENT
    params:
        **accuracy.params,
    script:
        SCRIPT


kurtosis = step("measures/indicators/kurtosis", measures.indicator_settings, each=("model",))


rule kurtosis:
    """Activation kurtosis of a model (equation 1), for which no head is needed."""
    message:
        "Activation kurtosis of model {wildcards.model}"
    input:
        unpack(kurtosis.input(**TEST_ACTIVATIONS)),
    output:
        table=RUN.measure("indicators/kurtosis", "{model}"),
        resamples=RUN.measure("indicators/kurtosis_resamples", "{model}"),
    log:
        kurtosis.log,
    benchmark:
        kurtosis.benchmark
    wildcard_constraints:
        model=either(POOL.probed),
    resources:
        runtime=60,
    conda:
        ENVIRONMENT
    params:
        **kurtosis.params,
    script:
        SCRIPT


components = step("measures/indicators/components", measures.component_settings, each=("model",))


rule components:
    """The components that make a model's kurtosis, and the spectrum of its activations."""
    message:
        "Components of the activations of model {wildcards.model}"
    input:
        unpack(components.input(**TEST_ACTIVATIONS)),
    output:
        **{name: RUN.measure(f"indicators/{name}", "{model}") for name in pool_tables.COMPONENTS},
    log:
        components.log,
    benchmark:
        components.benchmark
    wildcard_constraints:
        model=either(POOL.shown),
    resources:
        runtime=60,
    conda:
        ENVIRONMENT
    params:
        **components.params,
    script:
        SCRIPT


importance = step("measures/indicators/importance", measures.indicator_settings, each=("model",))


rule importance:
    """Importances of the right singular vectors of a model's head (equations 2 and 3)."""
    message:
        "Importances of model {wildcards.model}"
    input:
        unpack(importance.input(**TEST_ACTIVATIONS, **CLASSIFIER)),
    output:
        directions=RUN.measure("indicators/importance", "{model}"),
        ratio=RUN.measure("indicators/importance_ratio", "{model}"),
        resamples=RUN.measure("indicators/importance_ratio_resamples", "{model}"),
    log:
        importance.log,
    benchmark:
        importance.benchmark
    wildcard_constraints:
        model=either([*POOL.headed, *POOL.controls]),
    resources:
        runtime=60,
    conda:
        ENVIRONMENT
    params:
        **importance.params,
    script:
        SCRIPT


if POOL.baselines:
    baseline_accuracies = step(
        "measures/indicators/baseline_accuracies",
        {"models": POOL.baselines, "bootstrap": config["bootstrap"]},
    )

    rule baseline_accuracies:
        """Which images the baselines classify correctly; the line goes through their accuracies."""
        message:
            "Accuracies of the baselines"
        input:
            unpack(
                baseline_accuracies.input(
                    activations=[
                        RUN.activations(model, dataset)
                        for model in POOL.baselines
                        for dataset in POOL.evaluated
                    ],
                    heads=[RUN.bundle(model, "head.safetensors") for model in POOL.baselines],
                    cards=[RUN.bundle(model, "card.json") for model in POOL.baselines],
                )
            ),
        output:
            tables=[RUN.measure("indicators/accuracy", model) for model in POOL.baselines],
            correct=[measures.correct_file(RUN, model) for model in POOL.baselines],
            digests=[f"{measures.correct_file(RUN, model)}.sha256" for model in POOL.baselines],
        log:
            baseline_accuracies.log,
        benchmark:
            baseline_accuracies.benchmark
        resources:
            runtime=60,
        conda:
            ENVIRONMENT
        params:
            **baseline_accuracies.params,
        script:
            SCRIPT


ACCURACIES = {
    name: f"resources/published/{name}_accuracy.csv"
    for name in ("open_clip", "timm", "torchvision", "model_soups")
}
accuracy_check = step(
    "measures/indicators/accuracy_check",
    measures.accuracy_check_settings(RUN),
    files=ACCURACIES.values(),
)


rule accuracy_check:
    """Accuracies beside those that are published of the same weights, or beside chance."""
    message:
        "Accuracies beside published ones"
    input:
        unpack(
            accuracy_check.input(
                **{name: RUN.resource(file) for name, file in ACCURACIES.items()},
                accuracy=RUN.measure("indicators/accuracy"),
            )
        ),
    output:
        table=RUN.measure("indicators/accuracy_check"),
    log:
        accuracy_check.log,
    benchmark:
        accuracy_check.benchmark
    conda:
        ENVIRONMENT
    params:
        **accuracy_check.params,
    script:
        SCRIPT


for label, tables in pool_tables.joint(RUN).items():
    joint = step("measures/indicators/joint", {"pool": tables.models}, label=label)

    rule:
        """One table of each measure for all models that the figures show, or for the controls."""
        name:
            f"joint_{label}"
        message:
            f"Joint tables of all models: {label}"
        input:
            unpack(
                joint.input(
                    **{
                        Path(name).name: [RUN.measure(name, model) for model in tables.models]
                        for name in tables.names
                    }
                )
            ),
        output:
            **{Path(name).name: RUN.measure(tables.folder + name) for name in tables.names},
        log:
            joint.log,
        benchmark:
            joint.benchmark
        conda:
            ENVIRONMENT
        params:
            **joint.params,
        script:
            SCRIPT

"""Measures of single models: accuracy, kurtosis, importance; and one table of each for all."""

ACTIVATIONS = [RUN.activations("{model}", dataset) for dataset in POOL.evaluated]
CLASSIFIER = {**HEAD, "card": ENCODER["card"]}

indicators = step(
    "measures/indicators/indicators",
    measures.indicator_settings,
    each=("model",),
)


rule indicators:
    """Accuracy, activation kurtosis (equation 1) and importances (equations 2, 3) of a model."""
    message:
        "Indicators of model {wildcards.model}"
    input:
        unpack(indicators.input(activations=ACTIVATIONS, **CLASSIFIER)),
    output:
        **{
            measure: RUN.measure(f"indicators/{measure}", "{model}")
            for measure in measures.INDICATORS
        },
        correct=measures.correct_file(RUN, "{model}"),
        digest=f"{measures.correct_file(RUN, '{model}')}.sha256",
    log:
        indicators.log,
    benchmark:
        indicators.benchmark
    wildcard_constraints:
        model=either(POOL.shown),
    resources:
        runtime=60,
    conda:
        ENVIRONMENT
    params:
        **indicators.params,
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


for subject, (names, of_models) in measures.joint(RUN).items():
    joint = step("measures/indicators/joint", {"pool": of_models}, label=subject)

    rule:
        """One table of each measure for all models that the figures show."""
        name:
            f"joint_{subject}"
        message:
            f"Joint tables of all models: {subject}"
        input:
            unpack(
                joint.input(
                    **{
                        name: [RUN.measure(f"{subject}/{name}", model) for model in of_models]
                        for name in names
                    }
                )
            ),
        output:
            **{name: RUN.measure(f"{subject}/{name}") for name in names},
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

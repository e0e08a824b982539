"""Effective robustness (equation 5): of the study's models, and of published accuracies."""

effective_robustness = step(
    "measures/robustness/effective_robustness",
    measures.robustness_settings(RUN) | {"pool": POOL.measured},
)


rule effective_robustness:
    """The line through the baselines, and every model's effective robustness (equation 5)."""
    message:
        "Effective robustness of the pool"
    input:
        unpack(
            effective_robustness.input(
                correct=[measures.correct_file(RUN, model) for model in POOL.measured],
                baselines=measures.baseline_files(RUN),
            )
        ),
    output:
        table=RUN.measure("robustness/effective_robustness/models"),
        line=RUN.measure("robustness/effective_robustness/line"),
    log:
        effective_robustness.log,
    benchmark:
        effective_robustness.benchmark
    conda:
        ENVIRONMENT
    params:
        **effective_robustness.params,
    script:
        SCRIPT


PUBLISHED = {
    "testbed": "resources/published/imagenet_testbed_accuracy.csv",
    "open_clip": "resources/published/open_clip_accuracy.csv",
    "checkpoints": "resources/published/paper_checkpoints.tsv",
}
published = step("measures/robustness/published", files=PUBLISHED.values())


rule published:
    """Effective robustness from the field's published accuracies; no weights are needed."""
    message:
        "Effective robustness of published accuracies"
    input:
        unpack(published.input(**{name: RUN.resource(file) for name, file in PUBLISHED.items()})),
    output:
        **{
            name: RUN.measure(f"robustness/published/{name}")
            for name in ("lines", "baselines", "models")
        },
    log:
        published.log,
    benchmark:
        published.benchmark
    conda:
        ENVIRONMENT
    params:
        **published.params,
    script:
        SCRIPT

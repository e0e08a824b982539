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
        resamples=RUN.measure("robustness/effective_robustness/resamples"),
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


published_weights = step(
    "measures/robustness/published_weights",
    measures.published_weights_settings(RUN),
    files=ACCURACIES.values(),
)


rule published_weights:
    """Effective robustness of the study's models by what is published of their very weights."""
    message:
        "Published effective robustness of the study's weights"
    input:
        unpack(
            published_weights.input(
                **{name: RUN.resource(file) for name, file in ACCURACIES.items()},
                lines=RUN.measure("robustness/published_finetuned/lines"),
            )
        ),
    output:
        table=RUN.measure("robustness/published_weights"),
    log:
        published_weights.log,
    benchmark:
        published_weights.benchmark
    conda:
        ENVIRONMENT
    params:
        **published_weights.params,
    script:
        SCRIPT


TUNED = {
    "testbed": PUBLISHED["testbed"],
    "model_soups": "resources/published/model_soups_accuracy.csv",
    "timm": "resources/published/timm_accuracy.csv",
}
published_finetuned = step(
    "measures/robustness/published_finetuned",
    {"bootstrap": RUN.config["bootstrap"]},
    files=TUNED.values(),
)


rule published_finetuned:
    """Effective robustness of finetuned models from published accuracies."""
    message:
        "Effective robustness of published finetuned models"
    input:
        unpack(
            published_finetuned.input(
                **{name: RUN.resource(file) for name, file in TUNED.items()},
                published=RUN.measure("robustness/published/models"),
            )
        ),
    output:
        **{
            name: RUN.measure(f"robustness/published_finetuned/{name}")
            for name in ("models", "lines", "groups")
        },
    log:
        published_finetuned.log,
    benchmark:
        published_finetuned.benchmark
    conda:
        ENVIRONMENT
    params:
        **published_finetuned.params,
    script:
        SCRIPT

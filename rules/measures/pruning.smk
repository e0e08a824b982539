"""Pruning of singular directions (Appendices E.2 and G)."""

pruning = step(
    "measures/pruning/pruning",
    measures.pruning_settings,
    each=("model",),
)


rule pruning:
    """Accuracy and effective robustness of a model with fewer and fewer directions (Appendix G)."""
    message:
        "Pruning the directions of model {wildcards.model}"
    input:
        unpack(
            pruning.input(
                activations=ACTIVATIONS,
                **CLASSIFIER,
                importance=RUN.measure("indicators/importance", "{model}"),
                baselines=measures.baseline_files(RUN),
            )
        ),
    output:
        table=RUN.measure("pruning/pruning", "{model}"),
        ranks=RUN.measure("pruning/importance_rank", "{model}"),
    log:
        pruning.log,
    benchmark:
        pruning.benchmark
    resources:
        mem_mb=1500,
        runtime=60,
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **pruning.params,
    script:
        SCRIPT

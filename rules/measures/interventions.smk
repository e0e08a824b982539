"""Models of which one thing was changed in the training: does robustness move with kurtosis?"""

interventions_step = step("measures/interventions/interventions", interventions.settings(RUN))


rule interventions:
    """Effective robustness, kurtosis and importance ratio of every arm, over its seeds."""
    message:
        "Measures of the interventions"
    input:
        unpack(
            interventions_step.input(
                activations=[
                    RUN.activations(model, dataset)
                    for model in POOL.interventions
                    for dataset in POOL.evaluated
                ],
                heads=[RUN.bundle(model, "head.safetensors") for model in POOL.interventions],
                cards=[RUN.bundle(model, "card.json") for model in POOL.interventions],
                baselines=measures.baseline_files(RUN),
            )
        ),
    output:
        **RUN.tables("interventions/interventions", "models", "arms"),
    log:
        interventions_step.log,
    benchmark:
        interventions_step.benchmark
    resources:
        mem_mb=1500,
        runtime=60,
    conda:
        ENVIRONMENT
    params:
        **interventions_step.params,
    script:
        SCRIPT

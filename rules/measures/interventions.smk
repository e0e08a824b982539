"""Models of which one thing was changed in the training: does robustness move with kurtosis?"""

encode_interventions = step(
    "activations/encode_baselines", {"device": config["device"]}, label="interventions"
)


rule encode_interventions:
    """Encoder outputs of the interventions: one job, as for the baselines."""
    message:
        "Activations of the interventions"
    input:
        unpack(
            encode_interventions.input(
                stores=[RUN.store(dataset) for dataset in POOL.evaluated],
                cards=[RUN.bundle(model, "card.json") for model in POOL.interventions],
                weights=[RUN.bundle(model, "encoder.safetensors") for model in POOL.interventions],
            )
        ),
    output:
        **RUN.with_digests(
            [
                RUN.activations(model, dataset)
                for model in POOL.interventions
                for dataset in POOL.evaluated
            ]
        ),
    log:
        encode_interventions.log,
    benchmark:
        encode_interventions.benchmark
    resources:
        mem_mb=RUN.by_size(1500, 8000),
        runtime=RUN.by_size(60, 1440),
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **encode_interventions.params,
    script:
        SCRIPT


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

"""Wise-FT: the models between a zero-shot model and its finetuned one (Appendix I)."""

PATH = RUN.measure("wise_ft/wise_ft", "{model}", "h5")
wise_ft = step(
    "measures/wise_ft/wise_ft",
    measures.wise_ft_settings,
    each=("model",),
)


rule wise_ft:
    """Measures of the models between a zero-shot model and its finetuned one (Appendix I)."""
    message:
        "Wise-FT path to model {wildcards.model}"
    input:
        unpack(
            wise_ft.input(
                measures.both_bundles,
                measures.both_activations,
                measures.stores_of(measures.encoded(RUN)),
                **({"sets": CONCEPT_SETS} if POOL.concepts else {}),
            )
        ),
    output:
        **(
            {"kept": directory(f"{RUN.results}/activations/{{model}}/wise_ft")}
            if config["wise_ft"]["keep_activations"]
            else {}
        ),
        path=PATH,
        digest=f"{PATH}.sha256",
    log:
        wise_ft.log,
    benchmark:
        wise_ft.benchmark
    wildcard_constraints:
        model=either(measures.paths(RUN)),
    resources:
        mem_mb=RUN.by_size(2000, 16000),
        runtime=RUN.by_size(240, 2880),
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **wise_ft.params,
    script:
        SCRIPT


wise_ft_tables = step("measures/wise_ft/wise_ft_tables", measures.path_settings(RUN))


rule wise_ft_tables:
    """Every measure along all Wise-FT paths, and how the indicators track robustness there."""
    message:
        "Tables of the Wise-FT paths"
    input:
        unpack(
            wise_ft_tables.input(
                paths=[
                    RUN.measure("wise_ft/wise_ft", model, "h5") for model in measures.paths(RUN)
                ],
                baselines=measures.baseline_files(RUN),
            )
        ),
    output:
        table=RUN.measure("wise_ft/wise_ft_tables/wise_ft"),
        tracks=RUN.measure("wise_ft/wise_ft_tables/tracking"),
    log:
        wise_ft_tables.log,
    benchmark:
        wise_ft_tables.benchmark
    conda:
        ENVIRONMENT
    params:
        **wise_ft_tables.params,
    script:
        SCRIPT

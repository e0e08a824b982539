"""Wise-FT: the models between a zero-shot model and its finetuned one (Appendix I)."""

for label, together in measures.walked(RUN).items():
    wise_ft = step(
        "measures/wise_ft/wise_ft",
        measures.wise_ft_settings_of(together),
        each=("model",),
        label=label,
    )
    path = measures.path_file(RUN, label, "{model}")
    of_job = "_".join(filter(None, ["wise_ft", label]))

    rule:
        """Measures of the models between a zero-shot model and its finetuned one (Appendix I)."""
        name:
            of_job
        message:
            f"Wise-FT path to model {{wildcards.model}} on {', '.join(together)}"
        input:
            unpack(
                wise_ft.input(
                    measures.both_bundles,
                    measures.both_activations_of(together),
                    measures.stores_of(together),
                    **({"sets": CONCEPT_SETS} if POOL.concepts in together else {}),
                )
            ),
        output:
            **(
                {"kept": directory(f"{RUN.folder()}/activations/{{model}}/{of_job}")}
                if config["wise_ft"]["keep_activations"]
                else {}
            ),
            path=path,
            digest=f"{path}.sha256",
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
                paths=measures.path_files(RUN, ""),
                concepts=measures.path_files(RUN, "concepts"),
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


if "concepts" in measures.walked(RUN):
    wise_ft_evaluated = step(
        "measures/wise_ft/wise_ft_tables",
        measures.path_settings(RUN) | {"threshold": None},
        label="evaluated",
    )

    rule wise_ft_evaluated:
        """The table without concepts, for the figures that do not show them."""
        message:
            "Tables of the Wise-FT paths, without concepts"
        input:
            unpack(
                wise_ft_evaluated.input(
                    paths=measures.path_files(RUN, ""),
                    baselines=measures.baseline_files(RUN),
                )
            ),
        output:
            table=RUN.measure("wise_ft/wise_ft_tables/evaluated"),
        log:
            wise_ft_evaluated.log,
        benchmark:
            wise_ft_evaluated.benchmark
        conda:
            ENVIRONMENT
        params:
            **wise_ft_evaluated.params,
        script:
            SCRIPT

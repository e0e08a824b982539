"""Further draws of the whole experiment, and how its numbers and verdicts differ between them."""

for number in range(2, RUN.replicates + 1):

    module:
        name: f"replicate_{number}"
        snakefile:
            "replicate.smk"
        config:
            {**config, "replicate": number}

    # As `use rule * from ... as ...`, for which a module's name has to be written out.
    workflow.userule(
        rules=["*"],
        from_module=f"replicate_{number}",
        exclude_rules=[],
        name_modifier=f"replicate_{number}_*",
        lineno=None,
    )(lambda: None)


REPLICATES = [RUN, *map(RUN.replicate, range(2, RUN.replicates + 1))]
REPLICATED = measures.replicated(RUN)
replicates = step(
    "measures/replicates/replicates",
    {"tables": REPLICATED, "confidence": RUN.config["bootstrap"]["confidence"]},
)


rule replicates:
    """Every number of the measures and every verdict, with its spread over the replicates."""
    message:
        "Numbers and verdicts of all replicates"
    input:
        unpack(
            replicates.input(
                **{table: [each.measure(table) for each in REPLICATES] for table in REPLICATED},
                verdicts=[each.measure("claims/verdicts/summary") for each in REPLICATES],
            )
        ),
    output:
        numbers=RUN.measure("replicates/replicates/numbers"),
        verdicts=RUN.measure("replicates/replicates/verdicts"),
    log:
        replicates.log,
    benchmark:
        replicates.benchmark
    conda:
        ENVIRONMENT
    params:
        **replicates.params,
    script:
        SCRIPT

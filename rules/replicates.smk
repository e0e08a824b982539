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
OVER_ALL = {"confidence": RUN.config["bootstrap"]["confidence"]}
numbers = step("measures/replicates/numbers", OVER_ALL)
means = step("measures/replicates/means", OVER_ALL, ("table",))
verdicts_over_all = step("measures/replicates/verdicts", OVER_ALL)


rule numbers:
    """Every number of the measures, with its spread over the replicates."""
    message:
        "Numbers of all replicates"
    input:
        unpack(
            numbers.input(
                **{
                    table: [each.measure(table) for each in REPLICATES]
                    for table in [*pool_tables.replicated(RUN), *pool_tables.PUBLISHED]
                }
            )
        ),
    output:
        RUN.measure("replicates/numbers"),
    log:
        numbers.log,
    benchmark:
        numbers.benchmark
    conda:
        ENVIRONMENT
    params:
        **numbers.params,
    script:
        SCRIPT


rule means:
    """A table of the measures as means over the replicates, with intervals by seeds and images."""
    message:
        "Means over the replicates: {wildcards.table}"
    input:
        unpack(means.input(tables=[each.measure("{table}") for each in REPLICATES])),
    output:
        RUN.measure("replicates/{table}"),
    wildcard_constraints:
        table=either(pool_tables.averaged(RUN)),
    log:
        means.log,
    benchmark:
        means.benchmark
    conda:
        ENVIRONMENT
    params:
        **means.params,
    script:
        SCRIPT


rule verdicts_over_all:
    """The claims judged on all replicates: what differs between them is open."""
    message:
        "The paper's claims on the numbers of all replicates"
    input:
        unpack(
            verdicts_over_all.input(
                summaries=[each.measure("claims/verdicts/summary") for each in REPLICATES],
                cases=[each.measure("claims/verdicts/cases") for each in REPLICATES],
            )
        ),
    output:
        summary=RUN.measure("replicates/claims/verdicts/summary"),
        cases=RUN.measure("replicates/claims/verdicts/cases"),
    log:
        verdicts_over_all.log,
    benchmark:
        verdicts_over_all.benchmark
    conda:
        ENVIRONMENT
    params:
        **verdicts_over_all.params,
    script:
        SCRIPT


reference = step(
    "measures/replicates/reference",
    {
        "study": RUN.study.name,
        "replicates": RUN.replicates,
        "datasets": SHEETS,
        "left_out": pool_tables.CURVES,
    },
)


rule reference:
    """What runs are held against: numbers and verdicts of the replicates, what they were made of."""
    message:
        "The reference of all replicates"
    input:
        unpack(
            reference.input(
                numbers=rules.numbers.output[0],
                summary=rules.verdicts_over_all.output.summary,
                digests=[f"{RUN.store(dataset)}.sha256" for dataset in SHEETS],
            )
        ),
    output:
        numbers=RUN.measure("replicates/reference/numbers"),
        verdicts=RUN.measure("replicates/reference/verdicts"),
        made_with=RUN.measure("replicates/reference/made_with", ending="json"),
    log:
        reference.log,
    benchmark:
        reference.benchmark
    conda:
        ENVIRONMENT
    params:
        **reference.params,
    script:
        SCRIPT


rule replicates:
    """Every number and every claim over all replicates."""
    input:
        rules.reference.output,
        rules.verdicts_over_all.output,
    localrule: True

"""Other concept sets beside the paper's, which rules/measures/concepts.smk probes as it does that one."""

agreement = step("measures/concept_sets/agreement", concept_sets.agreement_settings(RUN))


rule agreement:
    """Whether concept sets order models alike, and how concepts go with effective robustness."""
    message:
        "Comparing the concept sets"
    input:
        unpack(agreement.input(**concept_sets.agreement_files(RUN))),
    output:
        **RUN.tables(
            "concept_sets/agreement",
            "models",
            "families",
            "orders",
            "categories",
            "agreement",
            "robustness",
        ),
    log:
        agreement.log,
    benchmark:
        agreement.benchmark
    conda:
        ENVIRONMENT
    params:
        **agreement.params,
    script:
        SCRIPT

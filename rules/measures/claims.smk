"""The paper's claims, judged on the study's tables."""

verdicts = step(
    "measures/claims/verdicts", claims.claim_settings(RUN), files=["resources/claims.tsv"]
)


rule verdicts:
    """Every claim of the paper that its figures support: holds, does not hold, cannot be judged."""
    message:
        "The paper's claims on the study's numbers"
    input:
        unpack(
            verdicts.input(
                **claims.claimed(RUN),
                claims=RUN.resource("resources/claims.tsv"),
            )
        ),
    output:
        summary=RUN.measure("claims/verdicts/summary"),
        cases=RUN.measure("claims/verdicts/cases"),
    log:
        verdicts.log,
    benchmark:
        verdicts.benchmark
    conda:
        ENVIRONMENT
    params:
        **verdicts.params,
    script:
        SCRIPT

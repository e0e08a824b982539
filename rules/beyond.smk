"""What the paper does not have: what kurtosis indicates and what it does not; see docs/beyond.md."""


include: "measures/basis.smk"
include: "measures/indication.smk"


if POOL.interventions:

    include: "measures/interventions.smk"


if POOL.concepts and POOL.headed:

    include: "measures/concept_sets.smk"


verdicts_beyond = step(
    "measures/claims/verdicts",
    claims.claim_settings(RUN, beyond=True),
    files=["resources/claims.tsv"],
    label="beyond",
)


rule verdicts_beyond:
    """Every claim beyond the paper: holds, does not hold, cannot be judged."""
    message:
        "The claims beyond the paper on the study's numbers"
    input:
        unpack(
            verdicts_beyond.input(
                **claims.claimed_beyond(RUN),
                claims=RUN.resource("resources/claims.tsv"),
            )
        ),
    output:
        summary=RUN.measure("claims/beyond/summary"),
        cases=RUN.measure("claims/beyond/cases"),
    log:
        verdicts_beyond.log,
    benchmark:
        verdicts_beyond.benchmark
    conda:
        ENVIRONMENT
    params:
        **verdicts_beyond.params,
    script:
        SCRIPT


BEYOND = beyond.catalogue(RUN)


rule beyond:
    """Every figure and table beyond the paper, and their page; `all_figures` waits for none."""
    input:
        [exhibit.outputs(RUN).values() for exhibit in BEYOND],
        beyond_page.page(RUN),
    localrule: True

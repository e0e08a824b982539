"""What the paper does not have: what kurtosis indicates and what it does not; see docs/beyond.md."""


include: "measures/basis.smk"
include: "measures/indication.smk"


if POOL.interventions:

    include: "measures/interventions.smk"


if POOL.concepts and POOL.headed:

    include: "measures/concept_sets.smk"


BEYOND = beyond.catalogue(RUN)


rule beyond:
    """Every figure and table beyond the paper; `all_figures` waits for none of them."""
    input:
        [exhibit.outputs(RUN).values() for exhibit in BEYOND],
    localrule: True

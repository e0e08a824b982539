"""What the paper does not have: what kurtosis indicates and what it does not; see docs/beyond.md."""


include: "measures/basis.smk"
include: "measures/indication.smk"


if POOL.interventions:

    include: "measures/interventions.smk"


if POOL.concepts and POOL.headed:

    include: "measures/concept_sets.smk"


BEYOND = beyond.catalogue(RUN)


rule beyond:
    """Every figure and table beyond the paper, and their page; `all_figures` waits for none."""
    input:
        [exhibit.outputs(RUN).values() for exhibit in BEYOND],
        beyond_page.page(RUN),
    localrule: True

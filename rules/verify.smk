"""Is this run a further draw of the reference's experiment?"""

verify = step("report/verify")

if not has_reference(RUN) and "verify" in sys.argv:
    sys.exit(f"verify: {NO_REFERENCE}; `make replicates` makes one of a whole study")


rule verify:
    """Say so, and fail if it is not."""
    message:
        "This run beside the reference"
    input:
        unpack(
            verify.input(
                table=RUN.page("tables", "verification", "csv"),
                page=RUN.page("tables", "verification", "md"),
            )
        ),
    log:
        verify.log,
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **verify.params,
    script:
        SCRIPT

"""The report page: what the paper claims, what came out, how sure it is, where it comes from."""

whole_page = step(
    "report/report_page",
    lambda run, wildcards: report_page.settings(run, EXHIBITS, SHEETS),
    files=[*report_page.RESOURCES.values(), *report_page.TEMPLATES],
)


rule report_page:
    """One page that holds all figures and tables, and needs nothing beside itself."""
    message:
        "The report page"
    input:
        unpack(whole_page.input(**report_page.inputs(RUN, EXHIBITS, SHEETS))),
    output:
        report_page.page(RUN),
    log:
        whole_page.log,
    benchmark:
        whole_page.benchmark
    conda:
        ENVIRONMENT
    params:
        **whole_page.params,
        # Told as it is now, and no reason to run again: params from functions of the output never are.
        configuration=lambda wildcards, output: report_page.configuration(RUN),
    script:
        SCRIPT

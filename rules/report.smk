"""The report page: what the paper claims, what came out, how sure it is, where it comes from."""

report_page = step(
    "report/report_page",
    lambda run, wildcards: report.settings(run, EXHIBITS, SHEETS),
    files=[*report.RESOURCES.values(), *report.TEMPLATES],
)


rule report_page:
    """One page that holds all figures and tables, and needs nothing beside itself."""
    message:
        "The report page"
    input:
        unpack(report_page.input(**report.inputs(RUN, EXHIBITS, SHEETS))),
    output:
        report.page(RUN),
    log:
        report_page.log,
    benchmark:
        report_page.benchmark
    conda:
        ENVIRONMENT
    params:
        **report_page.params,
        # Told as it is now, and no reason to run again: params from functions of the output never are.
        configuration=lambda wildcards, output: report.configuration(RUN),
    script:
        SCRIPT

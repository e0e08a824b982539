"""What tells of the whole study: its page, that of what lies beyond the paper, the provenance."""

whole_page = step(
    "report/report_page",
    lambda run, wildcards: report_page.settings(run, EXHIBITS, SHEETS, BEYOND),
    files=[*report_page.RESOURCES.values(), *report_page.TEMPLATES, *report_page.OWN],
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


page_beyond = step(
    "report/beyond_page",
    lambda run, wildcards: beyond_page.settings(run, BEYOND),
    files=beyond_page.TEMPLATES,
)


rule beyond_page:
    """One page of what lies beyond the paper; the report page names it and does not wait for it."""
    message:
        "The page of what lies beyond the paper"
    input:
        unpack(page_beyond.input(**beyond_page.inputs(RUN, BEYOND))),
    output:
        beyond_page.page(RUN),
    log:
        page_beyond.log,
    benchmark:
        page_beyond.benchmark
    conda:
        ENVIRONMENT
    params:
        **page_beyond.params,
        configuration=lambda wildcards, output: report_page.configuration(RUN),
    script:
        SCRIPT


provenance = step("report/ro_crate", ro_crate.settings(RUN, EXHIBITS))


rule ro_crate:
    """How all figures and tables were made, as an RO-Crate."""
    message:
        "The run's provenance as an RO-Crate"
    input:
        unpack(provenance.input(made=ro_crate.made(RUN, EXHIBITS))),
    output:
        metadata=f"{RUN.results}/report/ro-crate-metadata.json",
        workflow=directory(f"{RUN.results}/report/workflow"),
    log:
        provenance.log,
    benchmark:
        provenance.benchmark
    conda:
        ENVIRONMENT
    params:
        **provenance.params,
    script:
        SCRIPT

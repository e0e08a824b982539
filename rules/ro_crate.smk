"""The provenance of the figures and tables, for machines."""

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

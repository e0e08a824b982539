"""Beyond the paper: how well each indicator tells of effective robustness, over models."""

indication_step = step("measures/indication/indication", indication.settings(RUN))


rule indication:
    """Every indicator beside effective robustness: rank correlation and ROC curve, over models."""
    message:
        "Indicators beside effective robustness"
    input:
        unpack(indication_step.input(**indication.inputs(RUN))),
    output:
        **RUN.tables("indication/indication", "points", "associations"),
    log:
        indication_step.log,
    benchmark:
        indication_step.benchmark
    conda:
        ENVIRONMENT
    params:
        **indication_step.params,
    script:
        SCRIPT

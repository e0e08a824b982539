"""Tables 3 and 4: models that are no CLIPs (Appendix D)."""

TABLES += ["table_3", "table_4"]


rule table_3:
    """Table 3: effective robustness of the CoCas."""
    message:
        "Table 3: effective robustness of models that are no CLIPs"
    input:
        robustness=measure_table("effective_robustness", "models"),
    output:
        **table_files("table_3"),
    log:
        stage_log("tables", "table_3"),
    benchmark:
        stage_benchmark("tables", "table_3")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_3.py", robustness_figure_settings()),
    script:
        "../workflow_scripts/tables/table_3.py"


rule table_4:
    """Table 4: activation kurtosis of the CoCas."""
    message:
        "Table 4: activation kurtosis of models that are no CLIPs"
    input:
        kurtosis=measure_table("kurtosis"),
    output:
        **table_files("table_4"),
    log:
        stage_log("tables", "table_4"),
    benchmark:
        stage_benchmark("tables", "table_4")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_4.py", indicator_figure_settings()),
    script:
        "../workflow_scripts/tables/table_4.py"

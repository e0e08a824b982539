"""Stage `tables`: one rule and one script per table, named by the paper's number."""

TABLES = ["table_1", "table_2"]


def table_files(table):
    """The files of a table: for machines and for readers."""
    return {
        "csv": f"{RESULTS}/tables/{table}.csv",
        "markdown": f"{RESULTS}/tables/{table}.md",
    }


rule table_1:
    """Table 1: accuracies on the ImageNet test set."""
    message:
        "Table 1: accuracies on the ImageNet test set"
    input:
        accuracy=measure_table("accuracy"),
    output:
        **table_files("table_1"),
    log:
        stage_log("tables", "table_1"),
    benchmark:
        stage_benchmark("tables", "table_1")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_1.py", indicator_figure_settings()),
    script:
        "../workflow_scripts/tables/table_1.py"


rule table_2:
    """Table 2: accuracies averaged over the shifts."""
    message:
        "Table 2: accuracies averaged over the shifts"
    input:
        robustness=measure_table("effective_robustness", "models"),
    output:
        **table_files("table_2"),
    log:
        stage_log("tables", "table_2"),
    benchmark:
        stage_benchmark("tables", "table_2")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_2.py", robustness_figure_settings() | {"datasets": POOL.shifts}),
    script:
        "../workflow_scripts/tables/table_2.py"

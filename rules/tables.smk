"""Stage `tables`: one rule and one script per table or group of them, named by their numbers."""

TABLES = ["table_1", "table_2", "table_3", "table_4"]
if POOL.concepts:
    TABLES += ["table_5"]


def table_files(table):
    """The files of a table: for machines and for readers."""
    return {
        "csv": f"{RESULTS}/tables/{table}.csv",
        "markdown": f"{RESULTS}/tables/{table}.md",
    }


def tables_outputs(numbers):
    """The files of several tables that one job makes."""
    return [file for number in numbers for file in table_files(f"table_{number}").values()]


rule tables_1_and_2:
    """Tables 1 and 2: accuracies on the ImageNet test set, and averaged over the shifts."""
    message:
        "Tables 1 and 2: accuracies"
    input:
        accuracy=measure_table("accuracy"),
        robustness=measure_table("effective_robustness", "models"),
    output:
        tables_outputs((1, 2)),
    log:
        stage_log("tables", "tables_1_and_2"),
    benchmark:
        stage_benchmark("tables", "tables_1_and_2")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "tables/tables_1_and_2.py",
            figure_settings() | with_intervals() | {"test": POOL.test, "shifts": POOL.shifts},
        ),
    script:
        "../workflow_scripts/tables/tables_1_and_2.py"


rule tables_3_to_5:
    """Tables 3 to 5: robustness, kurtosis and concepts of models that are no CLIPs (Appendix D)."""
    message:
        "Tables 3 to 5: models that are no CLIPs"
    input:
        **({"counts": concept_table("counts")} if POOL.concepts else {}),
        robustness=measure_table("effective_robustness", "models"),
        kurtosis=measure_table("kurtosis"),
    output:
        tables_outputs((3, 4, 5) if POOL.concepts else (3, 4)),
    log:
        stage_log("tables", "tables_3_to_5"),
    benchmark:
        stage_benchmark("tables", "tables_3_to_5")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "tables/tables_3_to_5.py",
            figure_settings()
            | with_intervals()
            | line_settings()
            | {
                "test": POOL.test,
                "concepts": (
                    {"dataset": POOL.concepts} | concept_settings("threshold")
                    if POOL.concepts
                    else None
                ),
            },
        ),
    script:
        "../workflow_scripts/tables/tables_3_to_5.py"

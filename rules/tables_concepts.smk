"""Stage `tables` of concept probing (Section 5, Appendices E.3 and E.4)."""

TABLES += ["table_6", "table_7", "concept_counts"]


rule table_6:
    """Table 6: top concepts of the most privileged direction."""
    message:
        "Table 6: top concepts of the most privileged direction"
    input:
        concepts=concept_table("top"),
    output:
        **table_files("table_6"),
    log:
        stage_log("tables", "table_6"),
    benchmark:
        stage_benchmark("tables", "table_6")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_6.py", concept_figure_settings()),
    script:
        "../workflow_scripts/tables/table_6.py"


rule table_7:
    """Table 7: polysemanticity of the zero-shot models."""
    message:
        "Table 7: polysemanticity of the zero-shot models"
    input:
        polysemanticity=concept_table("polysemanticity"),
    output:
        **table_files("table_7"),
    log:
        stage_log("tables", "table_7"),
    benchmark:
        stage_benchmark("tables", "table_7")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_7.py", concept_figure_settings() | concept_settings("threshold")),
    script:
        "../workflow_scripts/tables/table_7.py"


rule table_concept_counts:
    """The count of concepts beside its chance level, its signs, its draws and its thresholds."""
    message:
        "Table: unique concepts, and what they depend on"
    input:
        counts=concept_table("counts"),
        order=concept_table("order"),
    output:
        **table_files("concept_counts"),
    log:
        stage_log("tables", "concept_counts"),
    benchmark:
        stage_benchmark("tables", "concept_counts")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "tables/concept_counts.py",
            concept_figure_settings() | concept_settings("threshold") | with_intervals(),
        ),
    script:
        "../workflow_scripts/tables/concept_counts.py"

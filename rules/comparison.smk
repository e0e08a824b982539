"""The study beside the paper's own numbers, as far as they are comparable."""

TABLES += ["comparison"]
PAPER = {"paper_tables": "paper/tables.tsv", "paper_text": "paper/text.tsv"}
# On a part of the images only, nothing is the paper's number.
COMPARED = [] if config["images"] else STUDY.settings.get("compared", [])
# The table that holds each measure of resources/paper, and what a number is of.
REPRODUCED = {
    "models": measure_table("accuracy"),
    "accuracy": measure_table("accuracy"),
    "shift_accuracy": measure_table("effective_robustness", "models"),
    "effective_robustness": measure_table("effective_robustness", "models"),
    "line_slope": measure_table("effective_robustness", "line"),
    "line_intercept": measure_table("effective_robustness", "line"),
    "line_r": measure_table("effective_robustness", "line"),
    "kurtosis": measure_table("kurtosis"),
    "robustness_peak": measure_table("wise_ft"),
}
if POOL.concepts:
    REPRODUCED |= {
        "concepts": concept_table("counts"),
        "concepts_in_all": concept_table("venn"),
        "concepts_zero_shot_only": concept_table("venn"),
        "polysemanticity": concept_table("polysemanticity"),
        "top_concepts": concept_table("top"),
    }


rule comparison:
    """The paper's numbers beside the study's where they are comparable; else the claims alone."""
    message:
        "The paper and this study"
    input:
        **{measure: REPRODUCED[measure] for measure in COMPARED if measure in REPRODUCED},
        **{name: ancient(resource(file)) for name, file in PAPER.items()},
        claims=table_files("claims")["csv"],
    output:
        **table_files("comparison"),
    log:
        stage_log("tables", "comparison"),
    benchmark:
        stage_benchmark("tables", "comparison")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "tables/comparison.py",
            {
                **study_settings(),
                "models": POOL.rows(),
                "test": POOL.test,
                "threshold": config["concepts"]["threshold"] if POOL.concepts else None,
                "compared": COMPARED,
            },
            files=[f"resources/{file}" for file in PAPER.values()],
        ),
    script:
        "../workflow_scripts/tables/comparison.py"

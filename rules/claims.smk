"""The paper's claims, evaluated on the study's tables."""

TABLES += ["claims"]
CLAIMED = {
    "robustness": measure_table("effective_robustness", "models"),
    "kurtosis": measure_table("kurtosis"),
    "importance": measure_table("importance"),
    "importance_ratio": measure_table("importance_ratio"),
    "importance_rank": measure_table("importance_rank"),
    "pruning": measure_table("pruning"),
    "wise_ft": measure_table("wise_ft"),
    "tracks": measure_table("wise_ft_tracking"),
    "cka": measure_table("cka"),
}
if POOL.concepts:
    CLAIMED |= {
        "concepts": concept_table("counts"),
        "polysemanticity": concept_table("polysemanticity"),
        "top": concept_table("top"),
    }


rule claims:
    """Every claim of the paper that its figures support: holds, does not hold, cannot be judged."""
    message:
        "The paper's claims on the study's numbers"
    input:
        **CLAIMED,
        claims=ancient(resource("claims.tsv")),
    output:
        **table_files("claims"),
        every=measure_table("claims"),
    log:
        stage_log("tables", "claims"),
    benchmark:
        stage_benchmark("tables", "claims")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "measures/claims/claims.py",
            {
                **study_settings(),
                "models": [
                    row | {"parent": STUDY.models[row["model"]]["parent"]} for row in POOL.rows()
                ],
                "test": POOL.test,
                "threshold": config["concepts"]["threshold"] if POOL.concepts else None,
                "confidence": config["bootstrap"]["confidence"],
                **line_settings(),
            },
            files=["resources/claims.tsv"],
        ),
    script:
        "../workflow_scripts/measures/claims/claims.py"

"""Stage `figures` of concept probing (Section 5)."""

FIGURES += ["figure_03", "figure_04", "figure_05", "privileged_direction"]


def concept_figure_settings():
    """What figures and tables of the concepts of all shown models depend on."""
    return figure_settings() | {"dataset": BRODEN}


rule figure_03:
    """Figure 3: number of unique concepts of every model."""
    message:
        "Figure 3: unique concepts"
    input:
        counts=concept_table("counts"),
        order=concept_table("order"),
    output:
        **figure_files("figure_03"),
    log:
        stage_log("figures", "figure_03"),
    benchmark:
        stage_benchmark("figures", "figure_03")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_03.py", concept_figure_settings() | concept_settings("threshold")),
    script:
        "../workflow_scripts/figures/figure_03.py"


rule figure_04:
    """Figure 4: concepts shared by zero-shot, finetuned and supervised models."""
    message:
        "Figure 4: overlap of the encoded concepts"
    input:
        venn=concept_table("venn"),
    output:
        **figure_files("figure_04"),
    log:
        stage_log("figures", "figure_04"),
    benchmark:
        stage_benchmark("figures", "figure_04")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_04.py", study_settings() | concept_settings("threshold")),
    script:
        "../workflow_scripts/figures/figure_04.py"


rule figure_05:
    """Figure 5: overlaps of the finetuned model's concepts over the epochs."""
    message:
        "Figure 5: concepts during finetuning"
    input:
        course=concept_table("course"),
    output:
        **figure_files("figure_05"),
    log:
        stage_log("figures", "figure_05"),
    benchmark:
        stage_benchmark("figures", "figure_05")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_05.py", study_settings() | concept_settings("threshold")),
    script:
        "../workflow_scripts/figures/figure_05.py"


def contrasted_models():
    """The two models of the figure: the first finetuned one and its parent, else the first two."""
    rows = POOL.rows()
    for triple in TRIPLES:
        return [row for row in rows if row["model"] in (triple["zero_shot"], triple["finetuned"])]
    return rows[:2]


rule figure_privileged_direction:
    """Images and concepts at both ends of two models' most privileged directions."""
    message:
        "Figure: the most privileged direction"
    input:
        store=ancient(store_of(BRODEN)),
        digest=store_of(BRODEN, "json"),
        concepts=concept_table("top"),
        images=concept_table("images"),
    output:
        **figure_files("privileged_direction"),
    log:
        stage_log("figures", "privileged_direction"),
    benchmark:
        stage_benchmark("figures", "privileged_direction")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "figures/privileged_direction.py",
            concept_figure_settings() | {"models": contrasted_models()},
        ),
    script:
        "../workflow_scripts/figures/privileged_direction.py"

"""Importance of all directions (Appendix E.1) and their pruning (Appendices E.2 and G)."""

from workflow_scripts.study.pool import is_coca_backbone

FIGURES += [f"figure_{number:02d}" for number in (9, 10, 11, 12, 13, 14)]


def importance_pages():
    """Models of Figures 9 and 10: the first half of the backbones, and the rest."""
    # The non-CLIP backbones, which the paper leaves out here, follow on the second page.
    clips = [
        backbone
        for backbone in dict.fromkeys(row["backbone"] for row in POOL.rows())
        if not is_coca_backbone(backbone)
    ]
    first = clips[: (len(clips) + 1) // 2]
    return [
        [row for row in POOL.rows() if (row["backbone"] in first) == side] for side in (True, False)
    ]


def pruning_pages():
    """Models of Figures 11 to 14.

    Figure 13 has the zero-shot models of the first pretraining set, the paper's OpenAI; Figures 11
    and 12 have those of the others, by page; Figure 14 adds to Figure 13 the finetuned models of
    this set and the supervised models.
    """
    zero_shot = [row for row in POOL.rows() if row["family"] == "robust_zero_shot"]
    main = zero_shot[0]["pretraining"] if zero_shot else None
    others = [row for row in zero_shot if row["pretraining"] != main]
    families = ("robust_zero_shot", "finetuned", "supervised")
    all_families = [
        row
        for row in POOL.rows()
        if row["family"] in families
        and (row["pretraining"] == main or row["family"] == "supervised")
    ]
    return [
        *POOL.by_page(others),
        [row for row in zero_shot if row["pretraining"] == main],
        all_families,
    ]


rule pruning:
    """Accuracy and effective robustness of a model with fewer and fewer directions (Appendix G)."""
    message:
        "Pruning the directions of model {wildcards.model}"
    input:
        **ACTIVATIONS,
        **HEAD,
        importance=measure_table("importance", "{model}"),
        baselines=baselines_input(),
    output:
        table=measure_table("pruning", "{model}"),
        ranks=measure_table("importance_rank", "{model}"),
    log:
        stage_log("measures", "pruning_{model}"),
    benchmark:
        stage_benchmark("measures", "pruning_{model}")
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
        gpu=gpus(),
    params:
        **stamped(
            "measures/pruning/pruning.py",
            lambda wildcards: robustness_settings()
            | {"model": wildcards.model, "pruning": config["pruning"]},
        ),
    script:
        "../workflow_scripts/measures/pruning/pruning.py"


rule figures_9_and_10:
    """Figures 9 and 10: the importance of every direction of every model."""
    message:
        "Figures 9 and 10: distributions of importance"
    input:
        importance=measure_table("importance"),
    output:
        figures_outputs((9, 10)),
    log:
        stage_log("figures", "figures_09_10"),
    benchmark:
        stage_benchmark("figures", "figures_09_10")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figures_09_10.py", study_settings() | {"pages": importance_pages()}),
    script:
        "../workflow_scripts/figures/figures_09_10.py"


rule figures_11_to_14:
    """Figures 11 to 14: accuracy and effective robustness under pruning."""
    message:
        "Figures 11 to 14: pruning of singular directions"
    input:
        pruning=measure_table("pruning"),
        ranks=measure_table("importance_rank"),
    output:
        figures_outputs((11, 12, 13, 14)),
    log:
        stage_log("figures", "figures_11_to_14"),
    benchmark:
        stage_benchmark("figures", "figures_11_to_14")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "figures/figures_11_to_14.py",
            {
                **study_settings(),
                "pages": pruning_pages(),
                "test": POOL.test,
                "confidence": config["bootstrap"]["confidence"],
                **line_settings(),
            },
        ),
    script:
        "../workflow_scripts/figures/figures_11_to_14.py"

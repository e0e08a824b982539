"""Stage `figures`: one rule and one script per figure, named by the paper's number."""

FIGURES = ["figure_01a", "figure_01b", "figure_02a", "figure_02b", "figure_06"]


def figure_files(figure):
    """The files of a figure: vector graphics, pixels and the caption."""
    return {
        "pdf": f"{RESULTS}/figures/{figure}.pdf",
        "png": f"{RESULTS}/figures/{figure}.png",
        "caption": f"{RESULTS}/figures/{figure}.md",
    }


def robustness_figure_settings():
    return {
        "study": STUDY.name,
        "models": POOL.rows(),
        "confidence": config["bootstrap"]["confidence"],
    }


def indicator_figure_settings():
    return robustness_figure_settings() | {"dataset": POOL.test}


rule figure_01a:
    """Figure 1a: effective robustness of every model, and of the published checkpoints."""
    message:
        "Figure 1a: effective robustness"
    input:
        robustness=measure_table("effective_robustness", "models"),
        published=measure_table("published", "models"),
    output:
        **figure_files("figure_01a"),
    log:
        stage_log("figures", "figure_01a"),
    benchmark:
        stage_benchmark("figures", "figure_01a")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_01a.py", robustness_figure_settings()),
    script:
        "../workflow_scripts/figures/figure_01a.py"


rule figure_01b:
    """Figure 1b: share of the ImageNet accuracy that is left on the shifts."""
    message:
        "Figure 1b: quotient of accuracies"
    input:
        robustness=measure_table("effective_robustness", "models"),
        published=measure_table("published", "models"),
    output:
        **figure_files("figure_01b"),
    log:
        stage_log("figures", "figure_01b"),
    benchmark:
        stage_benchmark("figures", "figure_01b")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_01b.py", robustness_figure_settings()),
    script:
        "../workflow_scripts/figures/figure_01b.py"


rule figure_02a:
    """Figure 2a: activation kurtosis, which indicates outlier features."""
    message:
        "Figure 2a: activation kurtosis"
    input:
        kurtosis=measure_table("kurtosis"),
    output:
        **figure_files("figure_02a"),
    log:
        stage_log("figures", "figure_02a"),
    benchmark:
        stage_benchmark("figures", "figure_02a")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_02a.py", indicator_figure_settings()),
    script:
        "../workflow_scripts/figures/figure_02a.py"


rule figure_02b:
    """Figure 2b: importance ratio, which indicates privileged directions."""
    message:
        "Figure 2b: importance ratio"
    input:
        importance_ratio=measure_table("importance_ratio"),
    output:
        **figure_files("figure_02b"),
    log:
        stage_log("figures", "figure_02b"),
    benchmark:
        stage_benchmark("figures", "figure_02b")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_02b.py", indicator_figure_settings()),
    script:
        "../workflow_scripts/figures/figure_02b.py"


rule figure_06:
    """Figure 6: the effective-robustness line, in the study and from published accuracies."""
    message:
        "Figure 6: the effective-robustness line"
    input:
        robustness=measure_table("effective_robustness", "models"),
        line=measure_table("effective_robustness", "line"),
        published=measure_table("published", "models"),
        published_lines=measure_table("published", "lines"),
        published_baselines=measure_table("published", "baselines"),
    output:
        **figure_files("figure_06"),
    log:
        stage_log("figures", "figure_06"),
    benchmark:
        stage_benchmark("figures", "figure_06")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "figures/figure_06.py",
            {"study": STUDY.name, "models": POOL.rows(baselines=True)},
        ),
    script:
        "../workflow_scripts/figures/figure_06.py"


# Short names, as one would type them: `snakemake --cores 2 figure_2`.


rule figure_1:
    """Both parts of Figure 1."""
    input:
        figure_files("figure_01a").values(),
        figure_files("figure_01b").values(),
    localrule: True


rule figure_1a:
    """Figure 1a alone."""
    input:
        figure_files("figure_01a").values(),
    localrule: True


rule figure_1b:
    """Figure 1b alone."""
    input:
        figure_files("figure_01b").values(),
    localrule: True


rule figure_2:
    """Both parts of Figure 2."""
    input:
        figure_files("figure_02a").values(),
        figure_files("figure_02b").values(),
    localrule: True


rule figure_2a:
    """Figure 2a alone."""
    input:
        figure_files("figure_02a").values(),
    localrule: True


rule figure_2b:
    """Figure 2b alone."""
    input:
        figure_files("figure_02b").values(),
    localrule: True


rule figure_6:
    """Figure 6 alone."""
    input:
        figure_files("figure_06").values(),
    localrule: True

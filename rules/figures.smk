"""Stage `figures`: one rule and one script per figure, named by the paper's number."""

FIGURES = ["figure_01a", "figure_01b", "figure_02a", "figure_02b", "figure_06"]


def figure_files(figure):
    """The files of a figure: vector graphics, pixels and the caption."""
    return {
        "pdf": f"{RESULTS}/figures/{figure}.pdf",
        "png": f"{RESULTS}/figures/{figure}.png",
        "caption": f"{RESULTS}/figures/{figure}.md",
    }


def figures_outputs(numbers):
    """The files of several figures that one job draws, in the order of `reporting/pages.py`."""
    return [file for number in numbers for file in figure_files(f"figure_{number:0>2}").values()]


def study_settings():
    """What captions say about the study; see `reporting/texts.py`."""
    return {
        "study": {
            "name": STUDY.name,
            "missing": POOL.missing(),
            "left_out": len(POOL.left_out),
            "images": config["images"],
        }
    }


def figure_settings():
    """What figures and tables of all shown models depend on."""
    return study_settings() | {"models": POOL.rows()}


def with_intervals():
    """The level of the intervals that captions tell."""
    return {"confidence": config["bootstrap"]["confidence"]}


rule figure_01:
    """Figure 1: effective robustness and %acc of every model and of the published checkpoints."""
    message:
        "Figure 1: effective robustness"
    input:
        robustness=measure_table("effective_robustness", "models"),
        published=measure_table("published", "models"),
    output:
        figures_outputs(("01a", "01b")),
    log:
        stage_log("figures", "figure_01"),
    benchmark:
        stage_benchmark("figures", "figure_01")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_01.py", figure_settings() | with_intervals() | line_settings()),
    script:
        "../workflow_scripts/figures/figure_01.py"


rule figure_02:
    """Figure 2: kurtosis (outlier features) and importance ratio (privileged directions)."""
    message:
        "Figure 2: kurtosis and importance ratio"
    input:
        kurtosis=measure_table("kurtosis"),
        importance_ratio=measure_table("importance_ratio"),
    output:
        figures_outputs(("02a", "02b")),
    log:
        stage_log("figures", "figure_02"),
    benchmark:
        stage_benchmark("figures", "figure_02")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "figures/figure_02.py",
            figure_settings() | with_intervals() | {"dataset": POOL.test},
        ),
    script:
        "../workflow_scripts/figures/figure_02.py"


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
            study_settings() | line_settings() | {"models": POOL.rows(baselines=True)},
        ),
    script:
        "../workflow_scripts/figures/figure_06.py"

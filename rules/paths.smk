"""From a zero-shot model to its finetuned one: CKA (Appendix C) and Wise-FT (Appendix I)."""

PAIRS = {row["model"]: row for row in POOL.pairs()}
FIGURES += [f"figure_{number:02d}" for number in (7, 8, *range(15, 23))]
TABLES += ["table_wise_ft"]
# Every data set whose images are encoded along the paths.
ON_PATHS = [*POOL.evaluated, *([POOL.concepts] if POOL.concepts else [])]


def both_ends(wildcards):
    """Ids of a finetuned model's parent and of itself."""
    return [PAIRS[wildcards.model]["zero_shot"], wildcards.model]


def pair_bundles(file):
    """A file of both bundles."""
    return lambda wildcards: [bundle_file(model, file) for model in both_ends(wildcards)]


def end_digests(end):
    """Digests of the activations of one end, 0 or 1, on the data sets of the paths."""
    return lambda wildcards: [
        activation_file(both_ends(wildcards)[end], dataset, "json") for dataset in ON_PATHS
    ]


def path_settings():
    return study_settings() | {"pages": POOL.by_page(POOL.pairs()), "test": POOL.test}


rule wise_ft:
    """Measures of the models between a zero-shot model and its finetuned one (Appendix I)."""
    message:
        "Wise-FT path to model {wildcards.model}"
    input:
        **(DRAWN if POOL.concepts else {}),
        **stores_of(ON_PATHS),
        cards=pair_bundles("card.json"),
        weights=lambda wildcards: [
            ancient(file)
            for name in ("encoder", "head")
            for file in pair_bundles(f"{name}.safetensors")(wildcards)
        ],
        zero_shot=end_digests(0),
        finetuned=end_digests(1),
    output:
        **(
            {"kept": directory(RESULTS + "/activations/{model}/wise_ft")}
            if config["wise_ft"]["keep_activations"]
            else {}
        ),
        path=RESULTS + "/measures/wise_ft/{model}.h5",
    log:
        stage_log("measures", "wise_ft_{model}"),
    benchmark:
        stage_benchmark("measures", "wise_ft_{model}")
    wildcard_constraints:
        model=one_of(PAIRS),
    threads: 1
    resources:
        mem_mb=by_size(2000, 16000),
        runtime=by_size(240, 2880),
        gpu=gpus(),
    params:
        **stamped(
            "measures/wise_ft/wise_ft.py",
            lambda wildcards: {
                "pair": both_ends(wildcards),
                "alphas": config["wise_ft"]["alphas"],
                "concepts": POOL.concepts,
                "test": POOL.test,
                "device": config["device"],
            },
        ),
    script:
        "../workflow_scripts/measures/wise_ft/wise_ft.py"


rule path_tables:
    """Every measure along all Wise-FT paths, and how the indicators track robustness there."""
    message:
        "Tables of the Wise-FT paths"
    input:
        paths=[f"{RESULTS}/measures/wise_ft/{model}.h5" for model in PAIRS],
        baselines=baselines_input(),
    output:
        table=measure_table("wise_ft"),
        tracks=measure_table("wise_ft_tracking"),
    log:
        stage_log("measures", "path_tables"),
    benchmark:
        stage_benchmark("measures", "path_tables")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped(
            "measures/wise_ft/wise_ft_tables.py",
            robustness_settings()
            | {
                "pairs": [[row["zero_shot"], model] for model, row in PAIRS.items()],
                "threshold": config["concepts"]["threshold"] if POOL.concepts else None,
            },
        ),
    script:
        "../workflow_scripts/measures/wise_ft/wise_ft_tables.py"


rule cka:
    """CKA between a zero-shot model and its finetuned one, layer by layer (Appendix C)."""
    message:
        "CKA of model {wildcards.model} and its parent"
    input:
        **stores_of(POOL.evaluated),
        cards=pair_bundles("card.json"),
        weights=lambda wildcards: [
            ancient(file) for file in pair_bundles("encoder.safetensors")(wildcards)
        ],
    output:
        table=measure_table("cka", "{model}"),
    log:
        stage_log("measures", "cka_{model}"),
    benchmark:
        stage_benchmark("measures", "cka_{model}")
    wildcard_constraints:
        model=one_of(PAIRS),
    threads: 1
    resources:
        mem_mb=by_size(2000, 16000),
        runtime=by_size(120, 1440),
        gpu=gpus(),
    params:
        **stamped(
            "measures/cka/cka.py",
            lambda wildcards: {
                "pair": both_ends(wildcards),
                "shifts": POOL.shifts,
                "device": config["device"],
                **config["cka"],
            },
        ),
    script:
        "../workflow_scripts/measures/cka/cka.py"


rule figures_7_and_8:
    """Figures 7 and 8: CKA between zero-shot and finetuned models."""
    message:
        "Figures 7 and 8: CKA"
    input:
        cka=measure_table("cka"),
    output:
        figures_outputs((7, 8)),
    log:
        stage_log("figures", "figures_07_08"),
    benchmark:
        stage_benchmark("figures", "figures_07_08")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figures_07_08.py", path_settings()),
    script:
        "../workflow_scripts/figures/figures_07_08.py"


rule figures_15_to_22:
    """Figures 15 to 22: accuracy, robustness, kurtosis and concepts along the Wise-FT paths."""
    message:
        "Figures 15 to 22: Wise-FT"
    input:
        paths=measure_table("wise_ft"),
    output:
        figures_outputs(range(15, 23)),
    log:
        stage_log("figures", "figures_15_to_22"),
    benchmark:
        stage_benchmark("figures", "figures_15_to_22")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "figures/figures_15_to_22.py",
            path_settings() | line_settings() | {"confidence": config["bootstrap"]["confidence"]},
        ),
    script:
        "../workflow_scripts/figures/figures_15_to_22.py"


rule table_wise_ft:
    """Beyond the paper: do the indicators track effective robustness along the Wise-FT paths?"""
    message:
        "Table of the indicators along the Wise-FT paths"
    input:
        tracks=measure_table("wise_ft_tracking"),
    output:
        **table_files("table_wise_ft"),
    log:
        stage_log("tables", "table_wise_ft"),
    benchmark:
        stage_benchmark("tables", "table_wise_ft")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "tables/table_wise_ft.py",
            {
                **study_settings(),
                "models": POOL.pairs(),
                "test": POOL.test,
                "confidence": config["bootstrap"]["confidence"],
                **line_settings(),
            },
        ),
    script:
        "../workflow_scripts/tables/table_wise_ft.py"

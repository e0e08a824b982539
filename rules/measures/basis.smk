"""Beyond the paper: what kurtosis owes to the basis, and what the components behind it do."""

basis = step("measures/basis/basis", measures.indicator_settings, each=("model",))


rule basis:
    """Kurtosis of a model in other bases, and what no basis changes."""
    message:
        "Kurtosis of model {wildcards.model} in other bases"
    input:
        unpack(basis.input(**TEST_ACTIVATIONS)),
    output:
        basis=RUN.measure("basis/basis", "{model}"),
        span=RUN.measure("basis/span", "{model}"),
    log:
        basis.log,
    benchmark:
        basis.benchmark
    wildcard_constraints:
        model=either(POOL.headed),
    resources:
        mem_mb=RUN.by_size(1500, 8000),
        runtime=RUN.by_size(60, 480),
    conda:
        ENVIRONMENT
    params:
        **basis.params,
    script:
        SCRIPT


outliers = step("measures/basis/outliers", measures.outlier_settings, each=("model",))


rule outliers:
    """The leading components of a model's kurtosis, here and elsewhere."""
    message:
        "Leading components of model {wildcards.model}"
    input:
        unpack(outliers.input(measures.outlier_files, activations=ACTIVATIONS)),
    output:
        outliers=RUN.measure("basis/outliers", "{model}"),
        stability=RUN.measure("basis/stability", "{model}"),
    log:
        outliers.log,
    benchmark:
        outliers.benchmark
    wildcard_constraints:
        model=either(POOL.headed),
    resources:
        mem_mb=RUN.by_size(1500, 8000),
        runtime=RUN.by_size(60, 480),
    conda:
        ENVIRONMENT
    params:
        **outliers.params,
    script:
        SCRIPT


ablation = step("measures/basis/ablation", measures.ablation_settings, each=("model",))


rule ablation:
    """Accuracy, robustness and kurtosis of a model with some components of h held."""
    message:
        "Holding components of model {wildcards.model}"
    input:
        unpack(
            ablation.input(
                activations=ACTIVATIONS,
                **CLASSIFIER,
                baselines=measures.baseline_files(RUN),
            )
        ),
    output:
        table=RUN.measure("basis/ablation", "{model}"),
    log:
        ablation.log,
    benchmark:
        ablation.benchmark
    wildcard_constraints:
        model=either(POOL.headed),
    resources:
        mem_mb=RUN.by_size(1500, 8000),
        runtime=RUN.by_size(60, 480),
    conda:
        ENVIRONMENT
    params:
        **ablation.params,
    script:
        SCRIPT


transplant = step("measures/basis/transplant", measures.transplant_settings, each=("model",))


rule transplant:
    """A finetuned model with its parent's kurtosis, its parent without it; predictions stay."""
    message:
        "Another kurtosis for model {wildcards.model} and its parent"
    input:
        unpack(
            transplant.input(
                measures.both_classifiers,
                measures.both_activations_of(POOL.evaluated),
                baselines=measures.baseline_files(RUN),
            )
        ),
    output:
        table=RUN.measure("basis/transplant", "{model}"),
    log:
        transplant.log,
    benchmark:
        transplant.benchmark
    wildcard_constraints:
        model=either(measures.finetuned(RUN)),
    resources:
        mem_mb=RUN.by_size(1500, 8000),
        runtime=RUN.by_size(60, 480),
    conda:
        ENVIRONMENT
    params:
        **transplant.params,
    script:
        SCRIPT

"""Stage `measures`: what is computed from activations and heads, one tidy table each."""


def measure_table(measure, model=None):
    """The table of a measure for one model, or for the whole pool."""
    return (
        f"{RESULTS}/measures/{measure}/{model}.csv"
        if model
        else f"{RESULTS}/measures/{measure}.csv"
    )


def measure_settings(wildcards):
    return {"model": wildcards.model, "bootstrap": config["bootstrap"]}


ACTIVATIONS = {
    "activations": [ancient(activation_file("{model}", dataset)) for dataset in POOL.evaluated],
    "digests": [activation_file("{model}", dataset, "json") for dataset in POOL.evaluated],
}
HEAD = {"head": ancient(BUNDLE["head"]), "card": BUNDLE["card"]}


rule accuracy:
    """Top-1 accuracy of a model on every data set, and which images it gets right."""
    message:
        "Accuracy of model {wildcards.model}"
    input:
        **ACTIVATIONS,
        **HEAD,
    output:
        table=measure_table("accuracy", "{model}"),
        correct=RESULTS + "/measures/accuracy/{model}.h5",
    log:
        stage_log("measures", "accuracy_{model}"),
    benchmark:
        stage_benchmark("measures", "accuracy_{model}")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped("measures/accuracy.py", measure_settings),
    script:
        "../workflow_scripts/measures/accuracy.py"


rule kurtosis:
    """Activation kurtosis of a model on every data set (equation 1)."""
    message:
        "Kurtosis of model {wildcards.model}"
    input:
        **ACTIVATIONS,
    output:
        table=measure_table("kurtosis", "{model}"),
    log:
        stage_log("measures", "kurtosis_{model}"),
    benchmark:
        stage_benchmark("measures", "kurtosis_{model}")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped("measures/kurtosis.py", measure_settings),
    script:
        "../workflow_scripts/measures/kurtosis.py"


rule importance:
    """Importance of a head's singular directions and the importance ratio (equations 2, 3)."""
    message:
        "Direction importances of model {wildcards.model}"
    input:
        **HEAD,
        activations=ancient(activation_file("{model}", POOL.test)),
        digest=activation_file("{model}", POOL.test, "json"),
    output:
        directions=measure_table("importance", "{model}"),
        ratio=measure_table("importance_ratio", "{model}"),
    log:
        stage_log("measures", "importance_{model}"),
    benchmark:
        stage_benchmark("measures", "importance_{model}")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped("measures/importance.py", measure_settings),
    script:
        "../workflow_scripts/measures/importance.py"


rule joint_table:
    """One table of a measure for all models that the figures show."""
    message:
        "Joint table of {wildcards.measure}"
    input:
        tables=[measure_table("{measure}", model) for model in POOL.shown],
    output:
        joint=measure_table("{measure}"),
    log:
        stage_log("measures", "joint_{measure}"),
    benchmark:
        stage_benchmark("measures", "joint_{measure}")
    wildcard_constraints:
        measure="accuracy|kurtosis|importance|importance_ratio|pruning|importance_rank",
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("measures/joint.py", {"pool": POOL.shown}),
    script:
        "../workflow_scripts/measures/joint.py"


rule effective_robustness:
    """The line through the baselines, and every model's effective robustness (equation 5)."""
    message:
        "Effective robustness of the pool"
    input:
        correct=[f"{RESULTS}/measures/accuracy/{model}.h5" for model in POOL.measured],
    output:
        table=measure_table("effective_robustness", "models"),
        line=measure_table("effective_robustness", "line"),
    log:
        stage_log("measures", "effective_robustness"),
    benchmark:
        stage_benchmark("measures", "effective_robustness")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped(
            "measures/effective_robustness.py",
            {
                "pool": POOL.measured,
                "baselines": POOL.baselines,
                "test": POOL.test,
                "shifts": POOL.shifts,
                "bootstrap": config["bootstrap"],
            },
        ),
    script:
        "../workflow_scripts/measures/effective_robustness.py"


def resource(file):
    """Path of a file in resources/, relative so that a copy of the repository knows its results."""
    return os.path.relpath(ROOT / "resources" / file)


PUBLISHED = {
    "testbed": "imagenet_testbed_accuracy.csv",
    "open_clip": "open_clip_accuracy.csv",
    "checkpoints": "paper_checkpoints.tsv",
}


rule published_effective_robustness:
    """Effective robustness from the field's published accuracies; no weights are needed."""
    message:
        "Effective robustness of published accuracies"
    input:
        **{name: ancient(resource(f"published/{file}")) for name, file in PUBLISHED.items()},
    output:
        lines=measure_table("published", "lines"),
        baselines=measure_table("published", "baselines"),
        models=measure_table("published", "models"),
    log:
        stage_log("measures", "published"),
    benchmark:
        stage_benchmark("measures", "published")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "measures/published.py",
            {},
            files=[f"resources/published/{file}" for file in PUBLISHED.values()],
        ),
    script:
        "../workflow_scripts/measures/published.py"

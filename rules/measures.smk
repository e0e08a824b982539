"""Stage `measures`: what is computed from activations and heads, one tidy table each."""

from workflow_scripts.study.line import without_line


def measure_table(measure, model=None):
    """The table of a measure for one model, or for the whole pool."""
    return (
        f"{RESULTS}/measures/{measure}/{model}.csv"
        if model
        else f"{RESULTS}/measures/{measure}.csv"
    )


ACTIVATIONS = {
    "activations": [ancient(activation_file("{model}", dataset)) for dataset in POOL.evaluated],
    "digests": [activation_file("{model}", dataset, "json") for dataset in POOL.evaluated],
}
HEAD = {"head": ancient(BUNDLE["head"]), "card": BUNDLE["card"]}
# What is measured of each shown model's activations and head.
INDICATORS = ("accuracy", "kurtosis", "importance", "importance_ratio")


def correct_file(model):
    """Which images of every data set a model classifies correctly."""
    return f"{RESULTS}/measures/accuracy/{model}.h5"


rule indicators:
    """Accuracy, activation kurtosis (equation 1) and importances (equations 2, 3) of a model."""
    message:
        "Indicators of model {wildcards.model}"
    input:
        **ACTIVATIONS,
        **HEAD,
    output:
        **{measure: measure_table(measure, "{model}") for measure in INDICATORS},
        correct=correct_file("{model}"),
    wildcard_constraints:
        model=one_of(POOL.shown),
    log:
        stage_log("measures", "indicators_{model}"),
    benchmark:
        stage_benchmark("measures", "indicators_{model}")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        **stamped(
            "measures/indicators/indicators.py",
            lambda wildcards: {"model": wildcards.model, "bootstrap": config["bootstrap"]},
        ),
    script:
        "../workflow_scripts/measures/indicators/indicators.py"


if POOL.baselines:

    rule baseline_accuracies:
        """Which images the baselines classify correctly; the line goes through their accuracies."""
        message:
            "Accuracies of the baselines"
        input:
            activations=[
                ancient(activation_file(model, dataset))
                for model in POOL.baselines
                for dataset in POOL.evaluated
            ],
            digests=[
                activation_file(model, dataset, "json")
                for model in POOL.baselines
                for dataset in POOL.evaluated
            ],
            heads=[ancient(bundle_file(model, "head.safetensors")) for model in POOL.baselines],
            cards=[bundle_file(model, "card.json") for model in POOL.baselines],
        output:
            tables=[measure_table("accuracy", model) for model in POOL.baselines],
            correct=[correct_file(model) for model in POOL.baselines],
        log:
            stage_log("measures", "baseline_accuracies"),
        benchmark:
            stage_benchmark("measures", "baseline_accuracies")
        threads: 1
        resources:
            mem_mb=1000,
            runtime=60,
        params:
            **stamped(
                "measures/indicators/baseline_accuracies.py",
                {"models": POOL.baselines, "bootstrap": config["bootstrap"]},
            ),
        script:
            "../workflow_scripts/measures/indicators/baseline_accuracies.py"


# Measures that are made for one model at a time, and the models, by what makes them.
JOINT = {
    "indicators": (INDICATORS, POOL.shown),
    "pruning": (("pruning", "importance_rank"), POOL.shown),
    "cka": (("cka",), [row["model"] for row in POOL.pairs()]),
}

for maker, (measures, models) in JOINT.items():

    rule:
        """One table of each measure for all models that the figures show."""
        name:
            f"joint_{maker}"
        message:
            "Joint tables of all models"
        input:
            **{measure: [measure_table(measure, model) for model in models] for measure in measures},
        output:
            **{measure: measure_table(measure) for measure in measures},
        log:
            stage_log("measures", f"joint_{maker}"),
        benchmark:
            stage_benchmark("measures", f"joint_{maker}")
        threads: 1
        resources:
            mem_mb=500,
            runtime=10,
        params:
            **stamped("measures/indicators/joint.py", {"pool": models}),
        script:
            "../workflow_scripts/measures/indicators/joint.py"


# What the line of effective robustness goes through, and why there is none if so.
LINE_THROUGH = STUDY.settings.get("baselines", "pool")
NO_LINE = without_line(LINE_THROUGH, POOL.baselines, POOL.test, POOL.shifts)


def baselines_input():
    """Files of the baselines, as `analysis/baselines.py` reads them."""
    if NO_LINE:
        return []
    if LINE_THROUGH == "testbed":
        return [measure_table("published", "baselines")]
    return [correct_file(model) for model in POOL.baselines]


def robustness_settings():
    """What measures of effective robustness depend on, beside their models."""
    return {
        "line_through": None if NO_LINE else LINE_THROUGH,
        "baseline_models": POOL.baselines if LINE_THROUGH == "pool" else [],
        "test": POOL.test,
        "shifts": POOL.shifts,
        "bootstrap": config["bootstrap"],
    }


def line_settings():
    """What figures say about the line: what it goes through, and why there is none if so."""
    return {"line_through": LINE_THROUGH, "no_line": NO_LINE}


rule effective_robustness:
    """The line through the baselines, and every model's effective robustness (equation 5)."""
    message:
        "Effective robustness of the pool"
    input:
        correct=[correct_file(model) for model in POOL.measured],
        baselines=baselines_input(),
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
            "measures/robustness/effective_robustness.py",
            robustness_settings() | {"pool": POOL.measured},
        ),
    script:
        "../workflow_scripts/measures/robustness/effective_robustness.py"


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
            "measures/robustness/published.py",
            {},
            files=[f"resources/published/{file}" for file in PUBLISHED.values()],
        ),
    script:
        "../workflow_scripts/measures/robustness/published.py"

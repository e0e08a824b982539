"""Stage `activations`: one job per model encodes all its data sets."""


def activation_file(model, dataset, ending="h5"):
    """Activations of a model on a data set (`json`: the digest that stands for them)."""
    return f"{RESULTS}/activations/{model}/{dataset}.{ending}"


# The shown models are probed for concepts, too; through the baselines only the line is fitted.
ENCODED = POOL.evaluated + ([POOL.concepts] if POOL.concepts else [])


rule encode:
    """Encoder outputs h of a model, before normalisation, on all data sets that are measured."""
    message:
        "Activations of model {wildcards.model}"
    input:
        card=BUNDLE["card"],
        weights=ancient(BUNDLE["encoder"]),
        stores=[ancient(store_of(dataset)) for dataset in ENCODED],
        store_digests=[store_of(dataset, "json") for dataset in ENCODED],
    output:
        activations=[activation_file("{model}", dataset) for dataset in ENCODED],
        digests=[activation_file("{model}", dataset, "json") for dataset in ENCODED],
    wildcard_constraints:
        model=one_of(POOL.shown),
    log:
        stage_log("activations", "{model}"),
    benchmark:
        stage_benchmark("activations", "{model}")
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
        gpu=gpus(),
    params:
        **stamped("activations/encode.py", {"device": config["device"]}),
    script:
        "../workflow_scripts/activations/encode.py"


use rule encode as encode_baseline with:
    message:
        "Activations of baseline {wildcards.model}"
    input:
        card=BUNDLE["card"],
        weights=ancient(BUNDLE["encoder"]),
        stores=[ancient(store_of(dataset)) for dataset in POOL.evaluated],
        store_digests=[store_of(dataset, "json") for dataset in POOL.evaluated],
    output:
        activations=[activation_file("{model}", dataset) for dataset in POOL.evaluated],
        digests=[activation_file("{model}", dataset, "json") for dataset in POOL.evaluated],
    wildcard_constraints:
        model=one_of(POOL.baselines),

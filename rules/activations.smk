"""Stage `activations`: one job per model encodes all its data sets."""


def activation_file(model, dataset, ending="h5"):
    """Activations of a model on a data set (`json`: the digest that stands for them)."""
    return f"{RESULTS}/activations/{model}/{dataset}.{ending}"


def stores_of(datasets):
    """Input functions: the image stores of data sets in a model's view, and their digests."""

    def files(wildcards, ending="h5"):
        return [store_of(dataset, ending, view_of(wildcards.model)) for dataset in datasets]

    return {
        "stores": lambda wildcards: [ancient(store) for store in files(wildcards)],
        "store_digests": lambda wildcards: files(wildcards, "json"),
    }


# The shown models are probed for concepts, too; through the baselines only the line is fitted.
ENCODED = POOL.evaluated + ([POOL.concepts] if POOL.concepts else [])


rule encode:
    """Encoder outputs h of a model, before normalisation, on all data sets that are measured."""
    message:
        "Activations of model {wildcards.model}"
    input:
        **stores_of(ENCODED),
        card=BUNDLE["card"],
        weights=ancient(BUNDLE["encoder"]),
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
        mem_mb=by_size(1500, 8000),
        runtime=by_size(60, 1440),
        gpu=gpus(),
    params:
        **stamped("activations/encode.py", {"device": config["device"]}),
    script:
        "../workflow_scripts/activations/encode.py"


use rule encode as encode_baseline with:
    message:
        "Activations of baseline {wildcards.model}"
    input:
        **stores_of(POOL.evaluated),
        card=BUNDLE["card"],
        weights=ancient(BUNDLE["encoder"]),
    output:
        activations=[activation_file("{model}", dataset) for dataset in POOL.evaluated],
        digests=[activation_file("{model}", dataset, "json") for dataset in POOL.evaluated],
    wildcard_constraints:
        model=one_of(POOL.baselines),

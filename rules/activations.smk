"""Stage `activations`: one job per shown model, and one for the baselines, encode the data sets."""


def activation_file(model, dataset, ending="h5"):
    """Activations of a model on a data set (`json`: the digest that stands for them)."""
    return f"{RESULTS}/activations/{model}/{dataset}.{ending}"


def stores_of(datasets):
    """Input functions: the image stores of data sets in a model's view, and their digests."""

    def files(wildcards, ending="h5"):
        return [store_of(dataset, ending, STUDY.view_of(wildcards.model)) for dataset in datasets]

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


if POOL.baselines:

    rule encode_baselines:
        """Encoder outputs of the models through which the line of effective robustness is fitted."""
        message:
            "Activations of the baselines"
        input:
            stores=[ancient(store_of(dataset)) for dataset in POOL.evaluated],
            store_digests=[store_of(dataset, "json") for dataset in POOL.evaluated],
            cards=[bundle_file(model, "card.json") for model in POOL.baselines],
            weights=[ancient(bundle_file(model, "encoder.safetensors")) for model in POOL.baselines],
        output:
            activations=[
                activation_file(model, dataset)
                for model in POOL.baselines
                for dataset in POOL.evaluated
            ],
            digests=[
                activation_file(model, dataset, "json")
                for model in POOL.baselines
                for dataset in POOL.evaluated
            ],
        log:
            stage_log("activations", "baselines"),
        benchmark:
            stage_benchmark("activations", "baselines")
        threads: 1
        resources:
            mem_mb=by_size(1500, 8000),
            runtime=by_size(60, 1440),
            gpu=gpus(),
        params:
            **stamped("activations/encode_baselines.py", {"device": config["device"]}),
        script:
            "../workflow_scripts/activations/encode_baselines.py"

"""Stage `activations`: jobs of each shown model, and one each of baselines and small controls."""

for label, together in {
    **measures.encoded_together(RUN),
    **concept_sets.encoded_beyond(RUN),
}.items():
    encode = step("activations/encode", {"device": config["device"]}, each=("model",), label=label)

    rule:
        """Encoder outputs h of a model, before normalisation, on data sets that are measured."""
        name:
            "_".join(filter(None, ["encode", label]))
        message:
            f"Activations of model {{wildcards.model}} on {', '.join(together)}"
        input:
            unpack(encode.input(measures.stores_of(together), **ENCODER)),
        output:
            **RUN.with_digests([RUN.activations("{model}", dataset) for dataset in together]),
        log:
            encode.log,
        benchmark:
            encode.benchmark
        wildcard_constraints:
            model=either({*POOL.probed} - {*controls.encoded_together(RUN)}),
        # Small networks of drawn images gain nothing; a real one need not leave cores idle.
        threads: RUN.by_size(1, 8)
        resources:
            mem_mb=RUN.by_size(1500, 8000),
            runtime=RUN.by_size(60, 1440),
            gpu=GPUS,
        conda:
            ENVIRONMENT
        params:
            **encode.params,
        script:
            SCRIPT


for label, together, stored in [
    *measures.encoded_by_one_job(RUN),
    *concept_sets.encoded_at_once(RUN),
]:
    encode_baselines = step(
        "activations/encode_baselines", {"device": config["device"]}, label=label
    )

    rule:
        """Encoder outputs of small models, such as those that the line is fitted through."""
        name:
            f"encode_{label or 'baselines'}"
        message:
            f"Activations of {len(together)} models on {', '.join(stored)}"
        input:
            unpack(
                encode_baselines.input(
                    stores=[RUN.store(dataset) for dataset in stored],
                    cards=[RUN.bundle(model, "card.json") for model in together],
                    weights=[RUN.bundle(model, "encoder.safetensors") for model in together],
                )
            ),
        output:
            **RUN.with_digests(
                [RUN.activations(model, dataset) for model in together for dataset in stored]
            ),
        log:
            encode_baselines.log,
        benchmark:
            encode_baselines.benchmark
        resources:
            mem_mb=RUN.by_size(1500, 8000),
            runtime=RUN.by_size(60, 1440),
            gpu=GPUS,
        conda:
            ENVIRONMENT
        params:
            **encode_baselines.params,
        script:
            SCRIPT


encode_epochs = step("activations/encode_epochs", {"device": config["device"]}, each=("model",))


rule encode_epochs:
    """Encoder outputs of a model after each epoch of its finetuning, for Figure 5.

    Those of the test set fix the sign of the directions.
    """
    message:
        "Activations of model {wildcards.model} after each epoch"
    input:
        unpack(
            encode_epochs.input(
                measures.stores_of([*filter(None, [POOL.concepts]), POOL.test]),
                bundles=RUN.bundle("{model}", "epochs"),
            )
        ),
    output:
        folder=directory(f"{RUN.folder()}/activations/{{model}}/epochs"),
        digest=f"{RUN.folder()}/activations/{{model}}/epochs.sha256",
    log:
        encode_epochs.log,
    benchmark:
        encode_epochs.benchmark
    wildcard_constraints:
        model=either(POOL.followed()),
    resources:
        mem_mb=RUN.by_size(1500, 8000),
        runtime=RUN.by_size(240, 1440),
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **encode_epochs.params,
    script:
        SCRIPT

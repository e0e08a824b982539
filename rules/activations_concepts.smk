"""Stage `activations` of concept probing: models after each epoch of their finetuning."""

TRIPLES = POOL.triples()


rule encode_epochs:
    """Encoder outputs of a model after each epoch of its finetuning, for Figure 5.

    Those of the test set fix the sign of the directions.
    """
    message:
        "Activations of model {wildcards.model} after each epoch"
    input:
        **stores_of((BRODEN, POOL.test)),
        card=BUNDLE["card"],
        bundles=ancient(RESULTS + "/models/{model}/epochs"),
    output:
        folder=directory(RESULTS + "/activations/{model}/epochs"),
        digest=RESULTS + "/activations/{model}/epochs.json",
    wildcard_constraints:
        model=one_of(triple["finetuned"] for triple in TRIPLES),
    log:
        stage_log("activations", "{model}_epochs"),
    benchmark:
        stage_benchmark("activations", "{model}_epochs")
    threads: 1
    resources:
        mem_mb=by_size(1500, 8000),
        runtime=by_size(240, 1440),
        gpu=gpus(),
    params:
        **stamped("activations/encode_epochs.py", {"device": config["device"]}),
    script:
        "../workflow_scripts/activations/encode_epochs.py"

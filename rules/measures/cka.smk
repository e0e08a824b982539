"""CKA between the layers of a zero-shot model and its finetuned one (Appendix C)."""

cka = step(
    "measures/cka/cka",
    measures.cka_settings,
    each=("model",),
)


rule cka:
    """CKA between a zero-shot model and its finetuned one, layer by layer (Appendix C)."""
    message:
        "CKA of model {wildcards.model} and its parent"
    input:
        unpack(cka.input(measures.both_encoders, measures.stores_of(POOL.evaluated))),
    output:
        table=RUN.measure("cka/cka", "{model}"),
    log:
        cka.log,
    benchmark:
        cka.benchmark
    wildcard_constraints:
        model=either(measures.finetuned(RUN)),
    resources:
        mem_mb=RUN.by_size(2000, 16000),
        runtime=RUN.by_size(120, 1440),
        gpu=GPUS,
    conda:
        ENVIRONMENT
    params:
        **cka.params,
    script:
        SCRIPT

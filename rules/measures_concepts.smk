"""Stage `measures` of concept probing (Section 5): concept sets, average precision, counts."""

SETS = {
    "sets": f"{RESULTS}/measures/concept_sets.h5",
    "table": f"{RESULTS}/measures/concept_sets.csv",
    "digest": f"{RESULTS}/measures/concept_sets.json",
}
# The sets as an input: the digest tells whether they changed.
DRAWN = {"sets": ancient(SETS["sets"]), "sets_digest": SETS["digest"]}


def probe_file(model):
    """What probing a model gave: the matrix of average precision and its chance level."""
    return f"{RESULTS}/measures/average_precision/{model}.h5"


def epochs_file(model):
    """What probing a model after each epoch of its finetuning gave."""
    return f"{RESULTS}/measures/epoch_concepts/{model}.h5"


def concept_table(name):
    """A tidy table about the concepts of all shown models."""
    return f"{RESULTS}/measures/concepts/{name}.csv"


def concept_settings(*keys):
    """The keys of the section `concepts` that a rule uses."""
    return {key: config["concepts"][key] for key in keys}


rule concept_sets:
    """Balanced positive and negative images of every concept, the same for all models."""
    message:
        "Drawing the concept sets"
    input:
        membership=ancient(BRODEN_FILES["membership"]),
        membership_digest=BRODEN_FILES["digest"],
    output:
        **SETS,
    log:
        stage_log("measures", "concept_sets"),
    benchmark:
        stage_benchmark("measures", "concept_sets")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        **stamped("measures/concepts/concept_sets.py", concept_settings("seed", "draws", "minimum_images")),
    script:
        "../workflow_scripts/measures/concepts/concept_sets.py"


rule probe:
    """Average precision of every concept by every direction, and what chance gives."""
    message:
        "Probing the concepts of model {wildcards.model}"
    input:
        **HEAD,
        **DRAWN,
        activations=ancient(activation_file("{model}", BRODEN)),
        activations_digest=activation_file("{model}", BRODEN, "json"),
        test=ancient(activation_file("{model}", POOL.test)),
        test_digest=activation_file("{model}", POOL.test, "json"),
    output:
        probe=probe_file("{model}"),
    wildcard_constraints:
        model=one_of(POOL.shown),
    log:
        stage_log("measures", "probe_{model}"),
    benchmark:
        stage_benchmark("measures", "probe_{model}")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **stamped(
            "measures/concepts/average_precision.py",
            lambda wildcards: {
                "model": wildcards.model,
                "null": concept_settings("seed", "permutations"),
            },
        ),
    script:
        "../workflow_scripts/measures/concepts/average_precision.py"


rule probe_epochs:
    """Average precision of every concept by its best direction, after each epoch."""
    message:
        "Probing the concepts of model {wildcards.model} after each epoch"
    input:
        **DRAWN,
        card=BUNDLE["card"],
        bundles=ancient(RESULTS + "/models/{model}/epochs"),
        activations=ancient(RESULTS + "/activations/{model}/epochs"),
        activations_digest=RESULTS + "/activations/{model}/epochs.json",
    output:
        best=epochs_file("{model}"),
    wildcard_constraints:
        model=one_of(triple["finetuned"] for triple in TRIPLES),
    log:
        stage_log("measures", "probe_epochs_{model}"),
    benchmark:
        stage_benchmark("measures", "probe_epochs_{model}")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **stamped(
            "measures/concepts/average_precision_epochs.py",
            lambda wildcards: {"model": wildcards.model, "dataset": BRODEN, "test": POOL.test},
        ),
    script:
        "../workflow_scripts/measures/concepts/average_precision_epochs.py"


rule concept_counts:
    """Unique concepts (equation 4), polysemanticity, chance level, signs and thresholds."""
    message:
        "Counting the concepts of all models"
    input:
        probes=[probe_file(model) for model in POOL.shown],
    output:
        counts=concept_table("counts"),
        polysemanticity=concept_table("polysemanticity"),
        directions=concept_table("directions"),
        encoded=concept_table("encoded"),
        order=concept_table("order"),
    log:
        stage_log("measures", "concept_counts"),
    benchmark:
        stage_benchmark("measures", "concept_counts")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped(
            "measures/concepts/concept_counts.py",
            {
                "models": POOL.rows(),
                "confidence": config["bootstrap"]["confidence"],
                **concept_settings("threshold", "thresholds"),
            },
        ),
    script:
        "../workflow_scripts/measures/concepts/concept_counts.py"


rule concept_overlap:
    """Concepts shared by zero-shot, finetuned and supervised models, also while finetuning."""
    message:
        "Overlap of the models' concepts"
    input:
        probes=[probe_file(model) for model in POOL.shown],
        epochs=[epochs_file(triple["finetuned"]) for triple in TRIPLES],
    output:
        venn=concept_table("venn"),
        course=concept_table("course"),
    log:
        stage_log("measures", "concept_overlap"),
    benchmark:
        stage_benchmark("measures", "concept_overlap")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped(
            "measures/concepts/concept_overlap.py",
            {"models": POOL.shown, "triples": TRIPLES, **concept_settings("threshold")},
        ),
    script:
        "../workflow_scripts/measures/concepts/concept_overlap.py"


rule privileged_direction:
    """Top concepts and extreme images of every model's most privileged direction."""
    message:
        "The most privileged directions"
    input:
        **DRAWN,
        probes=[probe_file(model) for model in POOL.shown],
        importance=measure_table("importance"),
    output:
        concepts=concept_table("top"),
        images=concept_table("images"),
    log:
        stage_log("measures", "privileged_direction"),
    benchmark:
        stage_benchmark("measures", "privileged_direction")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped("measures/concepts/privileged_direction.py", {"models": POOL.shown}),
    script:
        "../workflow_scripts/measures/concepts/privileged_direction.py"

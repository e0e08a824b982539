"""Concept probing (Section 5): Broden, concept sets, average precision, their figures and tables.

The outputs belong to the stages as everywhere; only studies with a data set of role `concepts`
have these rules.
"""

BRODEN = POOL.concepts
TRIPLES = POOL.triples()
BRODEN_FILES = {
    "membership": f"{RESULTS}/datasets/{BRODEN}/concepts.h5",
    "concepts": f"{RESULTS}/datasets/{BRODEN}/concepts.csv",
    "categories": f"{RESULTS}/datasets/{BRODEN}/categories.csv",
    "digest": f"{RESULTS}/datasets/{BRODEN}/concepts.json",
}
SETS = {
    "sets": f"{RESULTS}/measures/concept_sets.h5",
    "table": f"{RESULTS}/measures/concept_sets.csv",
    "digest": f"{RESULTS}/measures/concept_sets.json",
}
# The sets as an input: the digest tells whether they changed.
DRAWN = {"sets": ancient(SETS["sets"]), "sets_digest": SETS["digest"]}
FIGURES += ["figure_03", "figure_04", "figure_05", "privileged_direction"]
TABLES += ["table_5", "table_6", "table_7", "concept_counts"]


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


def concept_figure_settings():
    return {"study": STUDY.name, "models": POOL.rows(), "dataset": BRODEN}


rule draw_concepts:
    """Draw the Broden of the miniature in the format of the original."""
    message:
        "Drawing data set {wildcards.dataset}"
    output:
        **DRAWN_ARCHIVE,
    wildcard_constraints:
        dataset=one_of({BRODEN} & set(DRAWING["datasets"])),
        archive=re.escape(STUDY.datasets[BRODEN]["archive"]),
    log:
        stage_log("datasets", "draw_{dataset}_{archive}"),
    benchmark:
        stage_benchmark("datasets", "draw_{dataset}_{archive}")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped(
            "datasets/draw_broden.py",
            lambda wildcards: {
                "dataset": BRODEN,
                "root": DRAWING["datasets"][BRODEN].get("root", ""),
                "images": STUDY.datasets[BRODEN]["images"],
                "classes": STUDY.classes,
                "objects": [row["name"] for row in STUDY.classes] + DRAWING["extra_objects"],
                "picture": drawing_settings(wildcards)["picture"],
            },
        ),
    script:
        "../workflow_scripts/datasets/draw_broden.py"


rule concept_membership:
    """Which image of Broden shows which concept, and how its counts compare with Broden's own."""
    message:
        "Reading the label maps of the concept images"
    input:
        **archive_input(BRODEN),
    output:
        **BRODEN_FILES,
    log:
        stage_log("datasets", "concepts"),
    benchmark:
        stage_benchmark("datasets", "concepts")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        **stamped(
            "datasets/broden.py",
            {
                "dataset": BRODEN,
                "images": STUDY.datasets[BRODEN]["images"],
                "concepts": STUDY.datasets[BRODEN]["classes"],
            },
        ),
    script:
        "../workflow_scripts/datasets/broden.py"


rule encode_epochs:
    """Encoder outputs of a model after each epoch of its finetuning, for Figure 5.

    Those of the test set fix the sign of the directions.
    """
    message:
        "Activations of model {wildcards.model} after each epoch"
    input:
        card=BUNDLE["card"],
        bundles=ancient(RESULTS + "/models/{model}/epochs"),
        stores=[ancient(store_of(dataset)) for dataset in (BRODEN, POOL.test)],
        store_digests=[store_of(dataset, "json") for dataset in (BRODEN, POOL.test)],
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
        mem_mb=1500,
        runtime=240,
        gpu=gpus(),
    params:
        **stamped("activations/encode_epochs.py", {"device": config["device"]}),
    script:
        "../workflow_scripts/activations/encode_epochs.py"


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
        **stamped("measures/concept_sets.py", concept_settings("seed", "draws", "minimum_images")),
    script:
        "../workflow_scripts/measures/concept_sets.py"


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
            "measures/concepts.py",
            lambda wildcards: {
                "model": wildcards.model,
                "null": concept_settings("seed", "permutations"),
            },
        ),
    script:
        "../workflow_scripts/measures/concepts.py"


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
            "measures/epoch_concepts.py",
            lambda wildcards: {"model": wildcards.model, "dataset": BRODEN, "test": POOL.test},
        ),
    script:
        "../workflow_scripts/measures/epoch_concepts.py"


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
            "measures/concept_counts.py",
            {
                "models": POOL.rows(),
                "confidence": config["bootstrap"]["confidence"],
                **concept_settings("threshold", "thresholds"),
            },
        ),
    script:
        "../workflow_scripts/measures/concept_counts.py"


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
            "measures/concept_overlap.py",
            {"models": POOL.shown, "triples": TRIPLES, **concept_settings("threshold")},
        ),
    script:
        "../workflow_scripts/measures/concept_overlap.py"


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
        **stamped("measures/privileged_direction.py", {"models": POOL.shown}),
    script:
        "../workflow_scripts/measures/privileged_direction.py"


rule figure_03:
    """Figure 3: number of unique concepts of every model."""
    message:
        "Figure 3: unique concepts"
    input:
        counts=concept_table("counts"),
        order=concept_table("order"),
    output:
        **figure_files("figure_03"),
    log:
        stage_log("figures", "figure_03"),
    benchmark:
        stage_benchmark("figures", "figure_03")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_03.py", concept_figure_settings() | concept_settings("threshold")),
    script:
        "../workflow_scripts/figures/figure_03.py"


rule figure_04:
    """Figure 4: concepts shared by zero-shot, finetuned and supervised models."""
    message:
        "Figure 4: overlap of the encoded concepts"
    input:
        venn=concept_table("venn"),
    output:
        **figure_files("figure_04"),
    log:
        stage_log("figures", "figure_04"),
    benchmark:
        stage_benchmark("figures", "figure_04")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_04.py", {"study": STUDY.name, **concept_settings("threshold")}),
    script:
        "../workflow_scripts/figures/figure_04.py"


rule figure_05:
    """Figure 5: overlaps of the finetuned model's concepts over the epochs."""
    message:
        "Figure 5: concepts during finetuning"
    input:
        course=concept_table("course"),
    output:
        **figure_files("figure_05"),
    log:
        stage_log("figures", "figure_05"),
    benchmark:
        stage_benchmark("figures", "figure_05")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("figures/figure_05.py", {"study": STUDY.name, **concept_settings("threshold")}),
    script:
        "../workflow_scripts/figures/figure_05.py"


def contrasted_models():
    """The two models of the figure: the first finetuned one and its parent, else the first two."""
    rows = POOL.rows()
    for triple in TRIPLES:
        return [row for row in rows if row["model"] in (triple["zero_shot"], triple["finetuned"])]
    return rows[:2]


rule figure_privileged_direction:
    """Images and concepts at both ends of two models' most privileged directions."""
    message:
        "Figure: the most privileged direction"
    input:
        store=ancient(store_of(BRODEN)),
        digest=store_of(BRODEN, "json"),
        concepts=concept_table("top"),
        images=concept_table("images"),
    output:
        **figure_files("privileged_direction"),
    log:
        stage_log("figures", "privileged_direction"),
    benchmark:
        stage_benchmark("figures", "privileged_direction")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "figures/privileged_direction.py",
            concept_figure_settings() | {"models": contrasted_models()},
        ),
    script:
        "../workflow_scripts/figures/privileged_direction.py"


rule table_5:
    """Table 5: unique concepts of multimodal models that are no CLIPs."""
    message:
        "Table 5: unique concepts of models that are no CLIPs"
    input:
        counts=concept_table("counts"),
    output:
        **table_files("table_5"),
    log:
        stage_log("tables", "table_5"),
    benchmark:
        stage_benchmark("tables", "table_5")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_5.py", concept_figure_settings() | concept_settings("threshold")),
    script:
        "../workflow_scripts/tables/table_5.py"


rule table_6:
    """Table 6: top concepts of the most privileged direction."""
    message:
        "Table 6: top concepts of the most privileged direction"
    input:
        concepts=concept_table("top"),
    output:
        **table_files("table_6"),
    log:
        stage_log("tables", "table_6"),
    benchmark:
        stage_benchmark("tables", "table_6")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_6.py", concept_figure_settings()),
    script:
        "../workflow_scripts/tables/table_6.py"


rule table_7:
    """Table 7: polysemanticity of the zero-shot models."""
    message:
        "Table 7: polysemanticity of the zero-shot models"
    input:
        polysemanticity=concept_table("polysemanticity"),
    output:
        **table_files("table_7"),
    log:
        stage_log("tables", "table_7"),
    benchmark:
        stage_benchmark("tables", "table_7")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped("tables/table_7.py", concept_figure_settings() | concept_settings("threshold")),
    script:
        "../workflow_scripts/tables/table_7.py"


rule table_concept_counts:
    """The count of concepts beside its chance level, its signs, its draws and its thresholds."""
    message:
        "Table: unique concepts, and what they depend on"
    input:
        counts=concept_table("counts"),
        order=concept_table("order"),
    output:
        **table_files("concept_counts"),
    log:
        stage_log("tables", "concept_counts"),
    benchmark:
        stage_benchmark("tables", "concept_counts")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "tables/concept_counts.py",
            concept_figure_settings()
            | concept_settings("threshold")
            | {"confidence": config["bootstrap"]["confidence"]},
        ),
    script:
        "../workflow_scripts/tables/concept_counts.py"


# Short names, as one would type them.


rule figure_3:
    """Figure 3 alone."""
    input:
        figure_files("figure_03").values(),
    localrule: True


rule figure_4:
    """Figure 4 alone."""
    input:
        figure_files("figure_04").values(),
    localrule: True


rule figure_5:
    """Figure 5 alone."""
    input:
        figure_files("figure_05").values(),
    localrule: True

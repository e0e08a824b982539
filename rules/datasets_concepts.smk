"""Stage `datasets` of concept probing: Broden, the images whose concepts are known.

Only studies with a data set of role `concepts` have this and the other `*_concepts.smk`.
"""

BRODEN = POOL.concepts
BRODEN_FILES = {
    "membership": f"{RESULTS}/datasets/{BRODEN}/concepts.h5",
    "concepts": f"{RESULTS}/datasets/{BRODEN}/concepts.csv",
    "categories": f"{RESULTS}/datasets/{BRODEN}/categories.csv",
    "digest": f"{RESULTS}/datasets/{BRODEN}/concepts.json",
}


rule draw_concepts:
    """Draw the Broden of the miniature in the format of the original."""
    message:
        "Drawing data set {wildcards.dataset}"
    output:
        **DRAWN_ARCHIVE,
    wildcard_constraints:
        dataset=one_of({BRODEN} & set(DRAWING["datasets"])),
        archive=re.escape(STUDY.datasets[BRODEN]["archive"] or ""),
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
            "datasets/draw_concepts.py",
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
        "../workflow_scripts/datasets/draw_concepts.py"


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
            "datasets/concept_membership.py",
            {
                "dataset": BRODEN,
                "images": STUDY.datasets[BRODEN]["images"],
                "concepts": STUDY.datasets[BRODEN]["classes"],
                "limit": image_limit(BRODEN),
            },
            sources=lambda wildcards: STUDY.datasets[BRODEN]["source"],
        ),
    script:
        "../workflow_scripts/datasets/concept_membership.py"

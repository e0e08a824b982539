"""Stage `datasets`: archives as the originals have them, image stores, contact sheets."""

DRAWING = STUDY.settings.get("drawing", {"datasets": {}})
ADVERSARIAL = [name for name, row in DRAWING["datasets"].items() if "adversary" in row]
CAPTIONED = [name for name in DRAWING["datasets"] if STUDY.datasets[name]["captions"]]


def archive_input(dataset):
    """The digests that stand for a data set's archives, which lie beside them.

    A drawn archive is an input itself, too, so that it is drawn again if it is gone. Downloads are
    not: Snakemake would delete them before it runs their rule anew.
    """
    row = STUDY.datasets[dataset]
    if row["source"]:
        return {"archives": source_digests(row["source"])}
    archive = f"{RESULTS}/datasets/{dataset}/{row['archive']}"
    return {"archives": [f"{archive}.sha256"], "drawn": ancient(archive)}


def image_limit(dataset):
    """How many images of a data set are taken at most; training sets are taken whole."""
    role = STUDY.datasets[dataset]["role"]
    return config["images"] if role in ("test", "shift", "concepts") else None


# What drawing a data set makes.
DRAWN_ARCHIVE = {
    "archive": RESULTS + "/datasets/{dataset}/{archive}",
    "digest": RESULTS + "/datasets/{dataset}/{archive}.sha256",
}


def store_of(dataset, ending="h5", view=None):
    """The image store of a data set (`json`: the digest that stands for its content)."""
    return f"{RESULTS}/datasets/{dataset}/{view or STUDY.settings['view']}.{ending}"


def drawing_settings(wildcards):
    """What the drawing of a data set depends on."""
    dataset = wildcards.dataset
    row, drawn = STUDY.datasets[dataset], DRAWING["datasets"][dataset]
    names = {each["wnid"]: each["name"] for each in STUDY.classes}
    wnids = STUDY.class_lists.get(dataset) or list(names)
    settings = {
        "dataset": dataset,
        "layout": row["layout"],
        "root": drawn.get("root", ""),
        "images": drawn.get("images", row["images"]),
        "classes": STUDY.classes,
        "objects": [names[wnid] for wnid in wnids],
        "picture": {
            "seed": DRAWING["seed"],
            "size": DRAWING["size"],
            "scene": {key: drawn[key] for key in ("ties", "styles", "rotation", "displacement")},
        },
    }
    if "adversary" in drawn:
        return settings | {"candidates": drawn["candidates"]}
    settings |= {"described": drawn.get("described", 0.0), "options": {}}
    if row["layout"] == "objectnet":
        settings["objects"] += DRAWING["extra_objects"]
        settings["options"] = {"names": DRAWING["objectnet"]}
    if row["layout"] == "webdataset":
        settings["options"] = {"described": settings["described"]}
    return settings


rule draw:
    """Draw a data set of the miniature as an archive in the layout of the original."""
    message:
        "Drawing data set {wildcards.dataset}"
    output:
        **DRAWN_ARCHIVE,
    log:
        stage_log("datasets", "draw_{dataset}_{archive}"),
    benchmark:
        stage_benchmark("datasets", "draw_{dataset}_{archive}")
    wildcard_constraints:
        dataset=one_of(set(DRAWING["datasets"]) - {*ADVERSARIAL, *CAPTIONED, POOL.concepts}),
        archive=one_of(filter(None, (row["archive"] for row in STUDY.datasets.values()))),
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        **stamped("datasets/draw.py", drawing_settings),
    script:
        "../workflow_scripts/datasets/draw.py"


for captioned in CAPTIONED:

    use rule draw as draw_captioned with:
        message:
            "Drawing data set {wildcards.dataset} and its captions"
        output:
            archive=f"{RESULTS}/datasets/{{dataset}}/{STUDY.datasets[captioned]['archive']}",
            digest=f"{RESULTS}/datasets/{{dataset}}/{STUDY.datasets[captioned]['archive']}.sha256",
            captions=f"{RESULTS}/datasets/{{dataset}}/{STUDY.datasets[captioned]['captions']}",
        log:
            stage_log("datasets", "draw_{dataset}"),
        benchmark:
            stage_benchmark("datasets", "draw_{dataset}")
        wildcard_constraints:
            dataset=re.escape(captioned),


rule draw_adversarial:
    """Draw the ImageNet-A of the miniature: images that a separate network gets wrong."""
    message:
        "Drawing data set {wildcards.dataset} against its adversary"
    input:
        adversary=lambda wildcards: bundle_file(
            DRAWING["datasets"][wildcards.dataset]["adversary"], "card.json"
        ),
    output:
        **DRAWN_ARCHIVE,
    log:
        stage_log("datasets", "draw_{dataset}_{archive}"),
    benchmark:
        stage_benchmark("datasets", "draw_{dataset}_{archive}")
    wildcard_constraints:
        dataset=one_of(ADVERSARIAL),
        archive=one_of(filter(None, (row["archive"] for row in STUDY.datasets.values()))),
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        **stamped("datasets/draw_adversarial.py", drawing_settings),
    script:
        "../workflow_scripts/datasets/draw_adversarial.py"


def store_settings(wildcards):
    """What the image store of a data set depends on."""
    row = STUDY.datasets[wildcards.dataset]
    return {
        "dataset": wildcards.dataset,
        "layout": row["layout"],
        "images": row["images"],
        # Broden's concepts are counted where they are read, see rules/datasets_concepts.smk.
        "classes": None if row["role"] == "concepts" else row["classes"],
        "class_list": STUDY.class_lists.get(wildcards.dataset),
        "study_classes": STUDY.classes,
        "view": STUDY.settings["views"][wildcards.view],
        "limit": image_limit(wildcards.dataset),
    }


rule image_store:
    """Decode a data set's images once, in the view that the models share."""
    message:
        "Decoding data set {wildcards.dataset} in view {wildcards.view}"
    input:
        unpack(lambda wildcards: archive_input(wildcards.dataset)),
    output:
        store=RESULTS + "/datasets/{dataset}/{view}.h5",
        digest=RESULTS + "/datasets/{dataset}/{view}.json",
    log:
        stage_log("datasets", "store_{dataset}_{view}"),
    benchmark:
        stage_benchmark("datasets", "store_{dataset}_{view}")
    # Drawn sets are small, and several are decoded at a time.
    threads: lambda wildcards: 8 if STUDY.datasets[wildcards.dataset]["source"] else 1
    resources:
        mem_mb=1000,
        runtime=by_size(30, 600),
    params:
        **stamped(
            "datasets/image_store.py",
            store_settings,
            sources=lambda wildcards: STUDY.datasets[wildcards.dataset]["source"],
        ),
    script:
        "../workflow_scripts/datasets/image_store.py"


# No training set is decoded just to be looked at.
SHEETS = [
    dataset
    for dataset, row in STUDY.datasets.items()
    if row["role"] in ("test", "shift", "concepts") or not row["source"]
]
CONTACT_SHEETS = [f"{RESULTS}/datasets/{dataset}/contact_sheet.png" for dataset in SHEETS]


def training_index(dataset, ending="h5"):
    """Where the images of a training set lie in its archive (`json`: its digest)."""
    return f"{RESULTS}/datasets/{dataset}/training_index.{ending}"


rule training_index:
    """Find each training image in the archive, so that trainings read it from there at random."""
    message:
        "Indexing the archive of data set {wildcards.dataset}"
    input:
        unpack(lambda wildcards: archive_input(wildcards.dataset)),
    output:
        index=RESULTS + "/datasets/{dataset}/training_index.h5",
        digest=RESULTS + "/datasets/{dataset}/training_index.json",
    log:
        stage_log("datasets", "training_index_{dataset}"),
    benchmark:
        stage_benchmark("datasets", "training_index_{dataset}")
    wildcard_constraints:
        dataset=one_of(POOL.with_role("train")),
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        **stamped(
            "datasets/training_index.py",
            lambda wildcards: {
                "dataset": wildcards.dataset,
                "images": STUDY.datasets[wildcards.dataset]["images"],
                "class_list": STUDY.class_lists[wildcards.dataset],
                "study_classes": STUDY.classes,
            },
            sources=lambda wildcards: STUDY.datasets[wildcards.dataset]["source"],
        ),
    script:
        "../workflow_scripts/datasets/training_index.py"


rule contact_sheets:
    """A page of each data set's images, so that one can look at what the models see."""
    message:
        "Contact sheets of the data sets"
    input:
        stores=[ancient(store_of(dataset)) for dataset in SHEETS],
        digests=[store_of(dataset, "json") for dataset in SHEETS],
    output:
        CONTACT_SHEETS,
    log:
        stage_log("datasets", "contact_sheets"),
    benchmark:
        stage_benchmark("datasets", "contact_sheets")
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        **stamped(
            "datasets/contact_sheets.py",
            {
                "titles": [STUDY.datasets[dataset]["title"] for dataset in SHEETS],
                "study": STUDY.name,
                "class_names": [row["name"] for row in STUDY.classes],
                "seed": 0,
            },
        ),
    script:
        "../workflow_scripts/datasets/contact_sheets.py"

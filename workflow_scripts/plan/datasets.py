"""Data sets: where their archives and stores are, and what drawing and decoding them depends on."""

from types import SimpleNamespace
from typing import Any

from workflow_scripts.plan import sources
from workflow_scripts.plan.run import Run
from workflow_scripts.plan.step import OfJob
from workflow_scripts.study.pool import HYPERNYMS

LABELLED = "labelled"  # layout
# Roles whose images are limited by the key `images`; training sets are taken whole.
MEASURED = ("test", "shift", "concepts")
TABLE = "hypernyms.tsv"
# The scripts that draw concept sets, by layout
DRAWERS = {"broden": "draw_concepts", LABELLED: "draw_scenes"}
# The script that reads which image shows which concept, by layout
READERS = {
    "broden": "concept_membership",
    "concept_folders": "concept_membership",
    LABELLED: "labelled_membership",
    HYPERNYMS: "hypernym_membership",
}


def drawing(run: Run) -> dict[str, Any]:
    """The section `drawing` of study.yaml; without data sets where nothing is drawn."""
    return run.study.settings.get("drawing", {"datasets": {}})


def drawn_by(run: Run) -> dict[str, str]:
    """The script that draws each drawn data set, by data set id."""
    scripts = {}
    for dataset, row in drawing(run)["datasets"].items():
        kind = "draw_adversarial" if "adversary" in row else "draw"
        layout = run.study.datasets[dataset]["layout"]
        scripts[dataset] = DRAWERS.get(layout, kind)
    return scripts


def drawing_files(run: Run, dataset: str) -> dict[str, str]:
    """What the drawing of a data set reads: the network that an adversarial one must mislead."""
    adversary = drawing(run)["datasets"][dataset].get("adversary")
    parts = {"adversary": "encoder.safetensors", "adversary_head": "head.safetensors"}
    return {key: run.bundle(adversary, file) for key, file in parts.items()} if adversary else {}


def drawn_files(run: Run, dataset: str) -> dict[str, str]:
    """What the drawing of a data set makes: its archive and, of some, ImageNet-Captions' JSON."""
    row = run.study.datasets[dataset]
    archive = run.dataset(dataset, row["archive"])
    captions = {"captions": run.dataset(dataset, row["captions"])} if row["captions"] else {}
    return {"archive": archive, "digest": f"{archive}.sha256"} | captions


def archive_files(run: Run, wildcards: Any) -> dict[str, list[str]]:
    """The archives of a data set as inputs of a rule.

    A drawn archive is an input itself, so that it is drawn again if it is gone. Downloads are
    represented by their digests alone: Snakemake would delete them before it runs their rule anew.
    """
    dataset = wildcards.dataset
    row = run.study.datasets[dataset]
    if sources.is_path(row["source"]):
        own = sources.own_file(row["source"], f"datasets.tsv, row {dataset}", "a folder of images")
        return {"own": [own]}
    if row["source"]:
        return {"archives_digest": sources.digests(run, row["source"])}
    return {"archives": [run.dataset(dataset, row["archive"])]}


def archive_contents(run: Run, wildcards: Any) -> list[Any]:
    """What tells a data set's downloaded archives from other versions."""
    return sources.contents(run, run.study.datasets[wildcards.dataset]["source"])


def concept_files(dataset: str) -> OfJob:
    """What is read of a concept set, as inputs of a rule: its archive, or the test set's labels."""

    def files(run: Run, wildcards: Any) -> dict[str, Any]:
        if run.study.datasets[dataset]["layout"] == HYPERNYMS:
            return {"store": run.store(run.pool.test), "hypernyms": hypernyms(run)}
        return archive_files(run, SimpleNamespace(dataset=dataset))

    return files


def concept_outputs(run: Run, dataset: str) -> dict[str, str]:
    """What the reader of a concept set writes; some have categories of their own."""
    membership = run.dataset(dataset, "concepts.h5")
    files = {"membership": membership, "digest": f"{membership}.sha256"}
    tables = ["concepts"]
    if READERS[run.study.datasets[dataset]["layout"]] == "concept_membership":
        tables.append("categories")
    return files | {table: run.dataset(dataset, f"{table}.csv") for table in tables}


def concept_reader(run: Run, dataset: str) -> dict[str, Any]:
    """The step that reads a concept set, as arguments of `step`."""
    layout = run.study.datasets[dataset]["layout"]
    return {
        "name": f"datasets/{READERS[layout]}",
        "settings": membership_settings(run, dataset),
        "label": "" if dataset == run.pool.concepts else dataset,
        "files": [str(run.study.file(TABLE))] if layout == HYPERNYMS else [],
        "contents": concept_contents(dataset),
    }


def concept_contents(dataset: str) -> OfJob:
    """What tells the downloaded images of a concept set from another version."""
    return lambda run, wildcards: archive_contents(run, SimpleNamespace(dataset=dataset))


def hypernyms(run: Run) -> str:
    """The study's table of hypernyms."""
    return run.resource(str(run.study.file(TABLE)))


def captions_file(run: Run, dataset: str) -> str:
    """ImageNet-Captions' JSON of a data set: the drawn file or, if downloaded, its digest."""
    row = run.study.datasets[dataset]
    if row["source"]:
        return sources.digests(run, row["captions"])[0]
    return run.dataset(dataset, row["captions"])


def sheets(run: Run) -> list[str]:
    """Data sets that get a contact sheet: no training set is decoded just to be looked at."""
    return [
        dataset
        for dataset, row in run.study.datasets.items()
        if dataset not in run.pool.further_concepts
        and (row["role"] in MEASURED or not row["source"])
    ]


def drawing_settings(run: Run, dataset: str) -> dict[str, Any]:
    """What the drawing of a data set depends on."""
    row, drawn = run.study.datasets[dataset], drawing(run)["datasets"][dataset]
    names = {each["wnid"]: each["name"] for each in run.study.classes}
    objects = [names[wnid] for wnid in run.study.class_lists.get(dataset) or names]
    section = drawing(run)
    scene = ("ties", "styles", "rotation", "displacement")
    settings = {
        "dataset": dataset,
        "root": drawn.get("root", ""),
        "images": drawn.get("images", row["images"]),
        "classes": run.study.classes,
        "objects": objects,
        "picture": {
            "seed": section["seed"],
            "size": section["size"],
            "scene": {key: drawn[key] for key in scene},
        },
    }
    script = drawn_by(run)[dataset]
    if script == "draw_concepts":
        everything = [each["name"] for each in run.study.classes] + section["extra_objects"]
        return settings | {"images": row["images"], "objects": everything}
    if script == "draw_scenes":
        return settings
    settings["layout"] = row["layout"]
    if script == "draw_adversarial":
        return settings | {"candidates": drawn["candidates"]}
    settings |= {"described": drawn.get("described", 0.0), "options": {}}
    if row["layout"] == "objectnet":
        settings["objects"] = objects + section["extra_objects"]
        settings["options"] = {"names": section["objectnet"]}
    if row["layout"] == "webdataset":
        settings["options"] = {"described": settings["described"]}
    return settings


def wnids(run: Run) -> list[dict[str, str]]:
    """The study's classes in the order of their labels, without names: those are for prompts."""
    return [{"wnid": row["wnid"]} for row in run.study.classes]


def store_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the image store of a data set depends on."""
    dataset = wildcards.dataset
    row = run.study.datasets[dataset]
    return {
        "dataset": dataset,
        # A table beside the images says what they show, which a store does not hold.
        "layout": "unlabelled" if row["layout"] == LABELLED else row["layout"],
        "images": row["images"],
        # The classes of a concept set are its concepts, which are counted where they are read.
        "classes": None if row["role"] == "concepts" else row["classes"],
        "class_list": run.study.class_lists.get(dataset),
        "study_classes": wnids(run),
        "view": run.study.settings["views"][wildcards.view],
        "limit": image_limit(run, dataset),
        # Where nothing is skipped, the stores of before are not stale.
        **({"skip_broken": True} if run.study.settings.get("skip_broken") else {}),
    }


def index_settings(run: Run, wildcards: Any) -> dict[str, Any]:
    """What the index of a training archive depends on."""
    dataset = wildcards.dataset
    return {
        "dataset": dataset,
        "images": run.study.datasets[dataset]["images"],
        "class_list": run.study.class_lists[dataset],
        "study_classes": wnids(run),
    }


def membership_settings(run: Run, dataset: str) -> dict[str, Any]:
    """What reading which image of a concept set shows which concept depends on."""
    row = run.study.datasets[dataset]
    settings = {"dataset": dataset, "concepts": row["classes"]}
    if row["layout"] == HYPERNYMS:
        return settings | {"wnids": [each["wnid"] for each in run.study.classes]}
    settings["limit"] = image_limit(run, dataset)
    if row["layout"] == LABELLED:
        return settings
    # Where the layout is Broden's, the tables of before are not stale.
    layout = {} if row["layout"] == "broden" else {"layout": row["layout"]}
    return settings | layout | {"images": row["images"]}


def decoding_threads(run: Run, wildcards: Any) -> int:
    """Cores of a decoding: drawn sets are small, and several are decoded at a time."""
    return 8 if run.study.datasets[wildcards.dataset]["source"] else 1


def sheet_settings(run: Run) -> dict[str, Any]:
    """What contact sheets say."""
    return {
        "titles": [run.study.datasets[dataset]["title"] for dataset in sheets(run)],
        "study": run.study.name,
        "class_names": [row["name"] for row in run.study.classes],
        "seed": 0,
    }


def image_limit(run: Run, dataset: str) -> int | None:
    """How many images of a data set are taken at most."""
    return run.config["images"] if run.study.datasets[dataset]["role"] in MEASURED else None

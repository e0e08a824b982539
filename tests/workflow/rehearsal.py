"""Rehearsals of the studies of real data: small archives and random weights, over real HTTP.

A rehearsal is a study of its own, made of the tables of the study that it rehearses: the same
sources, files, layouts, models and rules, with fewer images and classes, narrower networks of
open_clip and another title.
"""

import csv
import hashlib
import json
import os
import subprocess
from pathlib import Path

import yaml

from tests import warm
from tests.authentic import archives, weights
from tests.authentic.server import Behaviour, refused_url
from workflow_scripts.files.hypernyms import classes_of, read_hypernyms
from workflow_scripts.networks.timm_networks import described

REPOSITORY = Path(__file__).resolve().parents[2]
STUDIES = REPOSITORY / "studies"
SHARED = STUDIES / "imagenet"
CLASSES = archives.some_classes(6)
# Everything that only takes longer if there is more of it.
CONFIGURATION = {
    "device": "cpu",
    "bootstrap": {"resamples": 20},
    "concepts": {"draws": 2, "permutations": 2, "minimum_images": 4},
    "wise_ft": {"alphas": [0.0, 0.5, 1.0]},
    "pruning": {"steps": 4, "random_orders": 2},
    "cka": {"batch_size": 12},
}
RECIPE = {"epochs": 1, "batch_size": 6, "micro_batch_size": 3, "warmup_steps": 1}
WRITTEN = {  # weights of a source, in the file that the source publishes
    "rn50_openai": (weights.write_openai, "RN50-quickgelu"),
    "vit-b-32_openai": (weights.write_openai, "ViT-B-32-quickgelu"),
    "model-soups_23": (weights.write_soup, "ViT-B-32-quickgelu", len(CLASSES)),
    "vit-b-16_siglip": (weights.write_siglip, "ViT-B-16-SigLIP"),
}
RESNET = "torchvision_ResNet-50"  # of DINO, whose head is another file
NARROW = {architecture for _, architecture, *_ in WRITTEN.values()} | {"RN50", RESNET}


def read_table(path):
    """Rows of a tab-separated table."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def write_table(path, rows):
    """Write rows of equal keys as a tab-separated table."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_weights(folder, source, seed):
    """Write the file of a source of weights; the model that is in it."""
    row = sources()[source]
    if source.endswith("_torchvision"):
        name = "vit_b_32"
        return weights.write_torchvision(folder / row["file"], name, seed, len(CLASSES))
    if source.endswith("_dino"):
        head, name = folder / sources()[f"{source}_linear"]["file"], narrow(RESNET)["torchvision"]
        return weights.write_dino(folder / row["file"], head, name, seed, len(CLASSES))
    write, architecture, *classes = WRITTEN[source]
    return write(folder / row["file"], narrow(architecture), seed, *classes)


def narrow(architecture):
    """An architecture of the studies with fewer and narrower layers.

    Weights of the published sizes are read by unit tests; here they would only take longer.
    """
    (path,) = STUDIES.glob(f"*/architectures/{architecture}.json")
    config = json.loads(path.read_text())
    if "torchvision" in config:
        return {"torchvision": "resnet18", "embed_dim": 512}
    text = config["text_cfg"] | {"layers": 2, "width": 64, "heads": 1}
    if "timm_model_name" in config["vision_cfg"]:
        vision = config["vision_cfg"] | {"timm_model_name": "test_vit"}
        return config | {"embed_dim": 64, "vision_cfg": vision, "text_cfg": text}
    resnet = isinstance(config["vision_cfg"]["layers"], list)
    vision = {"layers": [1, 1, 1, 1], "width": 16} if resnet else {"layers": 2, "width": 128}
    return config | {
        "embed_dim": 64,
        "vision_cfg": config["vision_cfg"] | vision,
        "text_cfg": text,
    }


TIMM = "test_resnet.r160_in1k"  # with a view of its own


def write_timm(folder):
    """Write a file of timm; the row of a study that finds it there."""
    weights.write_timm(folder / "timm.safetensors", TIMM, 6, len(CLASSES))
    return {
        "model": "timm_supervised", "family": "rectified", "backbone": "ResNet-test",
        "architecture": TIMM, "view": "timm", "normalisation": "timm",
        "source": str(folder / "timm.safetensors"),
    }  # fmt: skip


def rows_of(study, *models):
    """Rows of some models of a study."""
    return [row for row in read_table(STUDIES / study / "models.tsv") if row["model"] in models]


def sources():
    """The rows of the shared sources.tsv by id."""
    return {row["source"]: row for row in read_table(SHARED / "sources.tsv")}


def sizes(row, made):
    """Columns images and classes of a data set, of whose archive `made` tells."""
    if row["layout"] == "hypernyms":  # has no archive
        synsets = read_hypernyms(SHARED / "hypernyms.tsv")
        return {"classes": len(classes_of(synsets, [each["wnid"] for each in CLASSES]))}
    return {"images": made[row["dataset"]].images, "classes": made[row["dataset"]].classes}


class Rehearsal:
    """A study like `name` with some of its models, and the folder `work` in which it is run.

    `made` are the archives by data set, `files` the folder that is served; models in `trained` are
    trained though the study marks them missing, and the rows `added` are those of pretrained models
    that the study lacks.
    """

    def __init__(self, folder, name, models, made, files, url, trained=(), added=()):
        self.name, self.work = f"rehearsal-{name}", folder / "work"
        self.study, self.files, self.url = folder / self.name, files, url
        self.results = self.work / "results" / self.name
        self.downloads = self.work / "downloads"
        original = STUDIES / name
        self.work.mkdir(parents=True)
        (self.study / "class_lists").mkdir(parents=True)
        rows = [
            row | ({"missing": ""} if row["model"] in trained else {})
            for row in rows_of(name, *models)
        ]
        columns = dict.fromkeys(rows[0], "") | {"origin": "pretrained"}
        write_table(self.study / "models.tsv", [columns | row for row in (*rows, *added)])
        datasets = [row | sizes(row, made) for row in read_table(original / "datasets.tsv")]
        write_table(self.study / "datasets.tsv", datasets)
        write_table(self.study / "classes.tsv", CLASSES)
        for row in datasets:
            if row["class_list"]:
                self._class_list(row["class_list"], row["layout"])
        used = {row["source"] for row in (*rows, *added)}
        used |= {row[column] for row in datasets for column in ("source", "captions")}
        self._sources({each for cell in used for each in cell.split(";")} - {""})
        self._settings(original)

    def _class_list(self, name, layout):
        known = {row["wnid"] for row in CLASSES}
        wnids = sorted(known)
        if layout == "objectnet":
            groups = [row["wnids"] for row in archives.objectnet_table()]
            groups = [group for group in groups if group and known.issuperset(group)]
            wnids = sorted(wnid for group in groups for wnid in group)
        (self.study / "class_lists" / name).write_text("\n".join(wnids) + "\n")

    def _sources(self, used):
        rows = []
        for source, row in sources().items():
            if source not in used:
                continue
            content = (self.files / row["file"]).read_bytes()
            kind = "md5" if row["digest"].startswith("md5:") else "sha256"
            digest = getattr(hashlib, kind)(content).hexdigest()
            published = f"{kind}:{digest}" if ":" in row["digest"] else digest[:8]
            urls = f"{self.url}/first/{row['file']} {self.url}/{row['file']}"
            rows.append(
                row
                | {"urls": urls if row["urls"] else "", "bytes": len(content)}
                | {"digest": published if row["digest"] else ""}
            )
        write_table(self.study / "sources.tsv", rows)

    def _settings(self, original):
        settings = yaml.safe_load((original / "study.yaml").read_text())
        settings.pop("compared")
        settings |= {
            "title": f"Rehearsal of the study {original.name}",
            "description": "Made-up images and random weights: no number means anything.",
            "files_from": str(SHARED),
            "templates": ["a photo of a {}", "art of the {}"],
        }
        timm = described(TIMM)
        (self.study / "architectures").mkdir()
        (self.study / "architectures" / f"{TIMM}.json").write_text(json.dumps(timm))
        for name in NARROW:
            path = self.study / "architectures" / f"{name}.json"
            path.write_text(json.dumps(narrow(name)))
        other = yaml.safe_load((STUDIES / "architectures" / "study.yaml").read_text())
        for key in ("views", "normalisations"):
            settings[key] = other[key] | settings[key]
        view = timm["preprocessing"]
        settings["normalisations"]["timm"] = {key: view.pop(key) for key in ("mean", "std")}
        settings["views"]["timm"] = view
        for name, recipe in settings.get("recipes", {}).items():
            settings["recipes"][name] = recipe | RECIPE
        (self.study / "study.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
        configuration = {"study": str(self.study), **CONFIGURATION}
        (self.work / "rehearsal.yaml").write_text(yaml.safe_dump(configuration))

    def run(self, *arguments, fails=False):
        """Run Snakemake; what it prints. It has to fail if and only if `fails`."""
        command = [
            warm.python(), "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile"),
            "--directory", str(self.work), "--configfile", str(self.work / "rehearsal.yaml"),
            "--cores", "2", *arguments,
        ]  # fmt: skip
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SNAKEMAKE")}
        done = subprocess.run(
            command, env=kept | {"no_proxy": "127.0.0.1"}, capture_output=True, text=True
        )
        printed = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, printed
        return printed

    def failures(self, file, kind):
        """How the first address of a file fails: by the name of the kind."""
        return {f"/first/{file}": faults(file, (self.files / file).stat().st_size)[kind]}


def faults(file, size):
    """The ways in which an address can fail, by name."""
    return {
        "breaks off": Behaviour(file, breaks_at=size // 2),
        "wrong byte": Behaviour(file, wrong_byte=size // 3),
        "gone": Behaviour(status=404),
        "elsewhere": Behaviour(redirect=f"{refused_url()}/{file}"),
    }

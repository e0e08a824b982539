"""What the studies cost in downloads, disk and computation: writes docs/costs.md.

Everything is computed from the studies' tables and the architectures; `make docs` renews the page.
Operations are counted by torch's own counter on tensors without content; a multiplication and an
addition are two.
"""

import json
from functools import cache
from pathlib import Path

import torch
import yaml
from torch.utils.flop_counter import FlopCounterMode

from workflow_scripts.networks.architectures import build_encoder, is_coca
from workflow_scripts.study.pool import Pool
from workflow_scripts.study.study import load

ROOT = Path(__file__).resolve().parents[1]
STUDIES = ("quick", "paper")
PROMPTS = 80  # open_clip's templates, for each class
TOKENS = 10  # of a prompt's 77 on average: those after its end are not computed, but in CoCas
# A training step costs a forward pass and a backward pass of twice its operations.
TRAINING = 3
# Sustained operations a second: what the times are computed with.
RATES = {"one CPU core": 5e10, "one GPU in float32": 2.5e13}


@cache
def encoder_costs(path, size):
    """Operations for an image, parameters and width d_H of an image encoder."""
    config = json.loads(path.read_text(encoding="utf-8"))
    encoder = build_encoder(config).eval().to("meta")
    with FlopCounterMode(display=False) as counter:
        encoder(torch.empty(1, 3, size, size, device="meta"))
    parameters = sum(each.numel() for each in encoder.parameters())
    return counter.get_total_flops(), parameters, config["embed_dim"]


def text_operations(path):
    """Operations for one prompt in a CLIP's text tower: two for each weight and token."""
    config = json.loads(path.read_text(encoding="utf-8"))
    if "text_cfg" not in config:
        return 0
    text = config["text_cfg"]
    weights = 12 * text["layers"] * text["width"] ** 2
    return 2 * weights * (text["context_length"] if is_coca(config) else TOKENS)


def costs(study, settings):
    """The rows of a study's table: (what, formula, amount in its unit)."""
    pool = Pool(study)
    made = {*pool.measured, *(study.models[model]["parent"] for model in pool.shown)} - {None}
    sets = [*pool.evaluated, *([pool.concepts] if pool.concepts else [])]
    images = sum(study.datasets[each]["images"] for each in sets)
    by_model = {
        model: encoder_costs(
            study.architecture_of(model), study.settings["views"][study.view_of(model)]["size"]
        )
        for model in made
    }
    views = {study.view_of(model): None for model in made}
    stores = sum(images * 3 * study.settings["views"][view]["size"] ** 2 for view in views)
    encoding = sum(images * by_model[model][0] for model in pool.shown)
    heads = sum(
        len(study.classes) * PROMPTS * text_operations(study.architecture_of(model))
        for model in pool.of_origin("pretrained")
    )
    training = {
        origin: sum(_training(study, model, by_model[model][0]) for model in models)
        for origin in ("finetune", "supervised")
        if (models := [each for each in pool.of_origin(origin) if each in made])
    }
    alphas = len(settings["wise_ft"]["alphas"])
    pairs = [row["model"] for row in pool.pairs()]
    paths = sum(alphas * images * by_model[model][0] for model in pairs)
    tests = sum(study.datasets[each]["images"] for each in pool.evaluated)
    cka = sum(2 * tests * by_model[model][0] for model in pairs)
    return {
        "files": downloads(study, pool, made),
        "disk": {
            "image stores": ("images × views × 3 × size²", stores),
            "activations": (
                "models × images × d_H × 4",
                sum(images * by_model[model][2] * 4 for model in pool.shown),
            ),
            "weights": (
                "parameters × 4, for finetuned models × (1 + epochs)",
                sum(4 * by_model[model][1] * _copies(study, model) for model in made),
            ),
        },
        "operations": {
            "activations of all models": ("images × operations", encoding),
            "zero-shot heads": (
                "classes × 80 prompts × tokens × 2 × weights",
                heads,
            ),
            **{
                f"training ({origin})": ("3 × epochs × images × operations", amount)
                for origin, amount in training.items()
            },
            "Wise-FT": ("pairs × alphas × images × operations", paths),
            "CKA": ("pairs × 2 × images × operations", cka),
        },
    }


def _training(study, model, operations):
    row = study.models[model]
    images = row["images"] or study.datasets[row["train_dataset"]]["images"]
    epochs = row["epochs"] or study.settings["recipes"][row["recipe"]]["epochs"]
    return TRAINING * epochs * images * operations


def _copies(study, model):
    row = study.models[model]
    if row["origin"] != "finetune":
        return 1
    return 1 + (row["epochs"] or study.settings["recipes"][row["recipe"]]["epochs"])


def downloads(study, pool, made):
    """Bytes to download, bytes to obtain by hand, and the files whose size nobody states."""
    cells = [study.models[model]["source"] for model in made]
    trained = {study.models[model]["train_dataset"] for model in made} - {None}
    used = {*pool.evaluated, pool.concepts, *trained} - {None}
    cells += [study.datasets[each]["source"] for each in used]
    names = sorted({name for cell in cells if cell for name in cell.split(";")})
    rows = [study.sources[name] for name in names if name in study.sources]
    public = [row for row in rows if row["urls"]]
    by_hand = [row for row in rows if not row["urls"]]
    return {
        "public": (len(public), sum(row["bytes"] or 0 for row in public)),
        "by hand": (len(by_hand), sum(row["bytes"] or 0 for row in by_hand)),
        "unsized": [row["file"] for row in rows if not row["bytes"]],
    }


def page(study, found):
    """The section of a study as Markdown."""
    files = found["files"]
    lines = [
        f"## {study.settings['title']} (`studies/{study.name}`)",
        "",
        f"Downloads: {files['public'][0]} public files, {_bytes(files['public'][1])}; "
        f"{files['by hand'][0]} to be obtained by hand, {_bytes(files['by hand'][1])}.",
    ]
    if files["unsized"]:
        lines.append(
            f"Not in these sums, since no source states a size: {', '.join(files['unsized'])}."
        )
    lines += ["", "| disk | formula | size |", "|---|---|---|"]
    lines += [
        f"| {name} | {formula} | {_bytes(n)} |" for name, (formula, n) in found["disk"].items()
    ]
    header = " | ".join(f"{name} ({rate / 1e9:,.0f} GFLOP/s)" for name, rate in RATES.items())
    lines += ["", f"| computation | formula | PFLOP | {header} |", "|---|---|---|---|---|"]
    for name, (formula, n) in found["operations"].items():
        if n == 0:
            continue
        times = " | ".join(_time(n / rate) for rate in RATES.values())
        lines.append(f"| {name} | {formula} | {n / 1e15:,.1f} | {times} |")
    return "\n".join(lines)


def _bytes(count):
    return f"{count / 1e9:,.1f} GB"


def _time(seconds):
    if seconds < 90 * 60:
        return f"{max(1, round(seconds / 60)):,} min"
    return f"{seconds / 3600:,.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:,.0f} days"


def main():
    """Write docs/costs.md."""
    settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    sections = []
    for name in STUDIES:
        study = load(ROOT, settings | {"study": name})
        sections.append(page(study, costs(study, settings)))
    intro = (
        "# What the studies cost\n\n"
        "Computed from the studies' tables by `docs/costs.py`, not measured. Times are operations "
        "divided by the\nstated rate: put in your own. Decoding the images comes on top: see "
        "`benchmarks/results/image_store.json`.\n"
    )
    (ROOT / "docs" / "costs.md").write_text(
        "\n\n".join([intro, *sections]) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()

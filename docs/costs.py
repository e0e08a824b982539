"""What the studies cost in downloads, disk and computation: writes docs/costs.md.

Everything is computed from the studies' tables and the architectures; `make docs` renews the page.
Operations are counted by torch's own counter on tensors without content; a multiplication and an
addition are two.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
import yaml
from torch.utils.flop_counter import FlopCounterMode

from workflow_scripts.networks.architectures import build_encoder, is_coca
from workflow_scripts.study.pool import Pool
from workflow_scripts.study.study import Study, load

ROOT = Path(__file__).resolve().parents[1]
STUDIES = ("quick", "architectures", "paper")
PROMPTS = 80  # open_clip's templates, for each class
TOKENS = 10  # of a prompt's 77 on average: those after its end are not computed, but in CoCas
# A training step costs a forward pass and a backward pass of twice its operations.
TRAINING = 3
CORE = 5e10  # sustained operations a second of a CPU core
# An NVIDIA A100's peak by its data sheet, without and with tensor cores, and the share of it that
# is assumed to be sustained. Encoding is in float32.
GPU = "NVIDIA A100"
PEAKS = {"float32": (19.5e12, 0.7), "bfloat16": (312e12, 0.4)}


class Encoder(NamedTuple):
    """An image encoder: operations for an image, parameters, width d_H."""

    operations: int
    parameters: int
    width: int


class Amount(NamedTuple):
    """A row of a study's tables: bytes or operations, and the formula that gives them."""

    formula: str
    value: int
    precision: str = "float32"


@dataclass(frozen=True)
class Downloads:
    """Number and bytes of the files of either kind; files whose size nobody states count as 0."""

    public: tuple[int, int]
    by_hand: tuple[int, int]
    unsized: list[str]


@dataclass(frozen=True)
class Costs:
    """What a study costs; each amount by its name."""

    downloads: Downloads
    disk: dict[str, Amount]
    operations: dict[str, Amount]


@cache
def encoder_costs(path: Path, size: int) -> Encoder:
    """Count an image encoder's operations for an image of `size` pixels, and its parameters."""
    config = json.loads(path.read_text(encoding="utf-8"))
    encoder = build_encoder(config).eval().to("meta")
    with FlopCounterMode(display=False) as counter:
        encoder(torch.empty(1, 3, size, size, device="meta"))
    parameters = sum(each.numel() for each in encoder.parameters())
    return Encoder(counter.get_total_flops(), parameters, config["embed_dim"])


def text_operations(path: Path) -> int:
    """Operations for one prompt in a CLIP's text tower: two for each weight and token."""
    config = json.loads(path.read_text(encoding="utf-8"))
    if "text_cfg" not in config:
        return 0
    text = config["text_cfg"]
    # Of a block: 4 width² in attention and 8 width² in the MLP.
    weights = 12 * text["layers"] * text["width"] ** 2
    return 2 * weights * (text["context_length"] if is_coca(config) else TOKENS)


def costs(study: Study, settings: dict[str, Any]) -> Costs:
    """Compute what a study costs with the given settings of config.yaml."""
    pool = Pool(study)
    made = {
        *pool.baselines,
        *pool.probed,
        *(study.models[model]["parent"] for model in pool.shown),
    } - {None}
    encoders = {
        model: encoder_costs(
            study.architecture_of(model), study.settings["views"][study.view_of(model)]["size"]
        )
        for model in made
    }
    sets = [*pool.evaluated, *([pool.concepts] if pool.concepts else [])]
    images = sum(study.datasets[each]["images"] for each in sets)
    alphas = sum(0 < alpha < 1 for alpha in settings["wise_ft"]["alphas"])
    return Costs(
        downloads(study, pool, made),
        disk(study, pool, encoders, images),
        operations(study, pool, encoders, images, alphas),
    )


def disk(study: Study, pool: Pool, encoders: dict[str, Encoder], images: int) -> dict[str, Amount]:
    """Bytes of what is stored; `images` are those of all data sets that are measured."""
    views = {study.view_of(model) for model in encoders}
    pixels = sum(images * 3 * study.settings["views"][view]["size"] ** 2 for view in views)
    values = sum(images * encoders[model].width for model in pool.probed)
    weights = sum(each.parameters * _copies(study, model) for model, each in encoders.items())
    return {
        "image stores": Amount("images × views × 3 × size²", pixels),
        "activations": Amount("models × images × d_H × 4", 4 * values),
        "weights": Amount("parameters × 4, for finetuned models × (1 + epochs)", 4 * weights),
    }


def operations(
    study: Study, pool: Pool, encoders: dict[str, Encoder], images: int, alphas: int
) -> dict[str, Amount]:
    """Operations of what runs a network, in the order of the workflow.

    Parameters
    ----------
    encoders: of all models that are needed.
    images: of all data sets that are measured.
    alphas: points between the ends of a Wise-FT path, whose activations are those of the pool.
    """
    heads = sum(
        len(study.classes) * PROMPTS * text_operations(study.architecture_of(model))
        for model in (*pool.of_origin("pretrained"), *pool.of_origin("untrained"))
        # Those have a head of their own, or none.
        if study.models[model]["family"] != "finetuned" and study.models[model]["head"] != "none"
    )
    encoding = sum(images * encoders[model].operations for model in pool.probed)
    training: dict[str, Amount] = {}
    for model in (*pool.of_origin("finetune"), *pool.of_origin("supervised")):
        if model in encoders:
            row = study.models[model]
            precision = study.settings["recipes"][row["recipe"]].get("precision", "float32")
            name = f"training ({row['origin']}, {precision})"
            amount = _training(study, model, encoders[model].operations)
            amount += training[name].value if name in training else 0
            training[name] = Amount("3 × epochs × images × operations", amount, precision)
    tests = sum(study.datasets[each]["images"] for each in pool.evaluated)
    # The job that probes concepts along a path encodes the test set, too.
    walked = images + (study.datasets[pool.test]["images"] if pool.concepts else 0)
    pairs = sum(encoders[row["model"]].operations for row in pool.pairs())
    paths = sum(encoders[row["model"]].operations for row in pool.paths())
    return {
        "activations of all models": Amount("images × operations", encoding),
        "zero-shot heads": Amount("classes × 80 prompts × tokens × 2 × weights", heads),
        **training,
        "Wise-FT": Amount("pairs × alphas × images × operations", alphas * walked * paths),
        "CKA": Amount("pairs × 2 × images × operations", 2 * tests * pairs),
    }


def _training(study: Study, model: str, per_image: int) -> int:
    row = study.models[model]
    images = row["images"] or study.datasets[row["train_dataset"]]["images"]
    return TRAINING * _epochs(study, model) * images * per_image


def _copies(study: Study, model: str) -> int:
    """How often a model's weights are stored: finetuned ones after each epoch, too."""
    return 1 + _epochs(study, model) if study.models[model]["origin"] == "finetune" else 1


def _epochs(study: Study, model: str) -> int:
    row = study.models[model]
    return row["epochs"] or study.settings["recipes"][row["recipe"]]["epochs"]


def downloads(study: Study, pool: Pool, made: Iterable[str]) -> Downloads:
    """The files of the data sets and models that are needed."""
    cells = [study.models[model]["source"] for model in made]
    trained = {study.models[model]["train_dataset"] for model in made} - {None}
    used = {*pool.evaluated, pool.concepts, *trained} - {None}
    cells += [study.datasets[each]["source"] for each in used]
    names = sorted({name for cell in cells if cell for name in cell.split(";")})
    rows = [study.sources[name] for name in names if name in study.sources]
    public = [row["bytes"] or 0 for row in rows if row["urls"]]
    by_hand = [row["bytes"] or 0 for row in rows if not row["urls"]]
    return Downloads(
        (len(public), sum(public)),
        (len(by_hand), sum(by_hand)),
        [row["file"] for row in rows if not row["bytes"]],
    )


def page(study: Study, found: Costs) -> str:
    """The section of a study as Markdown."""
    files = found.downloads
    lines = [
        f"## {study.settings['title']} (`studies/{study.name}`)",
        "",
        f"Downloads: {files.public[0]} public files, {_bytes(files.public[1])}; "
        f"{files.by_hand[0]} to be obtained by hand, {_bytes(files.by_hand[1])}.",
    ]
    if files.unsized:
        lines.append(
            f"Not in these sums, since no source states a size: {', '.join(files.unsized)}."
        )
    lines += ["", "| disk | formula | size |", "|---|---|---|"]
    lines += [
        f"| {name} | {each.formula} | {_bytes(each.value)} |" for name, each in found.disk.items()
    ]
    lines += [
        "",
        f"| computation | formula | PFLOP | one CPU core | one {GPU} |",
        "|---|---|---|---|---|",
    ]
    for name, (formula, n, precision) in found.operations.items():
        if n == 0:
            continue
        peak, share = PEAKS[precision]
        times = f"{_time(n / CORE)} | {_time(n / (peak * share))}"
        lines.append(f"| {name} | {formula} | {n / 1e15:,.1f} | {times} |")
    return "\n".join(lines)


def _rates() -> str:
    """The GPU's assumed rates: share of the peak, by precision."""
    return ", ".join(
        f"{peak * share / 1e12:.3g} TFLOP/s in {precision} ({share:.0%} of its peak of "
        f"{peak / 1e12:g})"
        for precision, (peak, share) in PEAKS.items()
    )


def _bytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"


def _time(seconds: float) -> str:
    if seconds < 90 * 60:
        return f"{max(1, round(seconds / 60)):,} min"
    return f"{seconds / 3600:,.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:,.0f} days"


def main() -> None:
    """Write docs/costs.md."""
    settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    sections = []
    for name in STUDIES:
        study = load(ROOT, settings | {"study": name})
        sections.append(page(study, costs(study, settings)))
    intro = (
        "# What the studies cost\n\n"
        "Computed from the studies' tables by `docs/costs.py`, not measured. Times are operations "
        "divided by a rate:\n"
        f"{CORE / 1e9:g} GFLOP/s of a CPU core; of the GPU {_rates()}.\n"
        "Put in your own. Decoding the images comes on top: see "
        "`benchmarks/results/image_store.json`.\n"
    )
    (ROOT / "docs" / "costs.md").write_text(
        "\n\n".join([intro, *sections]) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()

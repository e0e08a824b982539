"""Small made-up tables for the tests of figures and tables."""

import numpy as np
import pandas as pd

from workflow_scripts.files.atomic import write_csv
from workflow_scripts.reporting.pages import FigureFiles

STUDY = {"name": "tiny", "test": "ImageNet", "missing": [], "left_out": 0, "images": None}


def model(name, family, backbone, pretraining):
    return {
        "model": name,
        "family": family,
        "backbone": backbone,
        "pretraining": pretraining,
    }


def pool():
    """A pool like that of the miniature, with baselines."""
    rows = []
    for backbone, short in (("RN-mini", "rn"), ("ViT-mini", "vit")):
        for web in ("Web-large", "Web-small"):
            name = f"{short}-{web.lower()}"
            rows.append(model(name, "robust_zero_shot", backbone, web))
            rows.append(model(f"{name}-ft", "finetuned", backbone, web))
        rows.append(model(f"{short}-supervised", "supervised", backbone, None))
    rows.append(model("rn-rectified", "rectified", "RN-mini", None))
    for version in ("t", "td", "tdt"):
        label = f"ImageNet-Captions-{version}"
        rows.append(model(f"rn-captions-{version}", "non_robust_zero_shot", "RN-mini", label))
    return rows + [model(f"baseline-{i}", "baseline", "RN-mini", None) for i in range(8)]


# The order in which figures show that pool, from left to right
DISPLAYED = (
    "rn-web-large", "rn-web-large-ft", "rn-web-small", "rn-web-small-ft", "rn-captions-t",
    "rn-captions-td", "rn-captions-tdt", "rn-supervised", "rn-rectified", "vit-web-large",
    "vit-web-large-ft", "vit-web-small", "vit-web-small-ft", "vit-supervised",
)  # fmt: skip


def write_published(folder):
    """Write the published tables: two checkpoints, one that is not to be shown, and a group."""
    rows = [
        ("RN50 openai", "paper", "RN50", "OpenAI", 0.598, 0.427),
        ("coca_ViT-B-32", "coca", "CoCa-ViT-B-32", "LAION-2B", 0.633, 0.493),
        ("resnet50_clip_zeroshot", "testbed_clip", "RN50", "OpenAI", 0.598, 0.437),
    ]
    names = ["model", "pool", "backbone", "pretraining", "accuracy", "shift_accuracy"]
    models = pd.DataFrame(rows, columns=names).assign(
        family="robust_zero_shot",
        variant="matched-frequency",
        percent_acc=lambda t: t["shift_accuracy"] / t["accuracy"],
        effective_robustness=[0.208, 0.254, 0.203],
    )
    other = models.assign(variant="top-images")
    write_csv(folder / "published.csv", pd.concat([models, other]))
    line = {"variant": "matched-frequency", "slope": 0.757, "intercept": -1.571, "r": 0.993}
    lines = pd.DataFrame([line, line | {"variant": "top-images", "slope": 0.752}])
    write_csv(folder / "lines.csv", lines)
    accuracy = np.linspace(0.05, 0.8, 20)
    shift = 1 / (1 + np.exp(-(0.757 * np.log(accuracy / (1 - accuracy)) - 1.571)))
    points = {"accuracy": accuracy, "shift_accuracy": shift}
    baselines = pd.DataFrame({"model": [f"net{i}" for i in range(20)], **points})
    write_csv(folder / "baselines.csv", baselines.assign(variant="matched-frequency"))
    group = {"model": "soups", "family": "finetuned", "backbone": "RN50", "pretraining": "OpenAI",
             "shifts": 5, "models": 7, "effective_robustness": 0.1, "low": 0.05, "high": 0.18,
             "percent_acc": 0.6, "percent_acc_low": 0.5, "percent_acc_high": 0.7}  # fmt: skip
    four = group | {"model": "other", "shifts": 4, "models": 5, "effective_robustness": 0.3}
    nets = group | {"model": "nets", "family": "supervised", "models": 3, "low": 0.02}
    write_csv(folder / "finetuned.csv", pd.DataFrame([group, four, nets]))


def estimates(frame, *quantities, low=0.0, high=1.0):
    """`frame` with a value and its interval for each quantity, no number twice and in no order.

    Quantities are names of three columns each: the value, the lower and the upper end.
    """
    count = 3 * len(quantities) * len(frame)
    numbers = np.random.default_rng(0).permutation(np.linspace(low, high, count + 2)[1:-1])
    triples = np.sort(numbers.round(4).reshape(-1, 3), axis=1)
    assert len(np.unique(triples)) == count
    columns = {}
    for names, own in zip(quantities, np.split(triples, len(quantities)), strict=True):
        ends = dict(zip((names[1], names[0], names[2]), own.T, strict=True))
        columns |= {name: ends[name] for name in names}
    return frame.assign(**columns)


FILES = FigureFiles("pdf", "png", "svg", "md")


def rows_of(models, *names):
    """Rows of models by their ids, in the order of the ids."""
    by_id = {row["model"]: row for row in models}
    return [by_id[name] for name in names]


def ids_of(models):
    """A frame of a column model with their ids, the last first: no figure's order."""
    return pd.DataFrame({"model": [row["model"] for row in models][::-1]})


PAIRS = [
    row | {"zero_shot": row["model"].removesuffix("-ft")}
    for row in pool()
    if row["family"] == "finetuned"
]


def files_of(pages):
    """Names of the files of each figure."""
    return [f"{number}.{end}" for number in pages for end in FILES]

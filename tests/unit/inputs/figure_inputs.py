"""Small made-up tables for the tests of figures and tables."""

import numpy as np
import pandas as pd

from workflow_scripts.files.atomic import write_csv

STUDY = {"name": "tiny", "missing": [], "left_out": 0, "images": None}


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


HEIGHT = {
    "robust_zero_shot": 0.4,
    "finetuned": 0.15,
    "supervised": 0.01,
    "rectified": 0.01,
    "non_robust_zero_shot": -0.02,
    "baseline": 0.0,
}


def write_measures(folder, models, dataset="imagenet"):
    """Write the tables of the measures for a pool into a folder."""
    rng = np.random.default_rng(0)
    count = len(models)
    accuracy = np.sort(rng.uniform(0.4, 0.95, count))
    predicted = 1 / (1 + np.exp(-(0.8 * np.log(accuracy / (1 - accuracy)) - 1)))
    robustness = np.array([HEIGHT[m["family"]] for m in models]) + rng.normal(0, 0.01, count)
    shift = np.clip(predicted + robustness, 0.02, 0.98)
    frame = pd.DataFrame({"model": [m["model"] for m in models]})

    def interval(name, values, width, low="low", high="high"):
        return {name: values, low: values - width, high: values + width}

    write_csv(
        folder / "robustness.csv",
        frame.assign(
            accuracy=accuracy,
            **interval("shift_accuracy", shift, 0.02, "shift_accuracy_low", "shift_accuracy_high"),
            **interval(
                "percent_acc", shift / accuracy, 0.03, "percent_acc_low", "percent_acc_high"
            ),
            **interval("effective_robustness", shift - predicted, 0.02),
        ),
    )
    line = {"slope": 0.8, "intercept": -1.0, "r": 0.98, "baselines": 8, "left_out": 0}
    write_csv(folder / "line.csv", pd.DataFrame([line]))
    per_dataset = frame.assign(dataset=dataset)
    for name, values, width in (
        ("accuracy", accuracy, 0.015),
        ("kurtosis", 3 + 15 * np.clip(robustness, -0.02, 1), 0.3),
        ("importance_ratio", 3 + 20 * np.clip(robustness, 0, 1), 0.5),
    ):
        own = per_dataset.assign(**interval(name, values, width))
        other = own.assign(dataset="another", **{name: 0.0})
        write_csv(folder / f"{name}.csv", pd.concat([own, other]))


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
    four = group | {"model": "other", "shifts": 4}
    nets = group | {"model": "nets", "family": "supervised"}
    write_csv(folder / "finetuned.csv", pd.DataFrame([group, four, nets]))

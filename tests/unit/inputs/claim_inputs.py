"""Made-up claims, models and values."""

import pandas as pd

from workflow_scripts.analysis.estimates import Bootstrap

MODELS = [
    {"model": model, "family": family, "backbone": backbone, "pretraining": "W", "parent": parent,
     "architecture": architecture}
    for model, family, backbone, parent, architecture in (
        ("zs", "robust_zero_shot", "RN", None, "RN"),
        ("ft", "finetuned", "RN", "zs", "RN"),
        ("sup", "supervised", "RN", None, "RN"),
        ("vit", "supervised", "ViT", None, "ViT"),
        ("coca", "robust_zero_shot", "CoCa-ViT", None, "CoCa-ViT"),
        ("rn-untrained", "control", "RN", None, "RN"),
        ("vit-untrained", "control", "ViT", None, "ViT"),
    )
]  # fmt: skip
BASIS = {
    "id": "x",
    "source": "s",
    "statement": "t",
    "measure": "kurtosis",
    "comparison": "above",
    "group": "robust_zero_shot",
    "reference": "",
    "threshold": 0.0,
    "quantifier": "all",
    "null": "compared",
}
BOOTSTRAP = {"resamples": 50, "confidence": 0.95, "seed": 0}
RESAMPLED = Bootstrap(**BOOTSTRAP)


def claim(**columns):
    """A claim, by the columns that matter."""
    return pd.Series(BASIS | columns)


def values(**each):
    """A measure's values, with an interval of 1 to either side."""
    table = pd.DataFrame({"value": pd.Series(each, dtype=float)})
    return table.assign(low=table["value"] - 1, high=table["value"] + 1)


def write(folder, name, table):
    """Write a table; its path by its name."""
    table.to_csv(folder / f"{name}.csv", index=False)
    return {name: str(folder / f"{name}.csv")}

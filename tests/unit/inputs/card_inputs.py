"""Tables of the measures as a card reads them: small, made up, no number twice."""

from itertools import count, product

import pandas as pd

from tests.unit.inputs.figure_inputs import model
from workflow_scripts.files.atomic import write_csv

TEST, SHIFT = "photos", "sketches"
MODELS = [
    model("zs", "robust_zero_shot", "ViT", "Web"),
    model("ft", "finetuned", "ViT", "Web"),
    model("bare", "robust_zero_shot", "ViT", "Other"),
]
HEADLESS = ["bare"]
HEADED = ["zs", "ft"]
THRESHOLD = 0.9
# Columns that are numbers, and those that a row is of, of each table
NUMBERS = {
    "kurtosis": ("kurtosis", "low", "high"),
    "representation": ("negative", "mean_share", "leading_share", "participation_ratio"),
    "components": ("mean", "positive", "negative", "share", "kurtosis", "outlying", "largest"),
    "kurtosis_quantiles": ("kurtosis",),
    "importance_ratio": ("importance_ratio", "low", "high"),
    "importance": ("importance", "low", "high"),
    "accuracy": ("accuracy", "low", "high"),
    "pruning": ("value", "low", "high", "change"),
    "concepts": ("concepts", "draws_low", "draws_high", "chance"),
    "robustness": ("effective_robustness", "low", "high", "accuracy", "shift_accuracy",
                   "predicted_shift_accuracy"),
}  # fmt: skip
SCALES = {
    **{("kurtosis", column): 10 for column in NUMBERS["kurtosis"]},
    **{("importance_ratio", column): 10 for column in NUMBERS["importance_ratio"]},
    **{("concepts", column): 1000 for column in ("concepts", "draws_low", "draws_high")},
    ("representation", "participation_ratio"): 10,
    ("components", "mean"): -10,
    ("components", "kurtosis"): 10,
    ("kurtosis_quantiles", "kurtosis"): 10,
    ("concepts", "chance"): 10,
}


def frames():
    """Each table by the name that a card has for it."""
    everyone = [each["model"] for each in MODELS]
    components = [(name, place, 7 * place) for name, place in product(everyone, range(1, 9))]
    pruned = product(HEADED, ("least_first", "random"), (0.0, 0.25, 0.5, 0.75, 1.0), (TEST, SHIFT))
    tables = {
        "kurtosis": _frame(everyone, images=[40, 60, 80], undefined=[0, 0, 3]),
        "representation": _frame(everyone, images=80, width=[256, 257, 258], outliers=[4, 1, 2]),
        "components": _frame(*zip(*components, strict=True), names=["model", "place", "component"]),
        "kurtosis_histogram": _frame(
            [name for name in everyone for _ in range(3)], low=[2, 4, 8] * 3, high=[4, 8, 16] * 3,
            images=[*range(1, 10)],
        ),
        "kurtosis_quantiles": _frame(
            [name for name in everyone for _ in range(3)], quantile=[0.05, 0.5, 0.95] * 3
        ),
        "importance_ratio": _frame(HEADED, rank=5),
        "importance": _frame(
            [name for name in HEADED for _ in range(5)], direction=[*range(1, 6)] * 2
        ),
        "accuracy": _frame(
            [name for name in HEADED for _ in range(2)], dataset=[TEST, SHIFT] * 2,
            images=[80, 70] * 2, classes=[12, 11] * 2,
        ),
        "pruning": _frame(
            *zip(*pruned, strict=True), names=["model", "order", "pruned", "dataset"],
            quantity="accuracy", kept=9,
        ),
        "concepts": _frame(
            [name for name in HEADED for _ in range(4)], threshold=[0.8, 0.8, 0.9, 0.9] * 2,
            sign=["convention", "opposite"] * 4, probed=143, directions=5,
        ),
        "robustness": _frame(HEADED),
    }  # fmt: skip
    # Three digits of each number are shown: 0.101 as 10.1 %, others times 10 or 1,000
    number = count(101)
    for name, columns in NUMBERS.items():
        table = tables[name]
        for column in columns:
            scale = SCALES.get((name, column), 1)
            table[column] = [scale * next(number) / 1000 for _ in range(len(table))]
    for name, table in tables.items():
        if name not in ("concepts", "robustness") and "dataset" not in table:
            table.insert(1, "dataset", TEST)
    return tables


def _frame(*columns, names=("model",), **more):
    """A table of columns that say what a row is of."""
    return pd.DataFrame(dict(zip(names, columns, strict=True)) | more)


def write_tables(folder, only=None, tables=None):
    """Write the tables, or those named; their paths by name."""
    tables = frames() if tables is None else tables
    chosen = {name: table for name, table in tables.items() if only is None or name in only}
    for name, table in chosen.items():
        write_csv(folder / f"{name}.csv", table)
    return {name: str(folder / f"{name}.csv") for name in chosen}

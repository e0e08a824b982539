"""Published accuracies: their tables, checked, and effective robustness on them (Appendix A)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.job.errors import InputError
from workflow_scripts.method.robustness import (
    Line,
    effective_robustness,
    percent_acc,
    predicted_accuracy,
)

# ImageNet-V2 variant: its column in the published tables
VARIANTS = {
    "threshold-0.7": "v2_threshold_0.7",
    "matched-frequency": "v2_matched_frequency",
    "top-images": "v2_top_images",
}
# The shifts beside ImageNet-V2, by the number of all: not everybody measures ObjectNet. A line and
# the models above it always have the same shifts.
FIVE, FOUR = 5, 4
OTHER_SHIFTS = {
    FIVE: ("imagenet_r", "imagenet_sketch", "imagenet_a", "objectnet"),
    FOUR: ("imagenet_r", "imagenet_sketch", "imagenet_a"),
}


def shift_columns(variant: str, shifts: int = FIVE) -> list[str]:
    """Columns of the shifts with one ImageNet-V2 variant."""
    return [VARIANTS[variant], *OTHER_SHIFTS[shifts]]


def read_accuracies(
    path: str | Path,
    key: Sequence[str],
    shifts: Sequence[str],
    others: Sequence[str] = (),
    gaps: bool = False,
) -> pd.DataFrame:
    """Read a published table, checked.

    Parameters
    ----------
    path: CSV of top-1 accuracies as fractions in [0, 1].
    key: columns that name a model; no two rows have the same.
    shifts: columns of accuracies beside `imagenet`.
    others: columns that have to be there, too.
    gaps: whether an accuracy may be missing (NaN).

    Raises
    ------
    InputError: a column is missing, an accuracy is no fraction, or a model is there twice.
    """
    table = pd.read_csv(path)
    accuracies = ["imagenet", *shifts]
    missing = [column for column in (*key, *accuracies, *others) if column not in table]
    if missing:
        raise InputError(
            f"{path}: found the columns {', '.join(map(str, table))}, expected also "
            f"{', '.join(missing)}; restore it."
        )
    values = table[accuracies].apply(pd.to_numeric, errors="coerce")
    wrong = ~values.ge(0) | ~values.le(1)
    if gaps:
        wrong &= table[accuracies].notna()
    for row, column in np.argwhere(wrong.to_numpy()):
        cell = table[accuracies].iloc[row, column]
        raise InputError(
            f"{path}: line {row + 2}, column {accuracies[column]}: found "
            f"{'nothing' if pd.isna(cell) else cell}, expected a fraction between 0 and 1; "
            "restore it."
        )
    for row in np.flatnonzero(table.duplicated(list(key))):
        name = " ".join(map(str, table.loc[row, list(key)]))
        raise InputError(
            f"{path}: line {row + 2}, {', '.join(key)}: found {name} a second time, expected each "
            "model once; restore it."
        )
    return table


def read_testbed(path: str | Path) -> pd.DataFrame:
    """Read the accuracies of the ImageNet testbed; for errors see `read_accuracies`."""
    shifts = [*VARIANTS.values(), *OTHER_SHIFTS[FIVE]]
    return read_accuracies(path, ["model"], shifts, ["training"], gaps=True)


def baseline_pool(testbed: pd.DataFrame) -> pd.DataFrame:
    """Models of the ImageNet testbed that define the paper's line, those with all accuracies.

    Left out are models of the type `more_data` and those that "clip" names, as they are trained on
    more than ImageNet, which is what effective robustness measures.
    """
    # ASSUME: the paper says "the baseline accuracies collected by Taori et al."; this choice gives
    # its slope, intercept and correlation.
    wanted = (testbed["training"] != "more_data") & ~testbed["model"].str.contains(
        "clip", case=False
    )
    return testbed[wanted].dropna()


def shift_accuracy(table: pd.DataFrame, variant: str, shifts: int = FIVE) -> pd.Series:
    """Mean accuracy over the shifts with one ImageNet-V2 variant; NaN if one is missing."""
    return table[shift_columns(variant, shifts)].mean(axis=1, skipna=False)


def with_robustness(table: pd.DataFrame, line: Line) -> pd.DataFrame:
    """Add what accuracies say about robustness.

    Parameters
    ----------
    table: columns accuracy and shift_accuracy, fractions in [0, 1].
    line: of the same shifts.

    Returns
    -------
    The table with percent_acc, predicted_shift_accuracy, effective_robustness.
    """
    accuracy, shift = table["accuracy"].to_numpy(), table["shift_accuracy"].to_numpy()
    return table.assign(
        percent_acc=percent_acc(shift, accuracy),
        predicted_shift_accuracy=predicted_accuracy(accuracy, line.slope, line.intercept),
        effective_robustness=effective_robustness(shift, accuracy, line.slope, line.intercept),
    )

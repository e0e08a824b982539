"""The verdicts on the paper's claims in words: values, threshold, weakest case, control."""

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.analysis.claims import FAILS, HOLDS, NOT_INFORMATIVE, OPEN, UNTRAINED
from workflow_scripts.files.tables import read_table

WORDS = ["source", "statement", "verdict", "reason", "quantifier", "comparison", "unit",
         "weakest_case", "null", "evidence"]  # fmt: skip
NUMBERS = ["threshold", "cases", "for", "lowest", "highest", "reference_lowest",
           "reference_highest", "weakest_value", "weakest_low", "weakest_high", "control_lowest",
           "control_highest"]  # fmt: skip
# What is compared with the threshold: a value, or a difference of two
SINGLE = {"above": ">", "below": "<", "output_drop": ">"}
Row = dict[Hashable, Any]


def read_verdicts(path: str | Path) -> pd.DataFrame:
    """The verdicts, a row a claim; see measures/claims/verdicts.py.

    Raises
    ------
    InputError: a column is missing
    """
    table = read_table(path, WORDS + NUMBERS)
    # An empty cell is read as NaN, and a column of nothing else as numbers.
    table[WORDS] = table[WORDS].astype(object).fillna("")
    return table


def number(value: float) -> str:
    """Three digits of a number, with a minus as it is printed."""
    return f"{value:.3g}".replace("-", "−")


def interval(low: float, high: float) -> str:
    """Both ends, or one number if they are the same; empty if they are not known."""
    ends = dict.fromkeys(number(each) for each in (low, high) if not math.isnan(each))
    return " to ".join(ends)


def values(row: Row) -> str:
    """The range of the models' values, and of those that they are compared with."""
    own = interval(row["lowest"], row["highest"])
    others = interval(row["reference_lowest"], row["reference_highest"])
    return " against ".join(filter(None, (own, others)))


def threshold(row: Row) -> str:
    """The threshold of each case, with its side and unit."""
    sign = SINGLE.get(row["comparison"], "difference >")
    return f"{sign} {number(row['threshold'])} {row['unit']}"


def weakest(row: Row) -> str:
    """The weakest case with its value, or difference, and interval."""
    margins = [row[f"weakest_{name}"] for name in ("value", "low", "high")]
    if math.isnan(margins[0]):
        return ""
    side = -1 if row["comparison"] == "below" else 1
    value, *ends = (row["threshold"] + side * margin for margin in margins)
    if row["unit"] == "rank correlation":  # whose interval may have been made by adding widths
        ends = [min(max(end, -1.0), 1.0) for end in ends]
    around = f"({interval(*ends[::side])})" if not math.isnan(ends[0]) else "(no interval)"
    case = " − ".join(f"`{model}`" for model in row["weakest_case"].split(" - "))
    return f"{case}: {number(value)} {around}"


def control(row: Row) -> str:
    """The values of the untrained controls; empty for a claim that has not to beat them."""
    if row["null"] != UNTRAINED:
        return ""
    return interval(row["control_lowest"], row["control_highest"]) or "none"


def counts_sentence(summary: pd.DataFrame) -> str:
    """How many claims hold, do not hold, are not informative, and cannot be judged."""
    counts = summary["verdict"].value_counts()
    verdicts = (HOLDS, FAILS, NOT_INFORMATIVE, OPEN)
    hold, fail, trivial, left = (int(counts.get(each, 0)) for each in verdicts)
    return (
        f"{hold} hold, {fail} do not hold, {trivial} are not informative, {left} cannot be judged "
        "here."
    )

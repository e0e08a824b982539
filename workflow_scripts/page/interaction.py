"""What the page's two charts are drawn from: numbers of the tidy tables, as JSON."""

import json
import math
from typing import Any

import pandas as pd

from workflow_scripts.cards.indicators import INDICATORS, SHARE, Measured, row_of
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting.families import LOOKS, Model, look_of

ROBUSTNESS = "effective_robustness"
# Chart.js's markers, by matplotlib's
MARKERS = {"o": "circle", "s": "rect", "^": "triangle", "v": "star", "D": "rectRot",
           "<": "cross", ">": "crossRot"}  # fmt: skip
SHIFTS = "shifts"  # stands for their average in the tables of paths
# Quantities along a Wise-FT path: quantity, whether of the shifts, title, whether a share
QUANTITIES = {
    "accuracy": ("accuracy", False, "Accuracy on the test set", True),
    "shift_accuracy": ("accuracy", True, "Accuracy under the shifts", True),
    ROBUSTNESS: (ROBUSTNESS, True, "Effective robustness", True),
    "kurtosis": ("kurtosis", False, "Activation kurtosis", False),
    "concepts": ("concepts", False, "Unique concepts", False),
}


def charts(models: list[Model], measured: Measured, paths: str | None, test: str) -> dict[str, Any]:
    """All that the charts need; a chart without numbers is None.

    Parameters
    ----------
    models: rows of models.tsv
    measured: of `cards.indicators.read`
    paths: table of the quantities along the Wise-FT paths; None without paths
    test: id of the test set
    """
    return {"scatter": _scatter(models, measured), "paths": _paths(paths, test) if paths else None}


def _scatter(models: list[Model], measured: Measured) -> dict[str, Any] | None:
    """Every model's indicators; None in a study without effective robustness."""
    others = [name for name in measured.values if name != ROBUSTNESS]
    if ROBUSTNESS not in measured.values or not others:
        return None
    scales = {name: 100 if INDICATORS[name].kind == SHARE else 1 for name in measured.values}
    present = {look_of(model) for model in models}
    return {
        "indicators": {name: _title(name) for name in others},
        "families": {
            look.name: {"colour": look.colour, "marker": MARKERS[look.marker]}
            for look in LOOKS
            if look in present
        },
        "models": [
            {
                "model": model["model"],
                "family": look_of(model).name,
                "values": {
                    name: [
                        _plain(row_of(table, model["model"])[end] * scales[name])
                        for end in ("value", "low", "high")
                    ]
                    for name, table in measured.values.items()
                },
            }
            for model in models
        ],
    }


def _title(name: str) -> str:
    indicator = INDICATORS[name]
    return indicator.title + (" [%]" if indicator.kind == SHARE else "")


def _paths(path: str, test: str) -> dict[str, Any] | None:
    """Each Wise-FT path: alphas, and the values of every quantity at each."""
    table = read_table(path, ("model", "zero_shot", "alpha", "quantity", "dataset", "value"))
    found: dict[str, Any] = {}
    for name, (quantity, shifted, _, share) in QUANTITIES.items():
        dataset = SHIFTS if shifted else test
        rows = table[(table["quantity"] == quantity) & (table["dataset"] == dataset)]
        for model, own in rows.groupby("model", sort=False):
            ordered = own.sort_values("alpha")
            values = [_plain(value * (100 if share else 1)) for value in ordered["value"]]
            one = found.setdefault(str(model), {"alphas": ordered["alpha"].tolist(), "values": {}})
            if one["alphas"] == ordered["alpha"].tolist():
                one["values"][name] = values
    titles = {
        name: title + (" [%]" if share else "")
        for name, (_, _, title, share) in QUANTITIES.items()
        if any(name in one["values"] for one in found.values())
    }
    return {"quantities": titles, "models": found} if found else None


def _plain(value: Any) -> float | None:
    """A number as JSON has it, to six digits, which is more than a chart shows."""
    return None if pd.isna(value) or math.isinf(value) else float(f"{value:.6g}")


def embedded(data: dict[str, Any]) -> str:
    """JSON that may stand inside of a script element: no text in it ends the element."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

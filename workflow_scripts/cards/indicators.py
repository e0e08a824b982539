"""The indicators of a card: how each is read from its table, and how its numbers are written."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.files.tables import read_table, rows_of
from workflow_scripts.reporting.concepts import at_threshold
from workflow_scripts.reporting.families import Model
from workflow_scripts.reporting.reproduced_numbers import SIGN

BOOTSTRAP, DRAWS = "bootstrap over the images", "range over the draws of the concept sets"
SHARE, NUMBER, COUNT = "share", "number", "count"
UNITS = {SHARE: "fraction", NUMBER: "", COUNT: "count"}


class Indicator(NamedTuple):
    """One number of a model."""

    title: str
    table: str  # the input it is read from
    columns: tuple[str, ...]  # its value and, of some, the ends of its interval
    kind: str  # SHARE, NUMBER or COUNT
    interval: str = ""  # what the interval is; empty without one


INDICATORS = {
    "kurtosis": Indicator(
        "Activation kurtosis", "kurtosis", ("kurtosis", "low", "high"), NUMBER, BOOTSTRAP
    ),
    "outliers": Indicator("Outlier components", "representation", ("outliers",), COUNT),
    "mean_share": Indicator("Share of the mean", "representation", ("mean_share",), SHARE),
    "leading_share": Indicator(
        "Share of the leading direction", "representation", ("leading_share",), SHARE
    ),
    "participation_ratio": Indicator(
        "Participation ratio", "representation", ("participation_ratio",), NUMBER
    ),
    "importance_ratio": Indicator(
        "Importance ratio", "importance_ratio", ("importance_ratio", "low", "high"), NUMBER,
        BOOTSTRAP,
    ),
    "accuracy": Indicator("Accuracy", "accuracy", ("accuracy", "low", "high"), SHARE, BOOTSTRAP),
    "concepts": Indicator(
        "Unique concepts", "concepts", ("concepts", "draws_low", "draws_high"), COUNT, DRAWS
    ),
    "effective_robustness": Indicator(
        "Effective robustness", "robustness", ("effective_robustness", "low", "high"), SHARE,
        BOOTSTRAP,
    ),
}  # fmt: skip
# Tables of which a card shows more than one number of a model, and the columns that it shows
DETAILS = {
    "kurtosis": ("images", "undefined"),
    "representation": ("width", "negative"),
    "components": (
        "place",
        "component",
        "mean",
        "positive",
        "share",
        "kurtosis",
        "outlying",
        "largest",
    ),
    "kurtosis_histogram": ("low", "high", "images"),
    "kurtosis_quantiles": ("quantile", "kurtosis"),
    "importance": ("direction", "importance", "low", "high"),
    "accuracy": ("dataset", "images", "classes", "accuracy", "low", "high"),
    "pruning": ("order", "quantity", "dataset", "pruned", "kept", "value", "low", "high"),
    "concepts": ("threshold", "sign", "probed", "directions", "chance"),
    "robustness": ("accuracy", "shift_accuracy", "predicted_shift_accuracy"),
}


# Tables that need no head; the others have no row of a model without one
WITHOUT_HEAD = (
    "kurtosis", "representation", "components", "kurtosis_histogram", "kurtosis_quantiles",
)  # fmt: skip


class Measured(NamedTuple):
    """What the tables say of the models."""

    # Columns value, low, high (NaN without an interval), indexed by model, by indicator
    values: dict[str, pd.DataFrame]
    # Rows of the models by table, with model and the columns of `DETAILS`; those of concepts at
    # the threshold, those of pruning on the test set
    details: dict[str, pd.DataFrame]


def read(
    tables: Mapping[str, str],
    models: list[Model],
    test: str,
    threshold: float | None,
    headless: Collection[str] = (),
) -> Measured:
    """Read all indicators whose tables are there.

    Parameters
    ----------
    tables: paths, by the names that `INDICATORS` and `DETAILS` use
    models: rows of models.tsv
    test: id of the test set
    threshold: average precision from which a concept counts as encoded; None without concepts
    headless: ids of the models without a head, whose other values are NaN

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    ids = [model["model"] for model in models]
    headed = [model for model in models if model["model"] not in headless]
    values = {}
    for name, indicator in INDICATORS.items():
        if indicator.table in tables:
            own = models if indicator.table in WITHOUT_HEAD else headed
            found = _values(indicator, tables[indicator.table], own, test, threshold)
            values[name] = found.reindex(ids)
    details = {}
    for name, columns in DETAILS.items():
        if name in tables:
            table = read_table(tables[name], ("model", *columns))
            details[name] = table.loc[table["model"].isin(ids), ["model", *columns]]
    if "concepts" in details:
        rows = details["concepts"]
        here = np.isclose(rows["threshold"], threshold or 0) & (rows["sign"] == SIGN)
        details["concepts"] = rows[here]
    if "pruning" in details:  # Appendix G: from the smallest singular value up
        rows = details["pruning"]
        here = (rows["order"] == "least_first") & (rows["quantity"] == "accuracy")
        details["pruning"] = rows[here & (rows["dataset"] == test)].sort_values("pruned")
    return Measured(values, details)


def _values(
    indicator: Indicator, path: str, models: list[Model], test: str, threshold: float | None
) -> pd.DataFrame:
    """Columns value, low, high of one indicator, indexed by model."""
    if indicator.table == "concepts":
        found = at_threshold(path, models, threshold or 0, indicator.columns)
    else:
        dataset = None if indicator.table == "robustness" else test
        found = rows_of(path, models, indicator.columns, dataset)
    names = ["value", "low", "high"]
    return found.set_axis(names[: found.shape[1]], axis=1).reindex(columns=names)


def written(value: float, kind: str) -> str:
    """A number as people read it: shares in percent, n/a where it is undefined."""
    if pd.isna(value):
        return "n/a"
    text = {SHARE: f"{100 * value:.1f} %", NUMBER: f"{value:.2f}", COUNT: f"{value:.0f}"}[kind]
    return text.replace("-", "−")


def written_range(low: float, high: float, kind: str) -> str:
    """Two ends as people read them, the unit once; empty without them."""
    if pd.isna(low) or pd.isna(high):
        return ""
    return f"{written(low, kind).removesuffix(' %')} to {written(high, kind)}"


def row_of(table: pd.DataFrame, model: str) -> dict[Any, Any]:
    """The cells of a model's row, by column, in a table that is indexed by model."""
    return table.to_dict("index")[model]


def with_interval(row: Mapping[Any, Any], kind: str) -> str:
    """A value and its interval in brackets, if it has one."""
    ends = written_range(row["low"], row["high"], kind)
    value = written(row["value"], kind)
    return f"{value} ({ends})" if ends else value

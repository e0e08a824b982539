"""What the paper's claims are about: each measure that resources/claims.tsv names, by model.

Every reader takes the path of a table and gives the columns value, low, high, indexed by model; low
and high are NaN without an interval.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.estimates import SHIFTS
from workflow_scripts.analysis.published_accuracies import FIVE, FOUR
from workflow_scripts.files.tables import read_table

SIGN = "convention"
PRUNED = 0.8  # share of directions that the paper prunes without loss
SLACK = 1e-9  # shares of directions are sums of steps, and so not exact
ENDS = ("value", "low", "high")

# Verdicts on a claim.
HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be judged here"
# What they rest on: the study's own numbers, or published accuracies.
STUDY, PUBLISHED = "study", "published"

# From the path of a table to value, low, high, indexed by model.
Reader = Callable[[str], pd.DataFrame]

# What the intervals of a measure are.
OVER_IMAGES = "bootstrap over the images"
OVER_DRAWS = "range over the draws of the concept sets"
OVER_DATASETS = "range over the data sets"
FROM_ENDS = "what the intervals of the importances allow"
OVER_MODELS = "bootstrap over the models"
NO_INTERVAL = "none"


class Measure(NamedTuple):
    """What a name in the column `measure` stands for."""

    table: str  # name of the table that it reads; a study may lack it
    values: Reader
    interval: str = OVER_IMAGES
    robustness: bool = False  # whether it needs shifts or the line
    published: bool = False  # whether it is of published accuracies: its table names the models


def _column(
    value: str, low: str | None = "low", high: str | None = "high", **where: str | float
) -> Reader:
    """Reads a column with its interval, in the rows whose columns have the given values."""

    def read(path: str) -> pd.DataFrame:
        table = read_table(path, ("model", value, *filter(None, (low, high)), *where))
        for column, wanted in where.items():
            if isinstance(wanted, float):
                # Ten digits are written of a number, so equality could fail.
                table = table[np.isclose(table[column], wanted)]
            else:
                table = table[table[column] == wanted]
        found = pd.DataFrame({"value": table[value].to_numpy(float)}, index=table["model"])
        for name, end in (("low", low), ("high", high)):
            found[name] = table[end].to_numpy(float) if end else np.nan
        return found

    return read


def _pruned(
    path: str,
    quantity: str,
    dataset: str,
    columns: tuple[str, str, str] = ENDS,
    order: str = "least_first",
) -> pd.DataFrame:
    """A pruning curve at the last point that keeps at least a fifth of the directions."""
    labels = ("model", "order", "pruned", "quantity", "dataset")
    table = read_table(path, (*labels, *columns))
    table = table[(table["quantity"] == quantity) & (table["dataset"] == dataset)]
    table = table[(table["order"] == order) & (table["pruned"] <= PRUNED + SLACK)]
    table = table.loc[table.groupby("model")["pruned"].idxmax()].set_index("model")
    return table[list(columns)].set_axis(list(ENDS), axis=1)


def pruning_control(path: str, test: str) -> pd.DataFrame:
    """Accuracy at 80 % pruned from the least important up, minus from the most important down."""
    least = _pruned(path, "accuracy", test)
    return difference(least, _pruned(path, "accuracy", test, order="most_first"))


def pruning_kept(path: str) -> pd.DataFrame:
    """Mean share of the accuracy that is kept between 80 and 100 % pruned, ends excluded.

    The ends of its interval are means as well, as if all points erred alike; so the interval is
    wider than the truth.
    """
    table = read_table(path, ("model", "order", "pruned", "quantity", *ENDS))
    table = table[(table["quantity"] == "accuracy_kept") & (table["order"] == "least_first")]
    between = table[(table["pruned"] > PRUNED + SLACK) & (table["pruned"] < 1)]
    return between.groupby("model", sort=False)[list(ENDS)].mean()


def importance_peak(path: str) -> pd.DataFrame:
    """Largest over median importance; the ends are those that the importances' intervals allow."""
    table = read_table(path, ("model", "importance", "low", "high"))
    models = table.groupby("model", sort=False)
    largest, median = models.max(numeric_only=True), models.median(numeric_only=True)
    return pd.DataFrame(
        {
            "value": largest["importance"] / median["importance"],
            "low": largest["low"] / median["high"],
            "high": largest["high"] / median["low"],
        }
    )


def texture_share(path: str) -> pd.DataFrame:
    """Share of textures among the top three concepts of the most privileged direction."""
    table = read_table(path, ("model", "sign", "place", "category"))
    table = table[(table["sign"] == SIGN) & (table["place"] <= 3)]
    share = (table["category"] == "texture").groupby(table["model"], sort=False).mean()
    return pd.DataFrame({"value": share, "low": np.nan, "high": np.nan})


def wise_ft_gain(path: str) -> pd.DataFrame:
    """Largest accuracy on the shifts between the ends of a path, minus the better end's.

    The interval is that of this point, which is chosen from the same images.
    """
    table = read_table(path, ("model", "alpha", "quantity", "value", "low", "high"))
    table = table[(table["quantity"] == "shift_gain") & ~table["alpha"].isin([0, 1])]
    best = table.loc[table.groupby("model", sort=False)["value"].idxmax()]
    return best.set_index("model")[["value", "low", "high"]]


def output_drop(path: str, test: str) -> pd.DataFrame:
    """Drop of CKA at the output minus the largest drop from one layer to the next before it.

    The value is that of the test set, the interval its range over the test set and the shifts.
    """
    table = read_table(path, ("model", "dataset", "number", "other_number", "cka"))
    table = table[(table["dataset"] != SHIFTS) & (table["number"] == table["other_number"])]

    def drop(rows: pd.DataFrame) -> float:
        # The first layer's drop is that from identical pixels, whose CKA is 1.
        drops = -np.diff(rows.sort_values("number")["cka"].to_numpy(), prepend=1.0)
        return drops[-1] - drops[:-1].max(initial=-np.inf)

    sets = table.groupby(["model", "dataset"], sort=False)
    rows = [(model, dataset, drop(layers)) for (model, dataset), layers in sets]
    drops = pd.DataFrame(rows, columns=["model", "dataset", "drop"]).astype({"drop": float})
    own, every = drops[drops["dataset"] == test], drops.groupby("model", sort=False)["drop"]
    value = own.set_index("model")["drop"]
    several = every.size() > 1
    ends = {"low": every.min().where(several), "high": every.max().where(several)}
    return pd.DataFrame({"value": value, **ends})


def measures(test: str, threshold: float | None) -> dict[str, Measure]:
    """What each name in the column `measure` stands for.

    Parameters
    ----------
    test: id of the test set
    threshold: average precision from which a concept counts as encoded; None without concepts
    """
    change = ("change", "change_low", "change_high")
    robustness = _column("effective_robustness")
    percent = _column("percent_acc", "percent_acc_low", "percent_acc_high")
    # Without a threshold no row is meant, and NaN is close to no number.
    counted: dict[str, Any] = {
        "sign": SIGN,
        "threshold": float("nan") if threshold is None else float(threshold),
    }
    concepts = _column("concepts", "draws_low", "draws_high", **counted)
    polysemanticity = _column("polysemanticity", None, None, **counted)

    def pruned(quantity: str, dataset: str) -> Reader:
        return lambda path: _pruned(path, quantity, dataset, change)

    def published(shifts: int) -> Measure:
        reader = _column("effective_robustness", None, None, shifts=float(shifts))
        return Measure("published", reader, NO_INTERVAL, published=True)

    def tracking(quantity: str, *ends: str | None) -> Reader:
        return _column("spearman", *ends, quantity=quantity, dataset=test)

    return {
        "effective_robustness": Measure("robustness", robustness, robustness=True),
        "percent_acc": Measure("robustness", percent, robustness=True),
        "weights_robustness": Measure(
            "published_weights", _column("effective_robustness", None, None), NO_INTERVAL
        ),
        "kurtosis": Measure("kurtosis", _column("kurtosis", dataset=test)),
        "importance_ratio": Measure("importance_ratio", _column("importance_ratio")),
        "importance_rank": Measure("importance_rank", _column("spearman", None, None), NO_INTERVAL),
        "importance_peak": Measure("importance", importance_peak, FROM_ENDS),
        "concepts": Measure("concepts", concepts, OVER_DRAWS),
        "polysemanticity": Measure("polysemanticity", polysemanticity, NO_INTERVAL),
        "texture_share": Measure("top", texture_share, NO_INTERVAL),
        "pruning_accuracy": Measure("pruning", pruned("accuracy", test)),
        "pruning_robustness": Measure(
            "pruning", pruned("effective_robustness", SHIFTS), robustness=True
        ),
        "pruning_control": Measure("pruning", lambda path: pruning_control(path, test)),
        "pruning_kept": Measure("pruning", pruning_kept),
        "wise_ft_gain": Measure("wise_ft", wise_ft_gain, robustness=True),
        "tracking_kurtosis": Measure("tracks", tracking("kurtosis"), robustness=True),
        # The counts are not resampled; an interval of the robustness alone would be too narrow.
        "tracking_concepts": Measure(
            "tracks", tracking("concepts", None, None), NO_INTERVAL, robustness=True
        ),
        "cka": Measure("cka", lambda path: output_drop(path, test), OVER_DATASETS),
        "published_robustness": published(FIVE),
        "published_robustness_four_shifts": published(FOUR),
        "published_learning_rate": Measure(
            "published_groups",
            _column("spearman", "spearman_low", "spearman_high", shifts=float(FIVE)),
            OVER_MODELS,
            published=True,
        ),
    }


def difference(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """first - second, with intervals whose half-widths add in quadrature.

    Where only one of the two has an interval, its half-widths count alone; where none has, the
    difference has none.

    Parameters
    ----------
    first, second: columns value, low, high, by model or by case
    """
    # ASSUME: as if independent. The models saw the same images, so the true interval is narrower.
    value = first["value"] - second["value"]
    lower = _quadrature(first["value"] - first["low"], second["high"] - second["value"])
    upper = _quadrature(first["high"] - first["value"], second["value"] - second["low"])
    known = first["low"].notna() | second["low"].notna()
    return pd.DataFrame(
        {"value": value, "low": (value - lower).where(known), "high": (value + upper).where(known)}
    )


def _quadrature(one: pd.Series, other: pd.Series) -> pd.Series:
    """Root of the sum of squares of two half-widths; one that is missing counts as 0."""
    return pd.Series(np.hypot(one.fillna(0).clip(lower=0), other.fillna(0).clip(lower=0)))

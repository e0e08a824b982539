"""What the paper's claims are about: each measure that resources/claims.tsv names, by model.

Every function gives the columns value, low, high by model; the ends are NaN without an interval.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.estimates import SHIFTS
from workflow_scripts.files.tables import read_table

SIGN = "convention"
PRUNED = 0.8  # share of directions that the paper prunes without loss

# What intervals are
OVER_IMAGES = "bootstrap over the images"
OVER_DRAWS = "range over the draws of the concept sets"
OVER_DATASETS = "range over the data sets"
FROM_ENDS = "what the intervals of the importances allow"
NO_INTERVAL = "none"


class Measure(NamedTuple):
    """What a name in the column `measure` stands for."""

    values: Callable[[], pd.DataFrame]  # value, low, high by model; NaN ends without an interval
    interval: str = OVER_IMAGES
    robustness: bool = False  # whether it needs shifts or the line


def _plain(path: str, value: str, low: str = "low", high: str = "high", **where) -> pd.DataFrame:
    """A column of a table with its interval, in the rows whose columns have the given values."""
    table = read_table(path, ("model", value, *filter(None, (low, high)), *where))
    for column, wanted in where.items():
        same = np.isclose(table[column], wanted) if isinstance(wanted, float) else None
        table = table[same if same is not None else table[column] == wanted]
    found = pd.DataFrame({"value": table[value].to_numpy(float)}, index=table["model"])
    for name, column in (("low", low), ("high", high)):
        found[name] = table[column].to_numpy(float) if column else np.nan
    return found


def _pruned(tables: dict, quantity: str, dataset: str, columns: tuple, order="least_first"):
    """A pruning curve at the last point that keeps at least a fifth of the directions."""
    table = read_table(tables["pruning"], ("model", "order", "pruned", "quantity", "dataset"))
    table = table[(table["quantity"] == quantity) & (table["dataset"] == dataset)]
    table = table[(table["order"] == order) & (table["pruned"] <= PRUNED + 1e-9)]
    table = table.loc[table.groupby("model")["pruned"].idxmax()].set_index("model")
    return table[list(columns)].set_axis(["value", "low", "high"], axis=1)


def pruning_control(tables: dict, test: str) -> pd.DataFrame:
    """Accuracy at 80 % pruned from the least important up, minus from the most important down."""
    columns = ("value", "low", "high")
    least = _pruned(tables, "accuracy", test, columns)
    return difference(least, _pruned(tables, "accuracy", test, columns, "most_first"))


def pruning_kept(tables: dict) -> pd.DataFrame:
    """Mean share of the accuracy that is kept between 80 and 100 % pruned, ends excluded.

    So are the ends of its interval: as if all points erred alike, which is wider than the truth.
    """
    columns = ("value", "low", "high")
    table = read_table(tables["pruning"], ("model", "order", "pruned", "quantity", *columns))
    table = table[(table["quantity"] == "accuracy_kept") & (table["order"] == "least_first")]
    between = table[(table["pruned"] > PRUNED + 1e-9) & (table["pruned"] < 1)]
    return between.groupby("model", sort=False)[list(columns)].mean()


def importance_peak(tables: dict) -> pd.DataFrame:
    """Largest over median importance; the ends are those that the importances' intervals allow."""
    table = read_table(tables["importance"], ("model", "importance", "low", "high"))
    models = table.groupby("model", sort=False)
    largest, median = models.max(numeric_only=True), models.median(numeric_only=True)
    return pd.DataFrame(
        {
            "value": largest["importance"] / median["importance"],
            "low": largest["low"] / median["high"],
            "high": largest["high"] / median["low"],
        }
    )


def texture_share(tables: dict) -> pd.DataFrame:
    """Share of textures among the top three concepts of the most privileged direction."""
    table = read_table(tables["top"], ("model", "sign", "place", "category"))
    table = table[(table["sign"] == SIGN) & (table["place"] <= 3)]
    share = (table["category"] == "texture").groupby(table["model"], sort=False).mean()
    return pd.DataFrame({"value": share, "low": np.nan, "high": np.nan})


def wise_ft_gain(tables: dict) -> pd.DataFrame:
    """Largest accuracy on the shifts between the ends of a path, minus the better end's.

    The interval is that of this point, which is chosen from the same images.
    """
    table = read_table(tables["wise_ft"], ("model", "alpha", "quantity", "value", "low", "high"))
    table = table[(table["quantity"] == "shift_gain") & ~table["alpha"].isin([0, 1])]
    best = table.loc[table.groupby("model", sort=False)["value"].idxmax()]
    return best.set_index("model")[["value", "low", "high"]]


def output_drop(tables: dict, test: str) -> pd.DataFrame:
    """Drop of CKA at the output minus the largest drop from one layer to the next before it.

    The value is that of the test set, the interval its range over the test set and the shifts.
    """
    table = read_table(tables["cka"], ("model", "dataset", "number", "other_number", "cka"))
    table = table[(table["dataset"] != SHIFTS) & (table["number"] == table["other_number"])]

    def drop(rows):
        # The first layer's drop is that from identical pixels, whose CKA is 1.
        drops = -np.diff(rows.sort_values("number")["cka"], prepend=1.0)
        return drops[-1] - drops[:-1].max(initial=-np.inf)

    sets = table.groupby(["model", "dataset"], sort=False)
    rows = [(*place, drop(layers)) for place, layers in sets]
    drops = pd.DataFrame(rows, columns=["model", "dataset", "drop"]).astype({"drop": float})
    own, every = drops[drops["dataset"] == test], drops.groupby("model", sort=False)["drop"]
    value = own.set_index("model")["drop"]
    several = every.size() > 1
    ends = {"low": every.min().where(several), "high": every.max().where(several)}
    return pd.DataFrame({"value": value, **ends})


def measures(tables: dict, test: str, threshold: float | None) -> dict[str, Measure]:
    """What each name in the column `measure` stands for; evaluated when it is asked for."""
    change = ("change", "change_low", "change_high")
    percent = ("percent_acc", "percent_acc_low", "percent_acc_high")
    no_ends = (None, None)

    def concepts(name, value, *interval):
        return _plain(tables[name], value, *interval, sign=SIGN, threshold=float(threshold))

    def tracking(quantity, *ends):
        return _plain(tables["tracks"], "spearman", *ends, quantity=quantity, dataset=test)

    return {
        "effective_robustness": Measure(
            lambda: _plain(tables["robustness"], "effective_robustness"), robustness=True
        ),
        "percent_acc": Measure(lambda: _plain(tables["robustness"], *percent), robustness=True),
        "kurtosis": Measure(lambda: _plain(tables["kurtosis"], "kurtosis", dataset=test)),
        "importance_ratio": Measure(lambda: _plain(tables["importance_ratio"], "importance_ratio")),
        "importance_rank": Measure(
            lambda: _plain(tables["importance_rank"], "spearman", *no_ends), NO_INTERVAL
        ),
        "importance_peak": Measure(lambda: importance_peak(tables), FROM_ENDS),
        "concepts": Measure(
            lambda: concepts("concepts", "concepts", "draws_low", "draws_high"), OVER_DRAWS
        ),
        "polysemanticity": Measure(
            lambda: concepts("polysemanticity", "polysemanticity", *no_ends), NO_INTERVAL
        ),
        "texture_share": Measure(lambda: texture_share(tables), NO_INTERVAL),
        "pruning_accuracy": Measure(lambda: _pruned(tables, "accuracy", test, change)),
        "pruning_robustness": Measure(
            lambda: _pruned(tables, "effective_robustness", SHIFTS, change), robustness=True
        ),
        "pruning_control": Measure(lambda: pruning_control(tables, test)),
        "pruning_kept": Measure(lambda: pruning_kept(tables)),
        "wise_ft_gain": Measure(lambda: wise_ft_gain(tables), robustness=True),
        "tracking_kurtosis": Measure(lambda: tracking("kurtosis"), robustness=True),
        # The counts are not resampled; an interval of the robustness alone would be too narrow.
        "tracking_concepts": Measure(
            lambda: tracking("concepts", *no_ends), NO_INTERVAL, robustness=True
        ),
        "cka": Measure(lambda: output_drop(tables, test), OVER_DATASETS),
    }


def difference(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """first - second, with intervals whose half-widths add in quadrature.

    Where only one of the two has an interval, its half-widths count alone; where none has, the
    difference has none.
    """
    # ASSUME: as if independent. The models saw the same images, so the true interval is narrower.
    value = first["value"] - second["value"]
    lower = [first["value"] - first["low"], second["high"] - second["value"]]
    upper = [first["high"] - first["value"], second["value"] - second["low"]]
    known = first["low"].notna() | second["low"].notna()
    low, high = (
        np.hypot(*(side.fillna(0).clip(lower=0) for side in each)) for each in (lower, upper)
    )
    return pd.DataFrame(
        {"value": value, "low": (value - low).where(known), "high": (value + high).where(known)}
    )

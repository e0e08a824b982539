"""Readers of the measures that claims are about.

Every reader takes the path of a table and gives the columns value, low, high, indexed by model; low
and high are NaN without an interval, and the claim is then open.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.analysis.claim_cases import difference
from workflow_scripts.analysis.estimates import SHIFTS, Bootstrap, mean_over_images
from workflow_scripts.analysis.published_accuracies import FIVE, FOUR
from workflow_scripts.files.tables import read_table

SIGN = "convention"
PRUNED = 0.8  # share of directions that the paper prunes without loss
SLACK = 1e-9  # shares of directions are sums of steps, and so not exact
ENDS = ("value", "low", "high")
TOP = 3  # concepts of a direction that the paper names
# Images of ImageNet and of each shift of which accuracies are published, by the number of shifts
TESTED = 50_000
SHIFTED = {FIVE: (10_000, 30_000, 50_889, 7_500, 18_574), FOUR: (10_000, 30_000, 50_889, 7_500)}

# From the path of a table to value, low, high, indexed by model.
Reader = Callable[[str], pd.DataFrame]


def column_of(value: str, low: str = "low", high: str = "high", **where: str | float) -> Reader:
    """Reads a column with its interval, in the rows whose columns have the given values."""

    def read(path: str) -> pd.DataFrame:
        table = read_table(path, ("model", value, low, high, *where))
        for column, wanted in where.items():
            if isinstance(wanted, float):
                # Ten digits are written of a number, so equality could fail.
                table = table[np.isclose(table[column], wanted)]
            else:
                table = table[table[column] == wanted]
        return table.set_index("model")[[value, low, high]].set_axis(list(ENDS), axis=1)

    return read


def resamples(path: str, column: str) -> pd.DataFrame:
    """Resampled values: a column a model, a row a resample."""
    table = read_table(path, ("model", "resample", column))
    return table.pivot(index="resample", columns="model", values=column)


def above_chance(path: str, test: str, controls: str | None = None) -> set[str]:
    """Ids of the models that are known to be more accurate than chance and every control.

    Parameters
    ----------
    path: measures/indicators/accuracy.csv
    test: id of the test set; without labels nothing is known
    controls: the same table of the untrained controls, if there are any
    """
    paths = [path, controls] if controls else [path]
    columns = ("model", "dataset", "classes", "low", "high")
    tables = [read_table(each, columns).set_index("model") for each in paths]
    table, *untrained = [each[each["dataset"] == test] for each in tables]
    reached = max([each["high"].max() for each in untrained], default=None)
    return {*table.index[table["low"] > (1 / table["classes"]).clip(lower=reached)]}


def concept_count(path: str, threshold: float) -> pd.DataFrame:
    """Number of concepts; a single draw of their sets has no range."""
    columns = ("concepts", "draws_low", "draws_high")
    count = column_of(*columns, sign=SIGN, threshold=threshold)(path)
    draws = column_of("draws", "draws", "draws", sign=SIGN, threshold=threshold)(path)["value"]
    count.loc[draws < 2, ["low", "high"]] = np.nan
    return count


def polysemanticity(path: str, bootstrap: Bootstrap) -> pd.DataFrame:
    """Mean number of concepts of a direction."""
    table = read_table(path, ("model", "concepts"))
    rows = {}
    for model, counts in table.groupby("model", sort=False)["concepts"]:
        mean = mean_over_images(counts.to_numpy(float)[:, None], "directions", bootstrap)
        low, high = bootstrap.interval(mean.resampled)
        rows[model] = (mean.value[0], low[0], high[0])
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(ENDS))


def importance_rank(path: str, confidence: float) -> pd.DataFrame:
    """Rank correlation of singular value and importance.

    Its interval is Fisher's, with the variance of Bonett and Wright (2000); there is none for
    fewer than four directions.
    """
    table = read_table(path, ("model", "directions", "spearman")).set_index("model")
    value, directions = table["spearman"], table["directions"]
    with np.errstate(divide="ignore"):
        center = np.arctanh(value)
    half = _quantile(confidence) * np.sqrt(
        (1 + value**2 / 2) / (directions - 3).where(directions > 3)
    )
    return pd.DataFrame(
        {"value": value, "low": np.tanh(center - half), "high": np.tanh(center + half)}
    )


def published_robustness(path: str, confidence: float, shifts: int | None = None) -> pd.DataFrame:
    """Effective robustness of published accuracies, with an interval that is rather too wide.

    Parameters
    ----------
    shifts: number of the shifts of the models to take; None for all models
    """
    # ASSUME: as if images were drawn at random, an accuracy on a shift varied as much as one of a
    # half does, and the line had slope 1, which no line here has: single images are not published,
    # nor here each shift's accuracy.
    columns = ("shifts", "accuracy", "shift_accuracy", "effective_robustness")
    table = read_table(path, ("model", *columns)).set_index("model")
    if shifts is not None:
        table = table[table["shifts"] == shifts]
    a, predicted = table["accuracy"], table["shift_accuracy"] - table["effective_robustness"]
    of_shifts = {many: sum(1 / n for n in each) / 4 / many**2 for many, each in SHIFTED.items()}
    # The variance of the prediction, by its slope predicted (1 - predicted) / a (1 - a)
    of_test = (predicted * (1 - predicted)) ** 2 / (a * (1 - a)) / TESTED
    half = _quantile(confidence) * np.sqrt(of_test + table["shifts"].map(of_shifts))
    value = table["effective_robustness"]
    return pd.DataFrame({"value": value, "low": value - half, "high": value + half})


def _quantile(confidence: float) -> float:
    """Half the width of an interval of a normal variable, in standard deviations."""
    return float(stats.norm.ppf((1 + confidence) / 2))


def pruned(
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
    least = pruned(path, "accuracy", test)
    return difference(least, pruned(path, "accuracy", test, order="most_first"))


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


def texture_share(path: str, confidence: float) -> pd.DataFrame:
    """Share of textures among the top three concepts of the most privileged direction."""
    table = read_table(path, ("model", "sign", "place", "category"))
    table = table[(table["sign"] == SIGN) & (table["place"] <= TOP)]
    rows = {}
    for model, categories in table.groupby("model", sort=False)["category"]:
        textures = stats.binomtest(int((categories == "texture").sum()), len(categories))
        rows[model] = (textures.statistic, *textures.proportion_ci(confidence, method="wilson"))
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(ENDS))


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

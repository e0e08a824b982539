"""The tables of a card: what the measures say, in words and figures for people."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from workflow_scripts.cards.indicators import (
    COUNT,
    INDICATORS,
    NUMBER,
    SHARE,
    Measured,
    row_of,
    with_interval,
    written,
    written_range,
)
from workflow_scripts.cards.references import NAMES
from workflow_scripts.reporting.families import Model

LEADING = 5  # components that a table names
PRUNED = (0.2, 0.4, 0.6, 0.8, 0.9)  # shares of directions that a table has
QUANTILES = {0.05: "5 % of images below", 0.5: "Median", 0.95: "95 % of images below"}
SLACK = 1e-8  # ten digits are written of a share
SPECTRUM = ("mean_share", "leading_share", "participation_ratio")


class Table(NamedTuple):
    """Lines of cells; the first cell of a line says what it is of."""

    caption: str
    titles: Sequence[str]
    lines: Sequence[Sequence[str]]


def summary(measured: Measured, models: list[Model]) -> Table:
    """All indicators of all models, a line a model."""
    names = [name for name in INDICATORS if name in measured.values]
    titles = ["Model", *(INDICATORS[name].title for name in names)]
    lines = [
        [
            model["model"],
            *(
                with_interval(row_of(measured.values[name], model["model"]), INDICATORS[name].kind)
                for name in names
            ),
        ]
        for model in models
    ]
    return Table("All indicators, with their intervals where they have one", titles, lines)


def _values_table(
    measured: Measured, models: list[Model], names: Iterable[str], caption: str = ""
) -> Table:
    """Some indicators of all models."""
    whole = summary(Measured({name: measured.values[name] for name in names}, {}), models)
    return whole._replace(caption=caption or f"{whole.titles[1]} of each model")


def of_kurtosis(measured: Measured, models: list[Model]) -> Table:
    """Kurtosis with its interval, and its quantiles over the images."""
    table = _values_table(measured, models, ["kurtosis"], "Kurtosis, and how it is over the images")
    of_all = measured.details["kurtosis_quantiles"]
    lines = []
    for line in table.lines:
        own = of_all[of_all["model"] == line[0]].set_index("quantile")["kurtosis"]
        lines.append([*line, *(written(own[each], NUMBER) for each in QUANTILES)])
    return table._replace(titles=[*table.titles, *QUANTILES.values()], lines=lines)


def of_importance(measured: Measured, models: list[Model]) -> Table:
    """Importance ratio."""
    return _values_table(measured, models, ["importance_ratio"])


def of_components(measured: Measured, models: list[Model]) -> Table:
    """The leading components of each model."""
    table = measured.details["components"]
    shares = {
        "positive": "Above 0 in",
        "outlying": "Outlier in",
        "largest": "Largest in",
        "share": "Of the square",
    }
    titles = ["Model", "Component", "Contribution to kurtosis", "Mean", *shares.values()]
    lines = [
        [
            model["model"],
            written(row["component"], COUNT),
            written(row["kurtosis"], NUMBER),
            written(row["mean"], NUMBER),
            *(written(row[share], SHARE) for share in shares),
        ]
        for model in models
        for row in table[table["model"] == model["model"]].head(LEADING).to_dict("records")
    ]
    return Table(
        f"The {LEADING} components that contribute most; in how many images each is above 0, an "
        "outlier, the largest in magnitude; and its share of the mean square of h",
        titles,
        lines,
    )


def of_spectrum(measured: Measured, models: list[Model]) -> Table:
    """The spectrum and the width of h."""
    table = _values_table(measured, models, SPECTRUM, "What no rotation changes")
    return _extended(table, measured.details["representation"], {"width": ("Width", COUNT)})


def of_accuracy(measured: Measured, models: list[Model]) -> Table:
    """Accuracy on every data set."""
    table = measured.details["accuracy"].rename(columns={"accuracy": "value"})
    lines = [
        [
            model["model"],
            row["dataset"],
            with_interval(row, SHARE),
            written(row["images"], COUNT),
            written(row["classes"], COUNT),
        ]
        for model in models
        for row in table[table["model"] == model["model"]].to_dict("records")
    ]
    return Table(
        "Accuracy on each data set", ["Model", "Data set", "Accuracy", "Images", "Classes"], lines
    )


def of_pruning(measured: Measured, models: list[Model]) -> Table:
    """Accuracy at some shares of pruned directions: the last point that prunes no more."""
    table = measured.details["pruning"]
    lines = []
    for model in having_rows(models, table):
        own = table[table["model"] == model["model"]]
        rows = [own[own["pruned"] <= share + SLACK].iloc[-1] for share in (0.0, *PRUNED)]
        lines.append([model["model"], *(with_interval(row, SHARE) for row in rows)])
    titles = [f"{100 * share:.0f} % pruned" for share in PRUNED]
    return Table("Accuracy as directions are pruned", ["Model", "0 % pruned", *titles], lines)


def having_rows(models: list[Model], table: pd.DataFrame) -> list[Model]:
    """The models that a table has rows of: some need a head."""
    there = set(table["model"])
    return [model for model in models if model["model"] in there]


def of_concepts(measured: Measured, models: list[Model]) -> Table:
    """Unique concepts, those that chance gives, and of how many."""
    beside = {
        "chance": ("By chance", NUMBER),
        "probed": ("Of", COUNT),
        "directions": ("Directions", COUNT),
    }
    table = _values_table(measured, models, ["concepts"])
    return _extended(table, measured.details["concepts"], beside)


def of_robustness(measured: Measured, models: list[Model]) -> Table:
    """Effective robustness, and the accuracies that it is made of."""
    beside = {
        "accuracy": ("Accuracy", SHARE),
        "shift_accuracy": ("Under shifts", SHARE),
        "predicted_shift_accuracy": ("Line's prediction", SHARE),
    }
    table = _values_table(measured, models, ["effective_robustness"])
    return _extended(table, measured.details["robustness"], beside)


def _extended(table: Table, details: pd.DataFrame, beside: dict[str, tuple[str, str]]) -> Table:
    """A table, a line a model, with more columns: titles and kinds by their names in details."""
    rows = details.set_index("model").reindex([line[0] for line in table.lines])
    lines = [
        [*line, *(written(row_of(rows, line[0])[name], beside[name][1]) for name in beside)]
        for line in table.lines
    ]
    titles = [*table.titles, *(title for title, _ in beside.values())]
    return table._replace(titles=titles, lines=lines)


def of_ranges(names: Iterable[str], references: pd.DataFrame) -> list[Table]:
    """The reference ranges of some indicators, a table; none without ranges."""
    lines = [
        [
            INDICATORS[row["indicator"]].title,
            NAMES[row["source"]],
            row["group"],
            _written_reference(row["low"], row["high"], INDICATORS[row["indicator"]].kind),
            written(row["models"], COUNT) if row["models"] else "",
            row["place"],
        ]
        for name in names
        for row in references[references["indicator"] == name].to_dict("records")
    ]
    if not lines:
        return []
    titles = ["Indicator", "Of", "Models", "Range", "Number of models", "Where"]
    named = ", ".join(INDICATORS[name].title.lower() for name in names)
    caption = f"Reference ranges of {named}: other models, other images"
    return [Table(caption, titles, lines)]


def _written_reference(low: float, high: float, kind: str) -> str:
    """A range, or the only number of it."""
    return written(low, kind) if low == high else written_range(low, high, kind)

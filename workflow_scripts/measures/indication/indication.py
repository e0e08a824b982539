"""How good an indicator each one is of effective robustness, over the models of a study.

Beyond the paper, which states a correlation and no more. Models are resampled, not images: the
question is what another pool of models would have shown. The intervals cannot say all of it: models
that share pretraining data, backbone or parent are drawn as if they were independent, and where all
robust models lie above all others every resample does, too, so that the interval has no width.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.correlation import Blocks, rank_correlation, roc_area
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.families import Model, without_baselines
from workflow_scripts.reporting.indication import (
    AREA,
    CLIPS,
    COLUMNS,
    CORRELATION,
    GROUPS,
    OF_BACKBONE,
    OF_CLIPS,
    ROBUST,
)

# ASSUME: with fewer models the percentiles of the resamples mean nothing.
FEWEST = 5
# ASSUME: of a single robust model, or of a single other one, there is no sample.
FEWEST_OF_A_KIND = 2
STATISTICS = {CORRELATION: rank_correlation, AREA: roc_area}
LABELS = ["model", "family", "backbone", "effective_robustness", "effective_robustness_low",
          "effective_robustness_high", "robust"]  # fmt: skip
log = logging.getLogger(__name__)


class Indicator(NamedTuple):
    """Where the value of an indicator stands."""

    table: str  # by its name among the inputs
    columns: tuple[str, str, str]  # value and interval; without one, the value thrice
    concepts: bool = False  # whether rows are by threshold and sign, not by data set
    quantity: str = ""  # of a table that has several


ENDS = ("value", "low", "high")
READ_FROM = {
    "kurtosis": Indicator("kurtosis", ("kurtosis", "low", "high")),
    "kurtosis_centred": Indicator("basis", ENDS, quantity="kurtosis_centred"),
    "importance_ratio": Indicator("importance_ratio", ("importance_ratio", "low", "high")),
    "mean_share": Indicator("basis", ENDS, quantity="mean_share"),
    "concepts": Indicator("counts", ("concepts", "draws_low", "draws_high"), True),
    "concepts_above_chance": Indicator(
        "counts", ("above_chance", "above_chance_low", "above_chance_high"), True
    ),
}


def read_robustness(path: Path | str, is_published: bool) -> pd.DataFrame:
    """Effective robustness by model: columns value, low, high; those without it are left out.

    Parameters
    ----------
    path: measures/robustness/effective_robustness/models.csv or, if `is_published`,
        measures/robustness/published_weights.csv.
    """
    if not is_published:
        columns = ["effective_robustness", "low", "high"]
        table = read_table(path, ("model", *columns)).set_index("model")
        return table[columns].set_axis(["value", "low", "high"], axis=1).dropna(subset="value")
    table = read_table(path, ("model", "shifts", "effective_robustness"))
    # ASSUME: over four shifts and over five robustness is not the same number, so that the models
    # of which most is known are compared.
    table = table[table["shifts"] == table["shifts"].mode().max()].set_index("model")
    return pd.DataFrame({key: table["effective_robustness"] for key in ("value", "low", "high")})


def read_indicator(
    path: Path | str, indicator: Indicator, test: str, threshold: float | None
) -> pd.DataFrame:
    """An indicator by model: columns value, low, high; undefined values are left out.

    Raises
    ------
    InputError: the table lacks a column, or has a model twice.
    """
    keys = ["threshold", "sign"] if indicator.concepts else ["dataset"]
    chosen = [threshold, "convention"] if indicator.concepts else [test]
    if indicator.quantity:
        keys, chosen = [*keys, "quantity"], [*chosen, indicator.quantity]
    table = read_table(path, ("model", *keys, *indicator.columns))
    own = table[(table[keys] == chosen).all(axis=1)]
    if own["model"].duplicated().any():
        model = own["model"][own["model"].duplicated()].iloc[0]
        raise InputError(
            f"{path}: found several rows of model {model!r}, expected one; delete the file and run "
            "again."
        )
    values = own.set_index("model")[list(indicator.columns)].astype(float)
    return values.set_axis(["value", "low", "high"], axis=1).dropna(subset="value")


def points_of(
    robustness: pd.DataFrame, indicators: Mapping[str, pd.DataFrame], models: list[Model]
) -> pd.DataFrame:
    """A row a model and indicator that both are known of: `LABELS`, indicator, value, low, high."""
    labels = pd.DataFrame(models, columns=LABELS[:3]).merge(
        robustness.set_axis(LABELS[3:6], axis=1), left_on="model", right_index=True
    )
    labels["robust"] = labels["effective_robustness"] > ROBUST
    every = [
        labels.merge(values, left_on="model", right_index=True).assign(indicator=name)
        for name, values in indicators.items()
    ]
    columns = [*LABELS, "indicator", "value", "low", "high"]
    return pd.concat(every)[columns] if every else pd.DataFrame(columns=columns)


def within(points: pd.DataFrame, group: str) -> tuple[pd.DataFrame, Blocks]:
    """The points of a group, and the rows of each block in which they are compared."""
    if group == OF_CLIPS:
        points = points[points["family"].isin(CLIPS)]
    if group != OF_BACKBONE:
        return points, [np.arange(len(points))]
    shared = points.groupby("backbone")["model"].transform("size") > 1
    points = points[shared].reset_index(drop=True)
    return points, [rows.to_numpy() for rows in points.groupby("backbone").groups.values()]


def refusal(points: pd.DataFrame, blocks: Blocks, statistic: str) -> str:
    """Why a statistic of points is not to be had; empty if it is."""
    if len(points) < FEWEST:
        return f"{len(points)} models, fewer than {FEWEST}"
    robust, values = points["robust"].to_numpy(bool), points["value"].to_numpy()
    mixed = [block for block in blocks if 0 < robust[block].sum() < len(block)]
    kinds = [sum(int((robust[block] == kind).sum()) for block in mixed) for kind in (True, False)]
    if statistic == AREA and min(kinds) < FEWEST_OF_A_KIND:
        where = "beside others of their backbone" if len(blocks) > 1 else "beside others"
        return (
            f"{kinds[0]} robust models {where} and {kinds[1]} such others, fewer than "
            f"{FEWEST_OF_A_KIND} of a kind"
        )
    if all(np.ptp(values[block]) == 0 for block in blocks):
        return "all models have the same value"
    return ""


def associate(points: pd.DataFrame, group: str, bootstrap: Bootstrap) -> list[dict[str, Any]]:
    """Rows of one indicator in one group, a row a statistic; see `main`.

    Models are drawn within the blocks in which they are compared. A resample in which a statistic
    is not defined, such as one without a robust model, is left out and counted.
    """
    points, blocks = within(points, group)
    value, robustness, robust = (
        points[name].to_numpy(kind)
        for name, kind in (("value", float), ("effective_robustness", float), ("robust", bool))
    )
    drawn = draws(blocks, len(points), group, bootstrap)
    rows = []
    for statistic, function in STATISTICS.items():
        other = robustness if statistic == CORRELATION else robust
        reason = refusal(points, blocks, statistic)
        found = {"value": np.nan, "low": np.nan, "high": np.nan, "undefined": np.nan}
        if not reason:
            resampled = function(value[drawn], other[drawn], blocks)
            low, high = bootstrap.interval(resampled)
            found = {
                "value": function(value[None], other[None], blocks)[0],
                "low": float(low),
                "high": float(high),
                "undefined": np.isnan(resampled).mean(),
            }
        counts = {"models": len(points), "robust": int(robust.sum()), "blocks": len(blocks)}
        rows.append({"group": group, "statistic": statistic, **found, **counts, "reason": reason})
    return rows


def draws(blocks: Blocks, models: int, group: str, bootstrap: Bootstrap) -> np.ndarray:
    """Models drawn with replacement within their blocks: int64 [resamples, models]."""
    drawn = np.empty((bootstrap.resamples, models), dtype=np.int64)
    for number, block in enumerate(blocks):
        if len(block):
            counts = bootstrap.counts(len(block), f"{group}, block {number}")
            drawn[:, block] = [np.repeat(block, count) for count in counts]
    return drawn


def main(
    inputs: Mapping[str, str],
    points: Path | str,
    associations: Path | str,
    *,
    models: list[Model],
    test: str,
    threshold: float | None,
    absent: Mapping[str, str],
    bootstrap: dict[str, Any],
) -> None:
    """Compare every indicator with effective robustness.

    Parameters
    ----------
    inputs: CSVs by name: `robustness` or `published`, and those of the `READ_FROM`
    points: CSV to write, a row a model and indicator: model, family, backbone,
        effective_robustness with its interval, robust (whether it is above `ROBUST`), indicator,
        value, low, high
    associations: CSV to write, a row an indicator, group and statistic: value with low and high,
        undefined (share of the resamples), models, robust (their numbers), blocks (number of
        backbones in which models are compared), reason (why there is no value)
    models: rows of models.tsv, with model, family, backbone
    test: id of the test set
    threshold: average precision from which a concept counts as encoded; None without concepts
    absent: why an input is not there, by its name
    bootstrap: section of config.yaml

    Raises
    ------
    InputError: a table is damaged
    """
    is_published = "robustness" not in inputs
    robustness = read_robustness(
        inputs["published" if is_published else "robustness"], is_published
    )
    present = {
        name: read_indicator(inputs[each.table], each, test, threshold)
        for name, each in READ_FROM.items()
        if each.table in inputs
    }
    table = points_of(robustness, present, without_baselines(models))
    rows = []
    for name, indicator in READ_FROM.items():
        own = table[table["indicator"] == name].reset_index(drop=True)
        for group in GROUPS:
            found = associate(own, group, Bootstrap(**bootstrap))
            missing = {"reason": absent[indicator.table]} if name not in present else {}
            rows += [{"indicator": name, **row, **missing} for row in found]
    write_csv(points, table)
    write_csv(associations, pd.DataFrame(rows, columns=list(COLUMNS)))
    log.info("%d models, of which %d are robust", len(set(table["model"])),
             table.drop_duplicates("model")["robust"].sum())  # fmt: skip


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        main(
            named_inputs(snakemake),
            snakemake.output.points,
            snakemake.output.associations,
            **snakemake.params.settings,
        )

"""Measured accuracy beside what is published of the same weights, or beside chance.

A network that is built with another activation function than it was trained with, or shown images
in another way, gives numbers without an error. Its accuracy tells.
"""

import logging
from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy.stats import binomtest

from workflow_scripts.analysis.published_weights import (
    Weights,
    otherwise_activated,
    published_row,
    read_published_tables,
)
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import read_table

AS_PUBLISHED, BELOW, ABOVE = "as published", "below what is published", "above what is published"
ABOVE_CHANCE, AT_CHANCE = "above chance", "no better than chance"
UNLIKE = "activation function, normalisation, view, prompts or order of the classes"
COLUMNS = ("model", "dataset", "images", "classes", "correct", "accuracy", "low", "high", "chance",
           "published", "published_as", "verdict", "cause")  # fmt: skip
log = logging.getLogger(__name__)


def judged(row: Mapping[Any, Any], published: float | None, confidence: float) -> dict[str, Any]:
    """Verdict on one model and data set.

    Parameters
    ----------
    row: images, classes, correct, accuracy.
    published: accuracy in [0, 1] of the same weights on the same data set; None without one.
    confidence: level of the interval.

    Returns
    -------
    low, high (exact binomial interval, Clopper and Pearson 1934), chance, verdict.
    """
    # ASSUME: as if the images were drawn at random, though where all are measured, only arithmetic
    # and preprocessing differ: the interval is then wider than need be.
    test = binomtest(int(row["correct"]), int(row["images"]))
    low, high = test.proportion_ci(confidence)
    chance = 1 / row["classes"]
    if published is None:
        verdict = ABOVE_CHANCE if low > chance else AT_CHANCE
    else:
        verdict = BELOW if published > high else ABOVE if published < low else AS_PUBLISHED
    return {"low": low, "high": high, "chance": chance, "verdict": verdict}


def cause(found: Mapping[str, Any], deviates: str, other: tuple[str, float]) -> str:
    """The likeliest cause of a verdict; empty if it is as it should be.

    Parameters
    ----------
    found: of `judged`.
    deviates: what of the row is deliberately other than published; empty for nothing.
    other: architecture with the other GELU, and the accuracy published for it, or NaN.
    """
    if found["verdict"] in (AS_PUBLISHED, ABOVE_CHANCE):
        return ""
    if deviates:
        return f"the row deviates in {deviates.replace(';', ', ')}, as it says"
    if found["low"] <= found["chance"]:
        return "order of the classes, or a head of another model"
    if found["low"] <= other[1] <= found["high"]:
        return f"activation function: it is what {other[0]} has"
    return UNLIKE if found["verdict"] == BELOW else "other weights than those named"


def main(
    accuracy: str,
    published: Mapping[str, str],
    output: str,
    *,
    models: list[dict[str, Any]],
    columns: dict[str, str],
    test: str,
    confidence: float,
) -> None:
    """Judge every model.

    Parameters
    ----------
    accuracy: measures/indicators/accuracy.csv
    published: CSVs of resources/published, see `published_weights.KEYS`
    output: CSV to write, a row for each model and data set with a published accuracy, and for the
        test set in any case, if its images have labels: `COLUMNS`, where published_as names the
        published row
    models: model, deviates (None for nothing), and the fields of `Weights`
    columns: the published tables' column of each data set that they measure, by its id
    test: id of the test set
    confidence: level of the intervals

    Raises
    ------
    InputError: a table is damaged, or the study names a row that is not published.
    """
    tables = read_published_tables(published)
    measured = read_table(accuracy, ("model", "dataset", "images", "classes", "correct"))
    rows = []
    for model in models:
        weights = Weights(**{key: model[key] for key in Weights._fields})
        name, numbers = published_row(tables, model["model"], weights)
        own = measured[measured["model"] == model["model"]].dropna(subset="correct")
        for row in own.to_dict("records"):
            column = columns.get(row["dataset"], "")
            number = numbers.get(column)
            if number is None and row["dataset"] != test:
                continue
            found = judged(row, number, confidence)
            other = otherwise_activated(tables, weights, column) if number else ("", float("nan"))
            found["cause"] = cause(found, model["deviates"] or "", other)
            beside = {"published": number, "published_as": name if number is not None else ""}
            rows.append(dict(row) | found | beside)
            _warn(rows[-1])
    write_csv(output, pd.DataFrame(rows).reindex(columns=list(COLUMNS)))


def _warn(row: Mapping[Any, Any]) -> None:
    """Say in the run what is not as it should be."""
    if row["cause"]:
        number = row["chance"] if row["published"] is None else row["published"]
        log.warning(
            "%s on %s: accuracy %.4f (%.4f to %.4f) is %s, %.4f; likely cause: %s",
            *(row[key] for key in ("model", "dataset", "accuracy", "low", "high", "verdict")),
            number,
            row["cause"],
        )


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        inputs = named_inputs(snakemake)
        main(inputs.pop("accuracy"), inputs, snakemake.output.table, **snakemake.params.settings)

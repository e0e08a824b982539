"""Tables of all Wise-FT paths: every measure with its interval, and what tracks what (Appendix I).

Nothing is encoded here, so that another threshold of the concepts is cheap.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.baselines import Baselines, Robustness, read_baselines
from workflow_scripts.analysis.correlation import rank_correlation
from workflow_scripts.analysis.estimates import (
    SHIFTS,
    Bootstrap,
    Estimate,
    average,
    mean_over_images,
    without_resamples,
)
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError

ROBUSTNESS = ("effective_robustness", SHIFTS)
CONCEPTS = "concepts"
INDICATORS = ("kurtosis", "importance_ratio", CONCEPTS)
COLUMNS = ["model", "zero_shot", "alpha", "quantity", "dataset", "value", "low", "high"]
TRACKS = ["model", "zero_shot", "quantity", "dataset", "points", "spearman", "low", "high"]
log = logging.getLogger(__name__)


class Walked(NamedTuple):
    """A path of A points, as measures/wise_ft/wise_ft.py stores it."""

    alphas: np.ndarray  # float64 [A]
    images: dict[str, dict[str, np.ndarray]]  # "correct", "kurtosis" to float64 [N, A] by data set
    importance_ratio: np.ndarray  # float64 [A]
    average_precision: np.ndarray  # float32 [A, D, C], for each draw of the concept sets


def read_path(
    path: Path | str, model: str, datasets: Sequence[str], concepts: Path | str | None = None
) -> Walked:
    """Read the path to one finetuned model.

    Parameters
    ----------
    concepts: file of the same path with the average precision, if it is not in the first.

    Raises
    ------
    InputError: the file is damaged, of another model, or lacks a data set.
    """
    keys = [f"{name}/{dataset}" for name in ("correct", "kurtosis") for dataset in datasets]
    with opened(path, "alphas", "importance_ratio", "average_precision", *keys) as file:
        if file.attrs["model"] != model:
            raise InputError(
                f"{path}: found model {file.attrs['model']!r}, expected {model!r}; delete it and "
                "run again."
            )
        images = {
            name: {dataset: file[f"{name}/{dataset}"][:].astype(float) for dataset in datasets}
            for name in ("correct", "kurtosis")
        }
        precision = file["average_precision"][:]
        alphas, ratio = file["alphas"][:], file["importance_ratio"][:]
    if concepts:
        precision = read_path(concepts, model, []).average_precision
    return Walked(alphas, images, ratio, precision)


def estimates(
    walked: Walked, baselines: Baselines | None, choice: Robustness, threshold: float | None
) -> dict[tuple[str, str], Estimate]:
    """All quantities of a path that the study defines.

    Parameters
    ----------
    baselines: None if the study has no line, and so no effective robustness.
    threshold: average precision from which a concept counts as encoded (equation 4); None if
        concepts are not counted.

    Returns
    -------
    (quantity, data set or "shifts") to an estimate of A values.
    """
    test, shifts = choice.test, choice.shifts
    every: dict[tuple[str, str], Estimate] = {}
    for quantity, stored in (("accuracy", "correct"), ("kurtosis", "kurtosis")):
        for dataset, values in walked.images[stored].items():
            every[quantity, dataset] = mean_over_images(values, dataset, choice.bootstrap)
        if shifts:
            every[quantity, SHIFTS] = average([every[quantity, each] for each in shifts])
    if baselines:
        every[ROBUSTNESS] = baselines.robustness(every["accuracy", test], every["accuracy", SHIFTS])
    ends = np.isin(walked.alphas, (0, 1))
    if shifts and ends.sum() == 2:
        every["shift_gain", SHIFTS] = gain(every["accuracy", SHIFTS], ends)
    every["importance_ratio", test] = without_resamples(walked.importance_ratio)
    if threshold is not None:
        every[CONCEPTS, test] = over_draws(walked.average_precision, threshold)
    return every


def over_draws(average_precision: np.ndarray, threshold: float) -> Estimate:
    """Concepts that each point encodes, as measures/concepts/concept_counts.py counts them.

    The median over the draws of the concept sets, which stand in place of resamples.

    Parameters
    ----------
    average_precision: float32 [A, D, C].
    """
    counts = (average_precision >= threshold).sum(axis=2).T.astype(float)
    return Estimate(np.median(counts, axis=0), counts)


def gain(accuracy: Estimate, ends: np.ndarray) -> Estimate:
    """How much more accurate each point is than the better end of its path.

    Paired: both are of the same resample. Which end is the better one is taken from the data.

    Parameters
    ----------
    ends: bool [A], where the two ends are.
    """
    best = np.argmax(np.where(ends, accuracy.value, -np.inf))
    return Estimate(
        accuracy.value - accuracy.value[best],
        accuracy.resampled - accuracy.resampled[:, best, None],
    )


def tracking(indicator: Estimate, robustness: Estimate, bootstrap: Bootstrap) -> dict[str, float]:
    """Spearman rank correlation of an indicator with effective robustness along the path.

    The interval is over resamples of the images; an indicator without resamples stays as it is.
    Undefined where either does not change.
    """
    resampled = np.broadcast_to(indicator.value, robustness.resampled.shape)
    if len(indicator.resampled) == len(robustness.resampled):
        resampled = indicator.resampled
    low, high = bootstrap.interval(rank_correlation(resampled, robustness.resampled))
    value = rank_correlation(indicator.value[None], robustness.value[None])[0]
    return {"spearman": value, "low": float(low), "high": float(high)}


def tables_of(
    names: dict[str, str],
    alphas: np.ndarray,
    every: dict[tuple[str, str], Estimate],
    bootstrap: Bootstrap,
) -> tuple[list[pd.DataFrame], list[dict[str, Any]]]:
    """Rows of both tables for one path; see `main`.

    Parameters
    ----------
    names: `model` and `zero_shot`.
    every: see `estimates`.
    """
    rows, tracks = [], []
    for (quantity, dataset), estimate in every.items():
        if quantity == CONCEPTS:  # so few draws have a range, no interval
            low, high = estimate.resampled.min(axis=0), estimate.resampled.max(axis=0)
            estimate = without_resamples(estimate.value)
        else:
            low, high = bootstrap.interval(estimate.resampled)
        place = {"quantity": quantity, "dataset": dataset}
        columns = {"value": estimate.value, "low": low, "high": high}
        rows.append(pd.DataFrame({**names, "alpha": alphas, **place, **columns}))
        if quantity in INDICATORS and ROBUSTNESS in every:
            correlation = tracking(estimate, every[ROBUSTNESS], bootstrap)
            tracks.append({**names, **place, "points": len(alphas), **correlation})
    return rows, tracks


def main(
    paths: Sequence[Path | str],
    concepts: Sequence[Path | str],
    table: Path | str,
    tracks: Path | str | None,
    *,
    pairs: Sequence[Sequence[str]],
    threshold: float | None,
    robustness: Robustness,
) -> None:
    """Make the tables of all paths.

    Parameters
    ----------
    paths: HDF5 of the rule wise_ft for each pair, in the order of `pairs`; there may be none.
    concepts: those with the average precision, where they are not the same; else none.
    table: CSV to write: model (the finetuned one), zero_shot, alpha, quantity, dataset, value, low,
        high. Quantities: accuracy, kurtosis, effective_robustness, importance_ratio, concepts, and
        shift_gain, the accuracy on the shifts above that of the path's better end. Of concepts,
        low and high are the range over the draws of their sets. The data set "shifts" stands for
        the average over them. Rows of what the study does not define are absent.
    tracks: CSV to write, or None: the correlation of each indicator with effective robustness:
        model, zero_shot, quantity, dataset, points, spearman, low, high.
    pairs: ids of each zero-shot model and of the one finetuned from it.
    threshold: average precision from which a concept counts as encoded, or None.

    Raises
    ------
    InputError: files are damaged or do not belong together.
    """
    baselines = read_baselines(robustness)
    rows, tracked = [], []
    datasets = [robustness.test, *robustness.shifts]
    probed: Sequence[Path | str | None] = concepts or [None] * len(pairs)
    for path, own_concepts, (zero_shot, model) in zip(paths, probed, pairs, strict=True):
        walked = read_path(path, model, datasets, own_concepts)
        every = estimates(walked, baselines, robustness, threshold)
        names = {"model": model, "zero_shot": zero_shot}
        own, correlations = tables_of(names, walked.alphas, every, robustness.bootstrap)
        rows += own
        tracked += correlations
        log.info("%s: %d quantities at %d points", model, len(every), len(walked.alphas))
    write_csv(Path(table), pd.concat(rows) if rows else pd.DataFrame(columns=COLUMNS))
    if tracks:
        write_csv(Path(tracks), pd.DataFrame(tracked, columns=TRACKS))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            snakemake.input.paths,
            snakemake.input.get("concepts", []),
            snakemake.output.table,
            snakemake.output.get("tracks"),
            pairs=settings["pairs"],
            threshold=settings["threshold"],
            robustness=Robustness.of(settings, snakemake.input.baselines),
        )

"""Importance of each direction of a model's head, and the importance ratio (equations 2, 3)."""

import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.estimates import Bootstrap, resamples_table
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.bootstrap import resampled_sums
from workflow_scripts.method.directions import singular_directions
from workflow_scripts.method.importance import absolute_cosines, importance_ratio

log = logging.getLogger(__name__)


class EncoderImportance(NamedTuple):
    """Mean |cos(v_i, h)| over the images: of the data set, and of each resample."""

    mean: np.ndarray  # float64 [rank]
    resampled: np.ndarray  # float64 [resamples, rank]
    undefined: int  # images whose activation is zero


def encoder_importance(
    file: ActivationFile, v: np.ndarray, counts: np.ndarray
) -> EncoderImportance:
    """Average |cos(v_i, h)| over the images and over each resample, reading h in batches.

    An activation of norm zero has no cosine and is left out.

    Parameters
    ----------
    v: right singular vectors, float64 [rank, d_H].
    counts: how often each image is in each resample, uint16 [resamples, N].

    Raises
    ------
    InputError: every activation is zero.
    """
    rank = len(v)
    total, sums = np.zeros(rank), np.zeros((len(counts), rank))
    images, drawn = 0, np.zeros((len(counts), 1))
    for start, h in file.batches(values_per_image=2 * (2 * file.width + 2 * rank)):
        cosines, defined = absolute_cosines(v, h)
        part = counts[:, start : start + len(h)]
        total += cosines.sum(axis=0)
        sums += resampled_sums(part, cosines)
        images += int(defined.sum())
        drawn += resampled_sums(part, defined[:, None])
    if images == 0:
        raise InputError(
            f"{file.path}: found only zero activations, expected at least one that is not; the "
            "encoder is dead. Train the model again with another setting."
        )
    with np.errstate(invalid="ignore"):
        return EncoderImportance(total / images, sums / drawn, file.images - images)


def main(
    files: ModelFiles,
    activations: Path | str,
    directions: Path | str,
    ratio: Path | str,
    resamples: Path | str,
    *,
    bootstrap: Bootstrap,
) -> None:
    """Measure one model on the ImageNet test set.

    Parameters
    ----------
    files: the model.
    activations: its activation file of the data set of role `test`.
    directions: CSV to write, a row a direction i = 1 ... rank(W), by descending singular
        value: model, direction, singular_value, head_importance, encoder_importance,
        importance, low, high.
    ratio: CSV to write, one row: model, dataset, images, rank, importance_ratio, low, high.
    resamples: CSV to write, a row a resample: model, resample, importance_ratio.

    Raises
    ------
    InputError: head and activations do not fit, or all activations or all weights are zero.
    """
    classifier = files.load_head()
    with open_activations(activations, files.model, classifier.width) as file:
        try:
            sigma, v = singular_directions(classifier.weight)
        except InputError as error:
            raise InputError(f"{files.head}: {error}") from error
        encoder = encoder_importance(file, v, bootstrap.counts(file.images, file.dataset))
        dataset, images = file.dataset, file.images
    if encoder.undefined:
        log.warning(
            "%s: %d of %d activations are zero: no cosine, left out",
            activations,
            encoder.undefined,
            images,
        )
    head_importance = sigma / sigma.sum()
    importance = head_importance * encoder.mean
    resampled = head_importance * encoder.resampled
    low, high = bootstrap.interval(resampled)
    table = {
        "model": files.model,
        "direction": np.arange(1, len(sigma) + 1),
        "singular_value": sigma,
        "head_importance": head_importance,
        "encoder_importance": encoder.mean,
        "importance": importance,
        "low": low,
        "high": high,
    }
    ratios = importance_ratio(resampled)
    ratio_low, ratio_high = bootstrap.interval(ratios)
    row = {
        "model": files.model,
        "dataset": dataset,
        "images": images,
        "rank": len(sigma),
        "importance_ratio": importance_ratio(importance),
        "low": ratio_low,
        "high": ratio_high,
    }
    log.info("rank %d, importance ratio %.3f", len(sigma), row["importance_ratio"])
    write_csv(Path(directions), pd.DataFrame(table))
    write_csv(Path(ratio), pd.DataFrame([row]))
    labels = {"model": files.model}
    write_csv(Path(resamples), resamples_table(labels, importance_ratio=ratios))

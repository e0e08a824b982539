"""Importance of each direction of a model's head, and the importance ratio (equations 2, 3)."""

import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.heads import load_head
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.bootstrap import (
    percentile_interval,
    resampled_sums,
    resampling_counts,
)
from workflow_scripts.method.importance import absolute_cosines, importance_ratio
from workflow_scripts.method.singular_directions import singular_directions

log = logging.getLogger(__name__)


class EncoderImportance(NamedTuple):
    """Mean |cos(v_i, h)| over the images: of the data set, and of each resample."""

    mean: np.ndarray  # float64 [rank]
    draws: np.ndarray  # float64 [draws, rank]
    undefined: int  # images whose activation is zero


def encoder_importance(
    file: ActivationFile, v: np.ndarray, counts: np.ndarray
) -> EncoderImportance:
    """Average |cos(v_i, h)| over the images and over each resample, reading h in batches.

    An activation of norm zero has no cosine and is left out.

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


def main(activations, head, card, directions, ratio, *, model, bootstrap):
    """Measure one model on the ImageNet test set.

    Parameters
    ----------
    activations: activation file (or its digest) of the data set of role `test`.
    head: the bundle's head.safetensors.
    card: the bundle's card.json.
    directions: CSV to write, a row a direction i = 1 ... rank(W), by descending singular
        value: model, direction, singular_value, head_importance, encoder_importance,
        importance, low, high.
    ratio: CSV to write, one row: model, dataset, images, rank, importance_ratio, low, high.
    model: id of the model.
    bootstrap: draws, confidence, seed.

    Raises
    ------
    InputError: head and activations do not fit, or all activations or all weights are zero.
    """
    classifier = load_head(head, card)
    with open_activations(activations, model, classifier.width) as file:
        try:
            sigma, v = singular_directions(classifier.weight)
        except InputError as error:
            raise InputError(f"{head}: {error}") from error
        counts = resampling_counts(file.images, file.dataset, bootstrap["draws"], bootstrap["seed"])
        encoder = encoder_importance(file, v, counts)
        dataset, images = file.dataset, file.images
        if encoder.undefined:
            log.warning(
                "%s: %d of %d activations are zero: no cosine, left out",
                *(file.path, encoder.undefined, images),
            )
    head_importance = sigma / sigma.sum()
    importance = head_importance * encoder.mean
    draws = head_importance * encoder.draws
    low, high = percentile_interval(draws, bootstrap["confidence"])
    table = {
        "model": model,
        "direction": np.arange(1, len(sigma) + 1),
        "singular_value": sigma,
        "head_importance": head_importance,
        "encoder_importance": encoder.mean,
        "importance": importance,
        "low": low,
        "high": high,
    }
    ratio_low, ratio_high = percentile_interval(importance_ratio(draws), bootstrap["confidence"])
    ratio_row = {
        "model": model,
        "dataset": dataset,
        "images": images,
        "rank": len(sigma),
        "importance_ratio": importance_ratio(importance),
        "low": ratio_low,
        "high": ratio_high,
    }
    log.info("rank %d, importance ratio %.3f", len(sigma), ratio_row["importance_ratio"])
    write_csv(Path(directions), pd.DataFrame(table))
    write_csv(Path(ratio), pd.DataFrame([ratio_row]))

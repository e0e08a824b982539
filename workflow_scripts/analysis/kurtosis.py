"""Activation kurtosis of one model on all its data sets (equation 1)."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.estimates import Bootstrap, resamples_table
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.method.bootstrap import resampled_means
from workflow_scripts.method.kurtosis import activation_kurtosis

log = logging.getLogger(__name__)


def kurtosis_of_images(file: ActivationFile) -> np.ndarray:
    """Kurtosis of each image of a data set, float64 [N]; NaN where the activation is constant."""
    values = np.empty(file.images)
    for start, h in file.batches(values_per_image=4 * file.width):
        values[start : start + len(h)] = activation_kurtosis(h)
    return values


def main(
    activations: Sequence[Path | str],
    table: Path | str,
    resamples: Path | str,
    *,
    model: str,
    bootstrap: Bootstrap,
) -> None:
    """Measure one model.

    Parameters
    ----------
    activations: activation files of all data sets, in the study's order.
    table: CSV to write, a row a data set: model, dataset, images, undefined, kurtosis, low,
        high. `undefined` counts constant activation vectors, which are left out of the mean;
        the mean is empty only if all are.
    resamples: CSV to write, a row a data set and resample: model, dataset, resample, kurtosis.
    model: id of the model.

    Raises
    ------
    InputError: a damaged file or an activation that is not finite.
    """
    rows, parts = [], []
    for path in activations:
        with open_activations(path, model) as file:
            values = kurtosis_of_images(file)
            counts = bootstrap.counts(len(values), file.dataset)
            resampled = resampled_means(counts, values, ~np.isnan(values))
            labels = {"model": model, "dataset": file.dataset}
            parts.append(resamples_table(labels, kurtosis=resampled))
            rows.append(labels | _row(values, *bootstrap.interval(resampled)))
            undefined = rows[-1]["undefined"]
            if undefined:
                log.warning(
                    "%s: %d of %d activation vectors are constant: kurtosis undefined, left out",
                    file.path,
                    undefined,
                    file.images,
                )
            log.info("%s: %.4f", file.dataset, rows[-1]["kurtosis"])
    write_csv(Path(table), pd.DataFrame(rows))
    write_csv(Path(resamples), pd.concat(parts))


def _row(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
    """Build a row of the table, but for its labels."""
    defined = ~np.isnan(values)
    return {
        "images": len(values),
        "undefined": int((~defined).sum()),
        "kurtosis": values[defined].mean() if defined.any() else np.nan,
        "low": low,
        "high": high,
    }

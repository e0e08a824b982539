"""Which components make a model's kurtosis, how it spreads over images, and h over directions.

Beyond the paper, which names no components: kurtosis belongs to the basis (method/kurtosis.py).
"""

import logging
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.basis.components import component_table, moments_of
from workflow_scripts.analysis.kurtosis import kurtosis_of_images
from workflow_scripts.files.activations import open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.method.kurtosis import Moments, components, spectrum

BINS_TO_DOUBLE = 8  # bins of the histogram between a kurtosis and twice that
QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
log = logging.getLogger(__name__)


class Tables(NamedTuple):
    """The tables of a model, each with the columns model and dataset first."""

    components: pd.DataFrame
    representation: pd.DataFrame
    kurtosis_histogram: pd.DataFrame
    kurtosis_quantiles: pd.DataFrame


def representation_table(sums: Moments) -> pd.DataFrame:
    """One row of the model as a whole.

    Columns: images, width, outliers (components that are outliers in most images), negative (share
    of all values below zero; none where features are averages of a rectifier's output), and those
    of `Spectrum`.
    """
    found = components(sums)
    row = {
        "images": sums.images,
        "width": len(sums.first),
        "outliers": int((found.outlying > 0.5).sum()),
        "negative": found.negative.mean(),
        **spectrum(sums)._asdict(),
    }
    return pd.DataFrame([row])


def histogram(kurtosis: np.ndarray) -> pd.DataFrame:
    """Number of images by kurtosis, in bins that are equally wide on a logarithmic axis.

    Parameters
    ----------
    kurtosis: of each image, float64 [N]; NaN is left out.

    Returns
    -------
    Columns low, high, images: the bins from the first to the last with an image. If there is none,
    one row without edges.
    """
    if np.isnan(kurtosis).all():
        return pd.DataFrame({"low": [np.nan], "high": [np.nan], "images": [0]})
    # Kurtosis is at least 1, but for rounding; the edges are the same for all models.
    numbers = np.floor(BINS_TO_DOUBLE * np.log2(np.maximum(kurtosis[~np.isnan(kurtosis)], 1)))
    places, counts = np.unique(numbers, return_counts=True)
    every = np.arange(places[0], places[-1] + 1)
    images = pd.Series(counts, index=places).reindex(every, fill_value=0)
    low, high = (2 ** ((every + end) / BINS_TO_DOUBLE) for end in (0, 1))
    return pd.DataFrame({"low": low, "high": high, "images": images.to_numpy()})


def quantiles(kurtosis: np.ndarray) -> pd.DataFrame:
    """Quantiles of kurtosis over the images, columns quantile and kurtosis; NaN is left out."""
    defined = kurtosis[~np.isnan(kurtosis)]
    values = np.quantile(defined, QUANTILES) if len(defined) else np.full(len(QUANTILES), np.nan)
    return pd.DataFrame({"quantile": QUANTILES, "kurtosis": values})


def measure(activations: Path | str, model: str) -> Tables:
    """Measure one model on one data set, reading its activations in batches.

    Raises
    ------
    InputError: a damaged file or an activation that is not finite.
    """
    with open_activations(activations, model) as file:
        kurtosis = kurtosis_of_images(file)
        sums = moments_of(file)
        labels = {"model": model, "dataset": file.dataset}
    tables = (
        component_table(sums),
        representation_table(sums),
        histogram(kurtosis),
        quantiles(kurtosis),
    )
    return Tables(*(table.assign(**labels)[[*labels, *table.columns]] for table in tables))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        tables = measure(snakemake.input.activations, snakemake.params.settings["model"])
        for name, table in tables._asdict().items():
            write_csv(snakemake.output[name], table)
        log.info("leading components: %s", tables.components["component"][:3].tolist())

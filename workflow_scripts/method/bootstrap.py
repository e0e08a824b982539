"""Bootstrap over images: paired resamples and percentile intervals.

Every statistic of the workflow is a mean over images, or a function of such means. A resample is
therefore written as counts: how often each image was drawn. Resampled means are then one matrix
product, and because the counts depend only on the seed, the data set's name and its number of
images, every model sees the same resamples (paired), whatever the order or place of the jobs.
"""

import hashlib
import warnings

import numpy as np

from .errors import InputError

BLOCK_BYTES = 32 * 2**20  # float64 counts held at a time in a matrix product


def resampling_counts(images: int, dataset: str, resamples: int, seed: int) -> np.ndarray:
    """Draw `images` images with replacement, `resamples` times, and count each image.

    The generator is seeded by (seed, data set name): equal arguments give equal counts.

    Returns
    -------
    uint16 [resamples, images]; each row sums to `images` (2 bytes a count: 100 MB for 1,000
    resamples of 50,000 images).

    Raises
    ------
    InputError: no images, or fewer than one resample.
    """
    if images < 1 or resamples < 1:
        raise InputError(
            f"{dataset}: the bootstrap needs at least one image and one resample, found {images} "
            f"image(s) and {resamples} resample(s); see the key bootstrap in config.yaml."
        )
    name = int.from_bytes(hashlib.sha256(dataset.encode()).digest()[:8], "little")
    generator = np.random.default_rng([seed, name])
    counts = np.empty((resamples, images), dtype=np.uint16)
    for row in counts:
        row[:] = np.bincount(generator.integers(0, images, images), minlength=images)
    return counts


def resampled_sums(counts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum the values of each resample, in float64 and in blocks of images.

    Parameters
    ----------
    counts: [resamples, N], or some of its columns.
    values: finite [N] or [N, M].

    Returns
    -------
    float64 [resamples] or [resamples, M].
    """
    resamples, images = counts.shape
    block = max(1, BLOCK_BYTES // (8 * resamples))
    sums = np.zeros((resamples, *values.shape[1:]))
    for start in range(0, images, block):
        part = slice(start, start + block)
        sums += counts[:, part].astype(np.float64) @ values[part].astype(np.float64)
    return sums


def resampled_means(
    counts: np.ndarray, values: np.ndarray, defined: np.ndarray | None = None
) -> np.ndarray:
    """Average the values of each resample over the images on which they are defined.

    Parameters
    ----------
    counts: [resamples, N] of `resampling_counts`.
    values: [N] or [N, M].
    defined: bool [N], the images that have a value; all of them by default.

    Returns
    -------
    float64 [resamples] or [resamples, M]; NaN in a draw that contains no defined image.
    """
    if defined is not None and not defined.all():
        counts, values = counts[:, defined], values[defined]
    totals = counts.sum(axis=1, dtype=np.int64).reshape(-1, *[1] * (values.ndim - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return resampled_sums(counts, values) / totals


def percentile_interval(resamples: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval over axis 0, leaving out undefined (NaN) resamples.

    Parameters
    ----------
    resamples: [resamples] or [resamples, M].
    confidence: mass inside the interval, in (0, 1); 0.95 cuts 2.5 % off either end.

    Returns
    -------
    low and high, each of shape resamples.shape[1:]; NaN where every draw is undefined.

    Raises
    ------
    InputError: the confidence lies outside (0, 1).
    """
    if not 0 < confidence < 1:
        raise InputError(
            f"config.yaml, bootstrap.confidence: found {confidence}, expected a number between "
            "0 and 1, such as 0.95."
        )
    tail = (1 - confidence) / 2
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        low, high = np.nanquantile(resamples, [tail, 1 - tail], axis=0)
    return low, high

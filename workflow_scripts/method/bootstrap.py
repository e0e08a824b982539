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


def resampling_counts(images: int, dataset: str, draws: int, seed: int) -> np.ndarray:
    """Draw `images` images with replacement, `draws` times, and count each image.

    The generator is seeded by (seed, data set name): equal arguments give equal counts.

    Returns
    -------
    uint16 [draws, images]; each row sums to `images` (2 bytes a count: 100 MB for 1,000 draws
    of 50,000 images).

    Raises
    ------
    InputError: no images, or fewer than one draw.
    """
    if images < 1 or draws < 1:
        raise InputError(
            f"{dataset}: the bootstrap needs at least one image and one draw, found {images} "
            f"image(s) and {draws} draw(s); see the key bootstrap in config.yaml."
        )
    name = int.from_bytes(hashlib.sha256(dataset.encode()).digest()[:8], "little")
    generator = np.random.default_rng([seed, name])
    counts = np.empty((draws, images), dtype=np.uint16)
    for row in counts:
        row[:] = np.bincount(generator.integers(0, images, images), minlength=images)
    return counts


def resampled_sums(counts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum the values of each resample, in float64 and in blocks of images.

    Parameters
    ----------
    counts: [draws, N], or some of its columns.
    values: finite [N] or [N, M].

    Returns
    -------
    float64 [draws] or [draws, M].
    """
    draws, images = counts.shape
    block = max(1, BLOCK_BYTES // (8 * draws))
    sums = np.zeros((draws, *values.shape[1:]))
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
    counts: [draws, N] of `resampling_counts`.
    values: [N] or [N, M].
    defined: bool [N], the images that have a value; all of them by default.

    Returns
    -------
    float64 [draws] or [draws, M]; NaN in a draw that contains no defined image.
    """
    if defined is not None and not defined.all():
        counts, values = counts[:, defined], values[defined]
    totals = counts.sum(axis=1, dtype=np.int64).reshape(-1, *[1] * (values.ndim - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return resampled_sums(counts, values) / totals


def percentile_interval(draws: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval over axis 0, leaving out undefined (NaN) draws.

    Parameters
    ----------
    draws: [draws] or [draws, M].
    confidence: mass inside the interval, in (0, 1); 0.95 cuts 2.5 % off either end.

    Returns
    -------
    low and high, each of shape draws.shape[1:]; NaN where every draw is undefined.

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
        low, high = np.nanquantile(draws, [tail, 1 - tail], axis=0)
    return low, high

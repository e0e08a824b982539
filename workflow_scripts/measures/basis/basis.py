"""Kurtosis of a model in other bases, and what of its activations no basis changes.

An orthogonal change of basis (h to R h, W to W R^T) leaves every logit as it is. Beyond the paper.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.basis.components import component_table, moments_of
from workflow_scripts.analysis.basis.rotations import random_rotation, rotated
from workflow_scripts.analysis.estimates import Bootstrap, Estimate, mean_over_images
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.method.directions import orient
from workflow_scripts.method.kurtosis import Moments, activation_kurtosis, spectrum

BASES = 20  # random ones, the same for all models of one width
ANGLES = np.arange(0, 181, 10)  # degrees
KURTOSES = ("kurtosis", "kurtosis_random", "kurtosis_eigenbasis", "kurtosis_centred",
            "kurtosis_centred_random")  # fmt: skip
log = logging.getLogger(__name__)


def kurtosis_in_bases(
    h: np.ndarray, mean: np.ndarray, eigenbasis: np.ndarray, bases: list[np.ndarray]
) -> np.ndarray:
    """Kurtosis of each activation [N, d_H] as it is and in other bases.

    Parameters
    ----------
    mean: of h, [d_H].
    eigenbasis: orthogonal [d_H, d_H], a vector a row.
    bases: random ones, likewise.

    Returns
    -------
    float64 [N, 3 + 2 len(bases)]: as it is, in the eigenbasis, centred; in each random basis;
    centred, in each random basis.
    """
    centred = (h - mean).astype(np.float32)
    fixed = [activation_kurtosis(each) for each in (h, rotated(h, eigenbasis), centred)]
    turned = [activation_kurtosis(rotated(each, basis)) for each in (h, centred) for basis in bases]
    return np.stack([*fixed, *turned], axis=1)


def spectrum_of_images(
    h: np.ndarray, mean: np.ndarray, second: np.ndarray, leading: np.ndarray
) -> np.ndarray:
    """What the images contribute to the spectrum: float64 [N, 4].

    |h|^2, h^T E[h], the square of h along the leading direction, h^T E[h h^T] h.
    """
    wide = h.astype(np.float64)
    parts = (
        (wide**2).sum(axis=1),
        wide @ mean,
        (wide @ leading) ** 2,
        ((wide @ second) * wide).sum(1),
    )
    return np.stack(parts, axis=1)


def spectrum_estimates(values: Estimate, sums: Moments) -> dict[str, Estimate]:
    """The quantities of `Spectrum` with their resamples, from the means of `spectrum_of_images`."""
    energy, along, leading, _ = values.value
    whole, mean, first, second = values.resampled.T
    # ASSUME: quadratic terms to first order. Plain resamples would add the noise of the sample to
    # that of the resample and be too large throughout.
    shares = {
        "mean_share": (2 * mean - along) / whole,
        "leading_share": first / whole,
        "participation_ratio": whole**2 / (2 * second - values.value[3]),
    }
    found = spectrum(sums)._asdict()
    return {name: Estimate(np.array([found[name]]), each[:, None]) for name, each in shares.items()}


def span_scores(h: np.ndarray, pair: tuple[int, int]) -> np.ndarray:
    """How far h lies from its components' mean along directions between two axes (Appendix F).

    Returns
    -------
    float64 [N, len(ANGLES)]: absolute value of the projection of the deviations of an image's
    components from their mean, in their standard deviations; 0.8 on average for a Gaussian.
    """
    deviation = h - h.mean(axis=1, keepdims=True, dtype=np.float64)
    deviation /= np.where((spread := deviation.std(axis=1, keepdims=True)) > 0, spread, 1)
    angles = np.radians(ANGLES)
    return np.abs(deviation[:, list(pair)] @ np.stack([np.cos(angles), np.sin(angles)]))


def table_of(file: ActivationFile, sums: Moments, bootstrap: Bootstrap) -> pd.DataFrame:
    """A row for each quantity: quantity, value, low, high, lowest, highest.

    The last two are the extremes among the random bases, of whose mean the row is.
    """
    mean, second = sums.first / sums.images, sums.second / sums.images
    # Eigenvectors have no sign, but kurtosis is about the mean of the components.
    eigenbasis = orient(np.linalg.eigh(second)[1].T, mean)
    bases = [random_rotation(file.width, seed) for seed in range(BASES)]
    kurtosis, spread = [], []
    for _, h in file.batches(values_per_image=12 * file.width):
        kurtosis.append(kurtosis_in_bases(h, mean, eigenbasis, bases))
        spread.append(spectrum_of_images(h, mean, second, eigenbasis[-1]))
    found = mean_over_images(np.concatenate(kurtosis), file.dataset, bootstrap)
    plain, centred = slice(3, 3 + BASES), slice(3 + BASES, None)
    columns: dict[str, Any] = dict(zip(KURTOSES, (0, plain, 1, 2, centred), strict=True))
    rows = []
    for name, column in columns.items():
        own, resampled = np.atleast_1d(found.value[column]), found.resampled[:, column]
        ends = bootstrap.interval(resampled.reshape(len(resampled), -1).mean(axis=1))
        extremes = (own.min(), own.max()) if len(own) > 1 else (np.nan, np.nan)
        rows.append((name, own.mean(), *ends, *extremes))
    values = mean_over_images(np.concatenate(spread), file.dataset, bootstrap)
    for name, estimate in spectrum_estimates(values, sums).items():
        ends = bootstrap.interval(estimate.resampled[:, 0])
        rows.append((name, estimate.value[0], *ends, np.nan, np.nan))
    return pd.DataFrame(rows, columns=["quantity", "value", "low", "high", "lowest", "highest"])


def span_table(file: ActivationFile, sums: Moments, bootstrap: Bootstrap) -> pd.DataFrame:
    """Scores from the leading component to the second, and to the one of median contribution.

    Columns: toward ("second" or "median"), first, other (components), angle, value, low, high.
    """
    order = component_table(sums)["component"].to_numpy()
    first, second, median = order[0], order[min(1, len(order) - 1)], order[len(order) // 2]
    parts = []
    for toward, other in (("second", second), ("median", median)):
        pair = int(first), int(other)
        batches = file.batches(values_per_image=4 * file.width)
        scores = np.concatenate([span_scores(h, pair) for _, h in batches])
        value, resampled = mean_over_images(scores, file.dataset, bootstrap)
        low, high = bootstrap.interval(resampled)
        ends = {"toward": toward, "first": first, "other": other, "angle": ANGLES}
        parts.append(pd.DataFrame({**ends, "value": value, "low": low, "high": high}))
    return pd.concat(parts)


def main(
    activations: Path | str,
    basis: Path | str,
    span: Path | str,
    *,
    model: str,
    bootstrap: Bootstrap,
) -> None:
    """Measure one model.

    Parameters
    ----------
    activations: its activation file of the test set.
    basis: CSV to write: model, dataset, and the columns of `table_of`. Quantities: `KURTOSES`, and
        those of `Spectrum`.
    span: CSV to write: model, dataset, and the columns of `span_table`.
    model: id of the model.

    Raises
    ------
    InputError: a damaged file or an activation that is not finite.
    """
    with open_activations(activations, model) as file:
        sums = moments_of(file)
        tables = table_of(file, sums, bootstrap), span_table(file, sums, bootstrap)
        labels = {"model": model, "dataset": file.dataset}
    for path, table in zip((basis, span), tables, strict=True):
        write_csv(path, table.assign(**labels)[[*labels, *table.columns]])
    log.info("%s", tables[0].set_index("quantity")["value"].round(3).to_dict())


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            snakemake.input.activations,
            snakemake.output.basis,
            snakemake.output.span,
            model=settings["model"],
            bootstrap=Bootstrap(**settings["bootstrap"]),
        )

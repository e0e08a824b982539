"""How many concepts each model encodes: equation 4, its chance level, its other choices.

Beside the paper's count stand three answers to what the paper leaves open: how many concepts chance
alone gives, what the other sign of the directions gives, and how far the draw of the sets matters.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.analysis.estimates import resamples_table
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.concepts import AveragePrecision, read_average_precision
from workflow_scripts.method.concepts import polysemanticity
from workflow_scripts.reporting.families import Model, of_the_paper

SIGNS = ("convention", "opposite", "either")
log = logging.getLogger(__name__)


def of_sign(best: np.ndarray, sign: str) -> np.ndarray:
    """Pick the average precisions of a sign, or the higher of both: [..., 2, C] to [..., C]."""
    return best.max(axis=-2) if sign == "either" else best[..., SIGNS.index(sign), :]


def chance_interval(counts: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """Mean of the counts under permutation, and the interval in which another one would lie.

    A Student interval for one further draw: what chance alone would have given in place of the
    count that it is compared with.

    Returns
    -------
    mean, low, high; NaN ends with fewer than two counts, all NaN without any.
    """
    if len(counts) == 0:
        return np.nan, np.nan, np.nan
    mean = counts.mean()
    if len(counts) == 1:
        return mean, np.nan, np.nan
    spread = counts.std(ddof=1) * np.sqrt(1 + 1 / len(counts))
    half = stats.t.ppf((1 + confidence) / 2, len(counts) - 1) * spread
    return mean, mean - half, mean + half


def count(
    probe: AveragePrecision, threshold: float, sign: str, confidence: float
) -> dict[str, Any]:
    """One row of the table of counts.

    - `concepts`: unique concepts whose average precision reaches the threshold in some direction
      (equation 4), the median over the draws of the concept sets.
    - `chance`: the mean of this count when the images' identity is permuted; `above_chance` is
      the difference, with the interval that follows from the spread of the permutations.
    - `beyond_null`: those of the concepts that no permutation brings as high as they are.
    - `draws_low`, `draws_mean`, `draws_high`: the count over the draws of the concept sets.
    """
    best = of_sign(probe.best(), sign)
    null = of_sign(probe.null, sign)
    reached = best >= threshold
    chance, low, high = chance_interval((null >= threshold).sum(axis=-1), confidence)
    draws = (of_sign(probe.draws, sign) >= threshold).sum(axis=-1)
    # ASSUME: the paper draws the sets once; any one draw may be the end of the range of all.
    concepts = float(np.median(draws))
    return {
        "model": probe.model,
        "threshold": threshold,
        "sign": sign,
        "probed": len(best),
        "directions": probe.matrices.shape[2],
        "concepts": concepts,
        "chance": chance,
        "chance_low": max(low, 0.0),
        "chance_high": high,
        "above_chance": concepts - chance,
        "above_chance_low": concepts - high,
        "above_chance_high": concepts - low,
        "beyond_null": int((reached & (best > null.max(axis=0, initial=0))).sum()),
        "draws": len(draws),
        "draws_low": draws.min(),
        "draws_mean": draws.mean(),
        "draws_high": draws.max(),
    }


def count_of_draws(probe: AveragePrecision, threshold: float) -> pd.DataFrame:
    """The count of each draw of the concept sets, by the convention of the signs; a row a draw."""
    counts = (of_sign(probe.draws, SIGNS[0]) >= threshold).sum(axis=-1)
    return resamples_table({"model": probe.model}, concepts=counts)


def polysemanticity_row(probe: AveragePrecision, threshold: float, sign: str) -> dict[str, Any]:
    """One row of the table of polysemanticity: concepts per direction, averaged."""
    matrix = of_sign(np.moveaxis(probe.matrices, 2, 0), sign)  # [R, C]
    pairs = int((matrix >= threshold).sum())
    return {
        "model": probe.model,
        "threshold": threshold,
        "sign": sign,
        "directions": len(matrix),
        "width": probe.width,
        "pairs": pairs,
        "polysemanticity": polysemanticity(matrix.T, threshold),
        "per_component": pairs / probe.width,  # the paper's division
    }


def per_direction(measured: AveragePrecision, threshold: float) -> pd.DataFrame:
    """Number of concepts that each direction encodes, by descending singular value, from 1."""
    counts = (measured.matrices >= threshold).sum(axis=1)
    return pd.DataFrame(
        {
            "model": measured.model,
            "direction": np.arange(1, counts.shape[1] + 1),
            "concepts": counts[0],
            "opposite": counts[1],
        }
    )


def best_directions(measured: AveragePrecision, threshold: float) -> pd.DataFrame:
    """Every concept with its best direction and whether it counts as encoded; a row a concept."""
    best, null = measured.best()[0], measured.null[:, 0].max(axis=0, initial=0)
    columns = ["model", *measured.concepts.columns]
    return measured.concepts.assign(
        model=measured.model,
        average_precision=best,
        direction=measured.matrices[0].argmax(axis=1) + 1,
        encoded=best >= threshold,
        beyond_null=(best >= threshold) & (best > null),
    )[[*columns, "average_precision", "direction", "encoded", "beyond_null"]]


def family_order(counts: pd.DataFrame, models: Sequence[Model], threshold: float) -> pd.DataFrame:
    """The order of the paper's model families by their mean count, at each threshold (footnote 3).

    Parameters
    ----------
    counts: rows of `count`, of the documented sign.
    models: rows of models.tsv with model, family, backbone.
    threshold: the one with whose order the others are compared.

    Returns
    -------
    A row for each quantity (concepts, above_chance), backbone and threshold: `order`, such as
    "robust_zero_shot 60.0 > finetuned 41.5", and `holds`, whether it is that of `threshold`.
    """
    labels = pd.DataFrame(of_the_paper(models), columns=["model", "family", "backbone"])
    joined = counts.merge(labels, on="model")
    rows = []
    for quantity in ("concepts", "above_chance"):
        for backbone, part in joined.groupby("backbone", sort=False):
            means = part.groupby(["threshold", "family"], sort=False)[quantity].mean().unstack()
            ranked = {
                t: row.sort_values(ascending=False, kind="stable") for t, row in means.iterrows()
            }
            reference = list(ranked[threshold].index)
            for each, values in ranked.items():
                order = " > ".join(f"{family} {value:.1f}" for family, value in values.items())
                holds = list(values.index) == reference
                rows.append((quantity, backbone, each, order, holds))
    return pd.DataFrame(rows, columns=["quantity", "backbone", "threshold", "order", "holds"])


def main(
    average_precision: Sequence[Path | str],
    outputs: Mapping[str, Path | str],
    *,
    models: Sequence[Model],
    threshold: float,
    thresholds: Sequence[float],
    confidence: float,
) -> None:
    """Count the concepts of the whole pool.

    Parameters
    ----------
    average_precision: HDF5 of each model, in the order of `models`.
    outputs: CSV to write, by name: counts, draws, polysemanticity, directions, encoded, order; see
        the functions above.
    models: rows of models.tsv with model, family, backbone.
    threshold: average precision from which a concept counts as encoded.
    thresholds: others to compare.
    confidence: of the intervals.

    Raises
    ------
    InputError: a file is damaged or of another model.
    """
    every = sorted({threshold, *thresholds})
    choices = [(each, sign) for each in every for sign in SIGNS]
    count_rows, polysemanticity_rows, draws, directions, encoded = [], [], [], [], []
    for path, model in zip(average_precision, models, strict=True):
        measured = read_average_precision(path, model["model"])
        count_rows += [count(measured, *choice, confidence) for choice in choices]
        polysemanticity_rows += [polysemanticity_row(measured, *choice) for choice in choices]
        draws.append(count_of_draws(measured, threshold))
        directions.append(per_direction(measured, threshold))
        encoded.append(best_directions(measured, threshold))
    counts = pd.DataFrame(count_rows)
    order = family_order(counts[counts["sign"] == SIGNS[0]], models, threshold)
    log.info(
        "order of the families as at %g: %d of %d", threshold, order["holds"].sum(), len(order)
    )
    tables = {
        "counts": counts,
        "draws": pd.concat(draws),
        "polysemanticity": pd.DataFrame(polysemanticity_rows),
        "directions": pd.concat(directions),
        "encoded": pd.concat(encoded),
        "order": order,
    }
    for name, table in tables.items():
        write_csv(Path(outputs[name]), table)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.average_precision,
            dict(snakemake.output.items()),
            **snakemake.params.settings,
        )

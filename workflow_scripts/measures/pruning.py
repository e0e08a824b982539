"""Accuracy and effective robustness of a model as its singular directions are pruned (Appendix G).

The paper prunes from the smallest singular value up. Two controls stand beside it: from the largest
down, and in random order.
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.lib.activation_file import ActivationFile, open_activations
from workflow_scripts.lib.atomic import write_csv
from workflow_scripts.lib.head import Head, load_head
from workflow_scripts.lib.measure_tables import read_table
from workflow_scripts.lib.pruning import PrunedHead, kept_directions, orders
from workflow_scripts.measures.accuracy import class_groups, columns_of, group_of_label
from workflow_scripts.measures.variants import (
    SHIFTS,
    Baselines,
    Estimate,
    average,
    mean_over_images,
)

log = logging.getLogger(__name__)


def correct_when_pruned(
    file: ActivationFile, head: Head, order: np.ndarray, kept: np.ndarray, gpu: bool = False
) -> np.ndarray:
    """Which images a model gets right, with more and more of its directions.

    Scored as in the measure `accuracy`: on the data set's groups of classes.

    Parameters
    ----------
    order, kept: see `PrunedHead.sweep`.
    gpu: whether to compute on the CUDA device.

    Returns
    -------
    bool [N, O, len(kept)].
    """
    groups = class_groups(file.class_groups, head.classes, str(file.path))
    targets = group_of_label(file, groups, head.classes)
    columns, group_of_column = columns_of(groups)
    pruned = PrunedHead.of(head, columns)
    sweep = pruned.sweep_on_gpu if gpu else pruned.sweep
    correct = np.empty((file.images, len(order), len(kept)), dtype=bool)
    for start, h in file.batches(values_per_image=3 * file.width + correct[0].size):
        part = slice(start, start + len(h))
        right = group_of_column[sweep(h, order, kept)] == targets[part, None, None]
        # as in `accuracy.correct_images`: where h/|h| does not exist, nothing is predicted
        directed = h.any(axis=1) if head.normalise else np.ones(len(h), dtype=bool)
        correct[part] = right & directed[:, None, None]
    return correct


def quantities(
    correct: dict[str, np.ndarray],
    baselines: Baselines,
    test: str,
    shifts: list[str],
    bootstrap: dict,
) -> dict[tuple[str, str], Estimate]:
    """Accuracy on each data set and on average over the shifts, and effective robustness.

    Parameters
    ----------
    correct: bool [N, O, P] of each data set, for O draws of an order and P points.

    Returns
    -------
    (quantity, data set or "shifts") to an estimate of P points, averaged over the draws.
    """
    flat = {name: right.reshape(len(right), -1) for name, right in correct.items()}
    accuracy = {name: mean_over_images(right, name, bootstrap) for name, right in flat.items()}
    shift = average([accuracy[name] for name in shifts])
    robustness = baselines.robustness(accuracy[test], shift)
    every = {("accuracy", name): estimate for name, estimate in accuracy.items()}
    every |= {("accuracy", SHIFTS): shift, ("effective_robustness", SHIFTS): robustness}
    draws = next(iter(correct.values())).shape[1]
    return {key: _mean_over_draws(estimate, draws) for key, estimate in every.items()}


def _mean_over_draws(estimate: Estimate, draws: int) -> Estimate:
    value, resampled = estimate
    shape = (draws, -1)
    return Estimate(
        value.reshape(shape).mean(axis=0),
        resampled.reshape(len(resampled), *shape).mean(axis=1),
    )


def curve(estimate: Estimate, confidence: float) -> pd.DataFrame:
    """Values of one quantity at all points, and how much each differs from the unpruned model.

    The difference is paired: both are of the same resample.
    """
    low, high = estimate.interval(confidence)
    change = Estimate(estimate.value - estimate.value[-1], estimate.draws - estimate.draws[:, -1:])
    change_low, change_high = change.interval(confidence)
    return pd.DataFrame(
        {
            "value": estimate.value,
            "low": low,
            "high": high,
            "change": change.value,
            "change_low": change_low,
            "change_high": change_high,
        }
    )


def main(
    activations, head, card, importance, baselines, table, ranks, *, model, baseline_models, test,
    shifts, pruning, bootstrap, gpu,
):  # fmt: skip
    """Measure one model.

    Parameters
    ----------
    activations: activation files (or their digests) of all data sets.
    head, card: the bundle's head.safetensors and card.json.
    importance: the model's table of importances.
    baselines: the accuracy measure's HDF5 file of each baseline, for the line.
    table: CSV to write: model, order, pruned (share of the directions), kept (their number),
        quantity, dataset, value, low, high, change, change_low, change_high.
    ranks: CSV to write, one row: model, directions, spearman (rank correlation of singular value
        and importance; empty for fewer than two directions).
    model: id of the model.
    baseline_models: ids of the baselines.
    test, shifts: ids of the data sets.
    pruning: steps (to the full rank), random_orders, seed.
    bootstrap: draws, confidence, seed.
    gpu: whether to compute on the CUDA device.

    Raises
    ------
    InputError: damaged files, or such that do not belong together.
    """
    classifier = load_head(head, card)
    line = Baselines.read(baselines, baseline_models, test, shifts, bootstrap)
    own = read_table(importance, ("singular_value", "importance"))
    rank = len(own)
    kept = kept_directions(rank, pruning["steps"])
    order_of = orders(rank, pruning["random_orders"], pruning["seed"])
    order = np.concatenate(list(order_of.values()))
    names = np.repeat(list(order_of), [len(each) for each in order_of.values()])
    correct = {}
    for path in activations:
        with open_activations(path, model, classifier.width) as file:
            correct[file.dataset] = correct_when_pruned(file, classifier, order, kept, gpu)
    parts = []
    for name in order_of:
        chosen = {dataset: right[:, names == name] for dataset, right in correct.items()}
        estimates = quantities(chosen, line, test, shifts, bootstrap)
        for (quantity, dataset), estimate in estimates.items():
            part = curve(estimate, bootstrap["confidence"])
            part.insert(0, "model", model)
            part.insert(1, "order", name)
            part.insert(2, "pruned", 1 - kept / rank)
            part.insert(3, "kept", kept)
            part.insert(4, "quantity", quantity)
            part.insert(5, "dataset", dataset)
            parts.append(part)
    spearman = stats.spearmanr(own["singular_value"], own["importance"])[0] if rank > 1 else np.nan
    log.info("rank %d, Spearman correlation of singular value and importance %.3f", rank, spearman)
    write_csv(Path(table), pd.concat(parts))
    row = {"model": model, "directions": rank, "spearman": spearman}
    write_csv(Path(ranks), pd.DataFrame([row]))


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.activations,
            snakemake.input.head,
            snakemake.input.card,
            snakemake.input.importance,
            snakemake.input.baselines,
            snakemake.output.table,
            snakemake.output.ranks,
            gpu=bool(snakemake.resources.get("gpu", 0)),
            **snakemake.params.settings,
        )

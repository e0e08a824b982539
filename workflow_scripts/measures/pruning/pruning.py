"""Accuracy and effective robustness of a model as its singular directions are pruned (Appendix G).

The paper prunes from the smallest singular value up. Two controls stand beside it: from the largest
down, and in random order.
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.analysis.accuracy import class_groups, columns_of, group_of_label
from workflow_scripts.analysis.baselines import Baselines, read_baselines
from workflow_scripts.analysis.estimates import SHIFTS, Estimate, average, mean_over_images
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.heads import load_head
from workflow_scripts.files.tables import read_table
from workflow_scripts.method.bootstrap import percentile_interval
from workflow_scripts.method.head import Head
from workflow_scripts.method.pruning import PrunedHead, kept_directions, orders

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
    baselines: Baselines | None,
    test: str,
    shifts: list[str],
    bootstrap: dict,
) -> dict[tuple[str, str], Estimate]:
    """Accuracy on each data set and on average over the shifts, and effective robustness.

    `accuracy_kept` is the accuracy as a share of that of the unpruned model.

    Parameters
    ----------
    correct: bool [N, O, P] of each data set, for O draws of an order and P points.
    baselines: None if the study has no line, and so no effective robustness.
    shifts: there may be none.

    Returns
    -------
    (quantity, data set or "shifts") to an estimate of O x P values.
    """
    accuracy = {
        name: mean_over_images(right.reshape(len(right), -1), name, bootstrap)
        for name, right in correct.items()
    }
    every = {("accuracy", name): estimate for name, estimate in accuracy.items()}
    if shifts:
        every["accuracy", SHIFTS] = average([accuracy[name] for name in shifts])
    if baselines:
        every["effective_robustness", SHIFTS] = baselines.robustness(
            accuracy[test], every["accuracy", SHIFTS]
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [each / each[..., -1:] for each in accuracy[test]]
    every["accuracy_kept", test] = Estimate(*shares)
    return every


def curve(estimate: Estimate, draws: int, confidence: float) -> pd.DataFrame:
    """Values of one quantity at all points, and how much each differs from the unpruned model.

    The difference is paired: both are of the same resample. Several draws of an order are averaged;
    `lowest` and `highest` are the extremes among them, empty for a single one.

    Parameters
    ----------
    estimate: of `draws` x P values.
    """
    values = estimate.value.reshape(draws, -1)
    mean = values.mean(axis=0)
    resampled = estimate.draws.reshape(len(estimate.draws), draws, -1).mean(axis=1)
    low, high = percentile_interval(resampled, confidence)
    change_low, change_high = percentile_interval(resampled - resampled[:, -1:], confidence)
    return pd.DataFrame(
        {
            "value": mean,
            "low": low,
            "high": high,
            "change": mean - mean[-1],
            "change_low": change_low,
            "change_high": change_high,
            "lowest": values.min(axis=0) if draws > 1 else np.nan,
            "highest": values.max(axis=0) if draws > 1 else np.nan,
        }
    )


def main(
    activations, head, card, importance, baselines, table, ranks, *, model, line_through,
    baseline_models, test, shifts, pruning, bootstrap, gpu,
):  # fmt: skip
    """Measure one model.

    Parameters
    ----------
    activations: activation files (or their digests) of all data sets.
    head, card: the bundle's head.safetensors and card.json.
    importance: the model's table of importances.
    baselines: files of the baselines, see `read_baselines`.
    table: CSV to write: model, order, pruned (share of the directions), kept (their number),
        quantity, dataset, value, low, high, change, change_low, change_high, lowest, highest; see
        `curve`. The data set "shifts" stands for the average over them. Rows of what the study
        does not define are absent.
    ranks: CSV to write, one row: model, directions, spearman (rank correlation of singular value
        and importance; empty for fewer than two directions).
    model: id of the model.
    line_through, baseline_models: what the line goes through, see `read_baselines`.
    test, shifts: ids of the data sets.
    pruning: steps (to the full rank), random_orders, seed.
    bootstrap: draws, confidence, seed.
    gpu: whether to compute on the CUDA device.

    Raises
    ------
    InputError: damaged files, or such that do not belong together.
    """
    classifier = load_head(head, card)
    line = read_baselines(baselines, line_through, baseline_models, test, shifts, bootstrap)
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
            part = curve(estimate, len(order_of[name]), bootstrap["confidence"])
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
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        gpu = bool(snakemake.resources.get("gpu", 0))
        if gpu:
            from workflow_scripts.networks.devices import prepare  # torch, which a CPU does without

            gpu = prepare("auto", snakemake.threads) == "cuda"
        main(
            snakemake.input.activations,
            snakemake.input.head,
            snakemake.input.card,
            snakemake.input.importance,
            snakemake.input.baselines,
            snakemake.output.table,
            snakemake.output.ranks,
            gpu=gpu,
            **snakemake.params.settings,
        )

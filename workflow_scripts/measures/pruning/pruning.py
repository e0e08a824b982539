"""Accuracy and effective robustness of a model as its singular directions are pruned (Appendix G).

The paper prunes from the smallest singular value up. Two controls stand beside it: from the largest
down, and in random order.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.accuracy import (
    class_groups,
    columns_of,
    group_of_label,
    is_unlabelled,
)
from workflow_scripts.analysis.baselines import (
    Baselines,
    Robustness,
    accuracy_and_robustness,
    read_baselines,
)
from workflow_scripts.analysis.estimates import Bootstrap, Estimate, curve, mean_over_images
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import read_table
from workflow_scripts.method.head import Head
from workflow_scripts.method.pruning import PrunedHead, kept_directions, orders

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pruning:
    """What is pruned, and where: the section `pruning` of config.yaml, and the device."""

    steps: int  # points from no direction to the full rank, evenly spaced
    random_orders: int
    seed: int  # of the random orders
    gpu: bool = False  # whether to compute on the CUDA device


def correct_when_pruned(
    file: ActivationFile, head: Head, order: np.ndarray, kept: np.ndarray, gpu: bool = False
) -> np.ndarray:
    """Which images a model gets right, with more and more of its directions.

    Scored as in the measure `accuracy`: on the data set's groups of classes.

    Parameters
    ----------
    order: int [O, rank], kept: ascending numbers of directions; see `PrunedHead.sweep`.
    gpu: whether to compute on the CUDA device.

    Returns
    -------
    bool [N, O, len(kept)].
    """
    if is_unlabelled(file):
        return np.full((file.images, len(order), len(kept)), np.nan, dtype=np.float32)
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
        if head.normalise:
            right[~h.any(axis=1)] = False
        correct[part] = right
    return correct


def accuracies(correct: dict[str, np.ndarray], bootstrap: Bootstrap) -> dict[str, Estimate]:
    """Accuracy on each data set, of O x P values, from bool [N, O, P]; each is resampled once."""
    return {
        name: mean_over_images(right.reshape(len(right), -1), name, bootstrap)
        for name, right in correct.items()
    }


def quantities(
    accuracy: dict[str, Estimate], baselines: Baselines | None, choice: Robustness
) -> dict[tuple[str, str], Estimate]:
    """Accuracy on each data set and on average over the shifts, and effective robustness.

    `accuracy_kept` is the accuracy as a share of that of the unpruned model.

    Parameters
    ----------
    accuracy: of each data set, of O x P values, for O orders of a kind and P points.
    baselines: None if the study has no line, and so no effective robustness.

    Returns
    -------
    (quantity, data set or "shifts") to an estimate of O x P values.
    """
    every = accuracy_and_robustness(accuracy, baselines, choice)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [each / each[..., -1:] for each in accuracy[choice.test]]
    every["accuracy_kept", choice.test] = Estimate(*shares)
    return every


def main(
    files: ModelFiles,
    activations: Sequence[Path | str],
    importance: Path | str,
    table: Path | str,
    ranks: Path | str,
    *,
    pruning: Pruning,
    robustness: Robustness,
) -> None:
    """Measure one model.

    Parameters
    ----------
    files: the model.
    activations: its activation files of all data sets.
    importance: its table of importances.
    table: CSV to write: model, order, pruned (share of the directions), kept (their number),
        quantity, dataset, value, low, high, change, change_low, change_high, lowest, highest; see
        `curve`. The data set "shifts" stands for the average over them. Rows of what the study
        does not define are absent.
    ranks: CSV to write, one row: model, directions, spearman (rank correlation of singular value
        and importance; empty for fewer than two directions).

    Raises
    ------
    InputError: files are damaged or do not belong together.
    """
    head = files.load_head()
    baselines = read_baselines(robustness)
    own = read_table(importance, ("singular_value", "importance"))
    rank = len(own)
    kept = kept_directions(rank, pruning.steps)
    order_of = orders(rank, pruning.random_orders, pruning.seed)
    order = np.concatenate(list(order_of.values()))
    kinds = np.repeat(list(order_of), [len(each) for each in order_of.values()])
    correct = {}
    for path in activations:
        with open_activations(path, files.model, head.width) as file:
            correct[file.dataset] = correct_when_pruned(file, head, order, kept, pruning.gpu)
    accuracy, parts = accuracies(correct, robustness.bootstrap), []
    for kind in order_of:
        own_part = np.repeat(kinds == kind, len(kept))
        chosen = {name: Estimate(v[own_part], r[:, own_part]) for name, (v, r) in accuracy.items()}
        for (quantity, dataset), estimate in quantities(chosen, baselines, robustness).items():
            part = curve(estimate, len(order_of[kind]), robustness.bootstrap)
            place = {"model": files.model, "order": kind, "pruned": 1 - kept / rank, "kept": kept}
            columns = {**place, "quantity": quantity, "dataset": dataset}
            parts.append(pd.DataFrame({**columns, **part}))
    spearman = own["singular_value"].rank().corr(own["importance"].rank())
    log.info("rank %d, Spearman correlation of singular value and importance %.3f", rank, spearman)
    write_csv(Path(table), pd.concat(parts))
    row = {"model": files.model, "directions": rank, "spearman": spearman}
    write_csv(Path(ranks), pd.DataFrame([row]))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        gpu = bool(snakemake.resources.get("gpu", 0))
        if gpu:
            from workflow_scripts.networks.devices import prepare  # torch, which a CPU does without

            gpu = prepare("auto", snakemake.threads) == "cuda"
        settings = snakemake.params.settings
        main(
            ModelFiles(settings["model"], snakemake.input.head, snakemake.input.card),
            snakemake.input.activations,
            snakemake.input.importance,
            snakemake.output.table,
            snakemake.output.ranks,
            pruning=Pruning(**settings["pruning"], gpu=gpu),
            robustness=Robustness.of(settings, snakemake.input.baselines),
        )

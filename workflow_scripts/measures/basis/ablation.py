"""Accuracy, effective robustness and kurtosis of a model with some components of h held.

Held at their mean over the test set or at zero: those with the largest |mean|, those that
contribute most to kurtosis, and random ones. Beyond the paper.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.accuracy import (
    class_groups,
    columns_of,
    group_of_label,
    is_unlabelled,
)
from workflow_scripts.analysis.baselines import (
    Robustness,
    accuracy_and_robustness,
    read_baselines,
)
from workflow_scripts.analysis.basis.ablation import Ablation
from workflow_scripts.analysis.basis.components import component_table, moments_of
from workflow_scripts.analysis.estimates import Estimate, curve, mean_over_images
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.method.head import Head
from workflow_scripts.method.kurtosis import Moments

MOST = 10  # components held
DRAWS = 20  # of random components
SEED = 0
KURTOSIS = "kurtosis"
log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """Rows of one kind: how components are chosen and what they are replaced by."""

    chosen_by: str  # mean, kurtosis or random
    replaced_by: str  # mean or zero
    ablation: Ablation


def kinds(sums: Moments) -> Iterator[Kind]:
    """All kinds of ablation of a model, from the sums over its test images."""
    mean = sums.first / sums.images
    width = len(mean)
    most = min(MOST, width)
    generator = np.random.default_rng(SEED)
    orders = {
        "mean": np.argsort(-np.abs(mean), kind="stable")[None, :most],
        "kurtosis": component_table(sums)["component"].to_numpy()[None, :most],
        "random": np.stack([generator.permutation(width)[:most] for _ in range(DRAWS)]),
    }
    for chosen_by, order in orders.items():
        for replaced_by, value in (("mean", mean), ("zero", np.zeros(width))):
            yield Kind(chosen_by, replaced_by, Ablation(order, value))


def correct_when_ablated(file: ActivationFile, head: Head, ablation: Ablation) -> np.ndarray:
    """Which images a model gets right, scored as in the measure `accuracy`.

    Returns
    -------
    bool [N, orders x (K + 1)], the last of each order without ablation; of images without labels
    NaN, float32.
    """
    points = ablation.order.shape[0] * (ablation.order.shape[1] + 1)
    if is_unlabelled(file):
        return np.full((file.images, points), np.nan, dtype=np.float32)
    groups = class_groups(file.class_groups, head.classes, str(file.path))
    targets = group_of_label(file, groups, head.classes)
    columns, group_of_column = columns_of(groups)
    correct = np.empty((file.images, points), dtype=bool)
    for start, h in file.batches(values_per_image=4 * file.width + 2 * len(columns) + points):
        best = ablation.predicted(h, head, columns).reshape(len(h), -1)
        own = targets[start : start + len(h), None]
        correct[start : start + len(h)] = (group_of_column[best] == own) & (best >= 0)
    return correct


def kurtosis_when_ablated(file: ActivationFile, ablation: Ablation) -> np.ndarray:
    """Kurtosis of each image, float64 [N, orders x (K + 1)]; as `correct_when_ablated`."""
    points = ablation.order.shape[0] * (ablation.order.shape[1] + 1)
    batches = file.batches(values_per_image=8 * file.width + 2 * points)
    return np.concatenate([ablation.kurtosis(h).reshape(len(h), -1) for _, h in batches])


def main(
    files: ModelFiles,
    activations: Sequence[Path | str],
    table: Path | str,
    *,
    robustness: Robustness,
) -> None:
    """Measure one model.

    Parameters
    ----------
    files: the model.
    activations: its activation files, the test set's first.
    table: CSV to write: model, chosen_by, replaced_by, components (how many are held, from 10 to
        0), quantity, dataset, and the columns of `curve`. The data set "shifts" stands for the
        average over them. Rows of what the study does not define are absent.

    Raises
    ------
    InputError: files are damaged or do not belong together.
    """
    head = files.load_head()
    baselines, bootstrap = read_baselines(robustness), robustness.bootstrap
    with open_activations(activations[0], files.model, head.width) as file:
        every = list(kinds(moments_of(file)))
        test = file.dataset
        kurtosis = [kurtosis_when_ablated(file, kind.ablation) for kind in every]
    correct: list[dict[str, Estimate]] = [{} for _ in every]
    for path in activations:
        with open_activations(path, files.model, head.width) as file:
            for kind, own in zip(every, correct, strict=True):
                right = correct_when_ablated(file, head, kind.ablation)
                own[file.dataset] = mean_over_images(right, file.dataset, bootstrap)
    parts = []
    for kind, accuracy, values in zip(every, correct, kurtosis, strict=True):
        quantities = accuracy_and_robustness(accuracy, baselines, robustness)
        quantities[KURTOSIS, test] = mean_over_images(values, test, bootstrap)
        orders, most = kind.ablation.order.shape
        place = {"model": files.model, "chosen_by": kind.chosen_by, "replaced_by": kind.replaced_by}
        for (quantity, dataset), estimate in quantities.items():
            labels = {
                "components": np.arange(most, -1, -1),
                "quantity": quantity,
                "dataset": dataset,
            }
            parts.append(pd.DataFrame({**place, **labels, **curve(estimate, orders, bootstrap)}))
    found = pd.concat(parts)
    write_csv(table, found)
    worst = found[found["quantity"] == "effective_robustness"]["change"].abs().max()
    log.info("largest change of effective robustness: %.4f", worst)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            ModelFiles(settings["model"], snakemake.input.head, snakemake.input.card),
            snakemake.input.activations,
            snakemake.output.table,
            robustness=Robustness.of(settings, snakemake.input.baselines),
        )

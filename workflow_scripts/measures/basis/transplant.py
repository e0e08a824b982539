"""A finetuned model given its parent's kurtosis, and its parent without it; predictions stay.

The finetuned model's h is added a bias along a direction that its head does not see. The parent's h
and W are rotated. Neither changes a prediction, and so effective robustness. Beyond the paper.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
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
    Baselines,
    Robustness,
    accuracy_and_robustness,
    read_baselines,
)
from workflow_scripts.analysis.basis.rotations import mean_kurtosis, rotated, rotation_to
from workflow_scripts.analysis.basis.transplant import biased, length_of_bias, unseen_direction
from workflow_scripts.analysis.estimates import Estimate, mean_over_images
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.method.head import Head
from workflow_scripts.method.kurtosis import activation_kurtosis

GAUSSIAN = 3.0
LABELS = ("model", "zero_shot", "change", "target", "width", "unseen", "reason")
ALWAYS = ("component", "length", "images", "predictions_changed", "kurtosis_before",
          "kurtosis_after")  # fmt: skip
SEES_ALL = "the head's rank is the width of h: it sees every direction"
WEIGHS_BIAS = "the head normalises h and has a bias, which a longer h would weigh more"
OUT_OF_REACH = "no length of the bias, or no rotation that was tried, has that kurtosis"
log = logging.getLogger(__name__)


class Change(NamedTuple):
    """A change of a model: what becomes of h, the head that reads it, and how it was found."""

    of_h: Callable[[np.ndarray], np.ndarray]
    head: Head
    component: int | None = None  # the axis that the bias lies nearest to
    length: float | None = None  # of the bias, over the mean |h|


class Model(NamedTuple):
    """A model with its activations of the test set, first, and of the shifts."""

    files: ModelFiles
    activations: Sequence[Path | str]

    def test_activations(self) -> np.ndarray:
        """h on the test set, float32 [N, d_H]."""
        with open_activations(self.activations[0], self.files.model) as file:
            return np.concatenate([h for _, h in file.batches()])


def bias_change(head: Head, h: np.ndarray, target: float) -> Change | str:
    """A bias that gives h [N, d_H] at least a mean kurtosis and that the head does not see.

    Returns
    -------
    The change, or why there is none.
    """
    # ASSUME: a head that divides by |h| and adds a bias is left out. Its logits would have to be
    # scaled, too, and then the head, not h alone, would be another one.
    if head.normalise and head.bias is not None:
        return WEIGHS_BIAS
    unseen = unseen_direction(head.weight)
    if unseen is None:
        return SEES_ALL
    length = length_of_bias(h, unseen.direction, target)
    if length is None:
        return OUT_OF_REACH
    bias = length * np.linalg.norm(h.astype(np.float64), axis=1).mean() * unseen.direction
    return Change(lambda each: biased(each, bias), head, unseen.component, length)


def rotation_change(head: Head, h: np.ndarray) -> Change | str:
    """A rotation of h and W in which h [N, d_H] has the kurtosis of a Gaussian, or why not."""
    rotation = rotation_to(h, GAUSSIAN)
    if rotation is None:
        return OUT_OF_REACH
    turned = Head(rotated(head.weight, rotation), head.bias, head.normalise)
    return Change(lambda each: rotated(each, rotation), turned)


def predicted(
    file: ActivationFile, head: Head, change: Change
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the groups of classes predicted before and after, int64 [n], over all images."""
    unlabelled = is_unlabelled(file)
    whole = [[index] for index in range(head.classes)]
    groups = whole if unlabelled else class_groups(file.class_groups, head.classes, str(file.path))
    columns, group_of_column = columns_of(groups)
    for _, h in file.batches(values_per_image=6 * file.width + 2 * len(columns)):
        pair = (h, head), (change.of_h(h), change.head)
        before, after = (each.logits(own, columns).argmax(axis=1) for own, each in pair)
        # as in `accuracy.correct_images`: where h/|h| does not exist, nothing is predicted
        silent = ~h.any(axis=1) & head.normalise
        yield (
            np.where(silent, -1, group_of_column[before]),
            np.where(silent, -1, group_of_column[after]),
        )


def both_estimates(
    model: Model, change: Change, baselines: Baselines | None, robustness: Robustness
) -> tuple[dict[tuple[str, str], Estimate], dict[str, int]]:
    """Accuracies and effective robustness before and after (two values each), and predictions.

    Returns
    -------
    Estimates of (before, after) by quantity and data set; images and predictions_changed.
    """
    head, accuracy = model.files.load_head(), {}
    counts = {"images": 0, "predictions_changed": 0}
    for path in model.activations:
        with open_activations(path, model.files.model, head.width) as file:
            pairs = zip(*predicted(file, head, change), strict=True)
            both = np.stack([np.concatenate(each) for each in pairs], axis=1)
            right = np.full(both.shape, np.nan)
            if not is_unlabelled(file):
                groups = class_groups(file.class_groups, head.classes, str(file.path))
                right = both == group_of_label(file, groups, head.classes)[:, None]
            accuracy[file.dataset] = mean_over_images(right, file.dataset, robustness.bootstrap)
            counts["images"] += len(both)
            counts["predictions_changed"] += int((both[:, 0] != both[:, 1]).sum())
    return accuracy_and_robustness(accuracy, baselines, robustness), counts


def measured(model: Model, change: Change, h: np.ndarray, robustness: Robustness) -> dict[str, Any]:
    """What a change does: the columns of the table from component on, but for reason."""
    baselines, bootstrap = read_baselines(robustness), robustness.bootstrap
    every, counts = both_estimates(model, change, baselines, robustness)
    kurtosis = np.stack([activation_kurtosis(each) for each in (h, change.of_h(h))], axis=1)
    every["kurtosis", robustness.test] = mean_over_images(kurtosis, robustness.test, bootstrap)
    row: dict[str, Any] = {"component": change.component, "length": change.length, **counts}
    for (quantity, dataset), estimate in every.items():
        if quantity == "accuracy" and dataset not in (robustness.test, "shifts"):
            continue
        name = "shift_accuracy" if (quantity, dataset) == ("accuracy", "shifts") else quantity
        low, high = bootstrap.interval(estimate.resampled)
        for number, when in enumerate(("before", "after")):
            row |= {
                f"{name}_{when}": estimate.value[number],
                f"{name}_{when}_low": low[number],
                f"{name}_{when}_high": high[number],
            }
    return row


def main(parent: Model, finetuned: Model, table: Path | str, *, robustness: Robustness) -> None:
    """Change both models of a pair.

    Parameters
    ----------
    parent, finetuned: the pair.
    table: CSV to write, two rows: model (the finetuned one), zero_shot (its parent), change ("bias"
        of the finetuned model, "rotation" of the parent), target (kurtosis), width, unseen
        (dimensions that the head does not see), reason (why nothing was changed), component and
        length of the bias, images and predictions_changed over all data sets, and for kurtosis,
        accuracy, shift_accuracy and effective_robustness the values before and after, each with
        _low and _high. What the study does not define is absent.

    Raises
    ------
    InputError: files are damaged or do not belong together.
    """
    rows = []
    of_parent, of_finetuned = parent.test_activations(), finetuned.test_activations()
    target = mean_kurtosis(of_parent)
    for name, own, h, wanted in (
        ("bias", finetuned, of_finetuned, target),
        ("rotation", parent, of_parent, GAUSSIAN),
    ):
        head = own.files.load_head()
        change = bias_change(head, h, target) if name == "bias" else rotation_change(head, h)
        unseen = unseen_direction(head.weight)
        row = {
            "model": finetuned.files.model,
            "zero_shot": parent.files.model,
            "change": name,
            "target": wanted,
            "width": head.width,
            "unseen": unseen.dimensions if unseen else 0,
            "reason": change if isinstance(change, str) else "",
        }
        if isinstance(change, Change):
            row |= measured(own, change, h, robustness)
            log.info(
                "%s of %s: kurtosis %.3f, then %.3f; %d of %d predictions changed",
                name,
                own.files.model,
                *(row[f"kurtosis_{when}"] for when in ("before", "after")),
                row["predictions_changed"],
                row["images"],
            )
        else:
            log.warning("%s of %s: nothing changed: %s", name, own.files.model, change)
        rows.append(row)
    found = pd.DataFrame(rows)
    missing = [name for name in ALWAYS if name not in found]  # if neither model was changed
    write_csv(table, found.reindex(columns=[*LABELS, *missing, *found.columns[len(LABELS) :]]))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        zero_shot, finetuned = (
            Model(ModelFiles(model, head, card), snakemake.input[name])
            for model, head, card, name in zip(
                settings["pair"],
                snakemake.input.heads,
                snakemake.input.cards,
                ("zero_shot", "finetuned"),
                strict=True,
            )
        )
        main(
            zero_shot,
            finetuned,
            snakemake.output.table,
            robustness=Robustness.of(settings, snakemake.input.baselines),
        )

"""Top-1 accuracy of one model on all its data sets, and which images it got right (Section 3)."""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import replacing, write_csv
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.bootstrap import resampled_means
from workflow_scripts.method.head import Head

log = logging.getLogger(__name__)


def is_unlabelled(file: ActivationFile) -> bool:
    """Whether nothing is known of what the images show, so that no accuracy is."""
    return file.class_groups == "[]" and bool((file.labels == -1).all())


def class_groups(stored: str, classes: int, source: str) -> list[list[int]]:
    """Parse and check the groups of classes on which a data set is scored.

    Parameters
    ----------
    stored: JSON list of lists of ImageNet indices.
    classes: number of classes K of the head.
    source: file named in messages.

    Raises
    ------
    InputError: no groups, an empty group, an index outside [0, K), or an index in two groups.
    """
    groups: list[list[int]] = json.loads(stored)
    members = [index for group in groups for index in group]
    if not groups or not all(groups):
        raise InputError(f"{source}: class_groups: found an empty list, expected classes.")
    outside = [index for index in members if not 0 <= index < classes]
    if outside:
        raise InputError(
            f"{source}: class_groups: found class {outside[0]}, expected 0 to {classes - 1}, the "
            "classes of the head; the study's classes have changed since. Rebuild the model."
        )
    if len(set(members)) < len(members):
        twice = next(index for index in members if members.count(index) > 1)
        raise InputError(
            f"{source}: class_groups: found class {twice} twice, expected it in one group only."
        )
    return groups


def group_of_label(file: ActivationFile, groups: list[list[int]], classes: int) -> np.ndarray:
    """Group number int64 [N] of each image's label.

    Raises
    ------
    InputError: a label lies outside every group.
    """
    lookup = np.full(classes, -1)
    for number, group in enumerate(groups):
        lookup[group] = number
    inside = (file.labels >= 0) & (file.labels < classes)
    targets = np.where(inside, lookup[np.where(inside, file.labels, 0)], -1)
    if (targets < 0).any():
        row = int(np.argmax(targets < 0))
        raise InputError(
            f"{file.path}: {file.image(row)}: found label {file.labels[row]}, expected one of the "
            f"{sum(map(len, groups))} classes on which {file.dataset!r} is scored; check its "
            "class list in the study."
        )
    return targets


def columns_of(groups: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """The classes of all groups, one group after the other, and the group of each: int64 [C]."""
    columns = np.concatenate([np.asarray(group, dtype=np.int64) for group in groups])
    return columns, np.repeat(np.arange(len(groups)), [len(group) for group in groups])


def correct_images(file: ActivationFile, head: Head) -> np.ndarray:
    """Whether the model classifies each image correctly.

    The prediction is the group that holds the largest logit among the classes of all groups:
    ImageNet-R and -A are so scored on their classes only, ObjectNet by the maximum over the
    ImageNet classes of each of its classes.

    Returns
    -------
    bool [N]; where the head normalises, an activation of norm zero has no direction and hence
    no prediction: it counts as wrong. Of images without labels it is NaN, float32 [N].

    Raises
    ------
    InputError: the data set's groups or labels are not of the head's classes, or the file is
        damaged.
    """
    if is_unlabelled(file):
        return np.full(file.images, np.nan, dtype=np.float32)
    groups = class_groups(file.class_groups, head.classes, str(file.path))
    targets = group_of_label(file, groups, head.classes)
    columns, group_of_column = columns_of(groups)
    correct = np.empty(file.images, dtype=bool)
    silent = 0
    for start, h in file.batches(values_per_image=3 * head.width + len(columns)):
        part = slice(start, start + len(h))
        predicted = group_of_column[head.logits(h, columns).argmax(axis=1)]
        # ASSUME: zero vectors are wrong; argmax would credit them to the first class.
        without = ~h.any(axis=1) if head.normalise else np.zeros(len(h), dtype=bool)
        correct[part] = (predicted == targets[part]) & ~without
        silent += int(without.sum())
    if silent:
        log.warning(
            "%s: %d of %d activations are zero: no prediction, counted as wrong",
            file.path,
            silent,
            file.images,
        )
    return correct


def digest_of_ids(ids: np.ndarray) -> str:
    """Digest of the image ids in order, by which paired measures know that images agree."""
    return hashlib.sha256(b"\0".join(ids)).hexdigest()


def main(
    files: ModelFiles,
    activations: Sequence[Path | str],
    table: Path | str,
    correct: Path | str,
    *,
    bootstrap: Bootstrap,
) -> None:
    """Measure one model.

    Parameters
    ----------
    files: the model.
    activations: its activation files of all data sets, in the study's order.
    table: CSV to write, a row a data set: model, dataset, images, classes, correct, accuracy,
        low, high.
    correct: HDF5 to write: per data set a uint8 [N], 1 where correct, with the attribute
        `ids`, a digest of the image ids in order; NaN where the images have no labels, whose row
        in the table has no numbers either.

    Raises
    ------
    InputError: a file is damaged, or activations, head and classes do not belong together.
    """
    classifier = files.load_head()
    rows = []
    with replacing(Path(correct)) as temporary, h5py.File(temporary, "w") as out:
        out.attrs["model"] = files.model
        for path in activations:
            with open_activations(path, files.model, classifier.width) as file:
                right = correct_images(file, classifier)
                whole = right.astype(np.uint8) if right.dtype == bool else right
                stored = out.create_dataset(file.dataset, data=whole)
                stored.attrs["ids"] = digest_of_ids(file.ids[()])
                groups = len(json.loads(file.class_groups))
                rows.append(_row(files.model, file.dataset, groups, right, bootstrap))
                log.info("%s: %.4f", file.dataset, right.mean())
        out.attrs["complete"] = True
    write_csv(Path(table), pd.DataFrame(rows))


def _row(
    model: str, dataset: str, classes: int, correct: np.ndarray, bootstrap: Bootstrap
) -> dict[str, Any]:
    """Build a row of the table."""
    counts = bootstrap.counts(len(correct), dataset)
    low, high = bootstrap.interval(resampled_means(counts, correct))
    return {
        "model": model,
        "dataset": dataset,
        "images": len(correct),
        "classes": classes,
        "correct": correct.sum(),
        "accuracy": correct.mean(),
        "low": low,
        "high": high,
    }

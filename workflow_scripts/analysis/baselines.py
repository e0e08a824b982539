"""The baselines of effective robustness, and the line through them (Appendix A).

They are the study's own, of which it is known what they get right on each image, or those of the
ImageNet testbed, of which accuracies are published and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.analysis.estimates import (
    SHIFTS,
    Bootstrap,
    Estimate,
    average,
    mean_over_images,
)
from workflow_scripts.analysis.model_files import by_model
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import AGAIN
from workflow_scripts.method.robustness import (
    MINIMUM_BASELINES,
    Line,
    effective_robustness,
    fit_line,
    usable,
)

# ASSUME: the variant of ImageNet-V2 that gives the paper's line; see resources/published/README.md.
TESTBED_VARIANT = "threshold-0.7"


@dataclass(frozen=True)
class Robustness:
    """What effective robustness depends on, beside the models that are measured."""

    line_through: str | None  # "pool", "testbed", or None for a study without a line
    baseline_models: Sequence[str]  # ids of the pool's baselines
    test: str  # id of the data set of role `test`
    shifts: Sequence[str]  # ids of the data sets of role `shift`; there may be none
    bootstrap: Bootstrap
    # Of "pool", the accuracy measure's HDF5 file of each baseline, in any order; of "testbed",
    # published/baselines.csv alone.
    baselines: Sequence[Path | str]

    @classmethod
    def of(cls, settings: dict[str, Any], baselines: Sequence[Path | str]) -> "Robustness":
        """From the settings of a rule, which may hold others beside these, and its input."""
        return cls(
            settings["line_through"],
            settings["baseline_models"],
            settings["test"],
            settings["shifts"],
            Bootstrap(**settings["bootstrap"]),
            baselines,
        )


def read_correct(paths: Sequence[Path | str], models: Sequence[str], dataset: str) -> np.ndarray:
    """Read which images of a data set each model classified correctly.

    Parameters
    ----------
    paths: the accuracy measure's HDF5 file of each model, named like it, in any order.
    models: model ids.
    dataset: data set id.

    Returns
    -------
    uint8 [N, models].

    Raises
    ------
    InputError: a file is missing, damaged, of another model or lacks the data set, or the models
        were measured on different images, so that nothing could be paired.
    """
    columns, first = [], None
    for model, (path, *_) in by_model(paths, models).items():
        with opened(path) as file:
            found, stored = file.attrs.get("model"), file.get(dataset)
            if found != model or stored is None:
                raise InputError(
                    f"{path}: found model {found!r} with the data sets "
                    f"{', '.join(file) or 'none'}, expected {model!r} with {dataset!r}; {AGAIN}"
                )
            images = len(stored), stored.attrs["ids"]
            columns.append(stored[()])
        first = first or images
        if images != first:
            raise InputError(
                f"{path}: {dataset!r}: found {images[0]} images (ids {images[1][:8]}), expected "
                f"the {first[0]} of {models[0]!r} (ids {first[1][:8]}), in the same order; delete "
                "the older activations and run again."
            )
    return np.stack(columns, axis=1)


def read_accuracy(
    paths: Sequence[Path | str],
    models: Sequence[str],
    datasets: Sequence[str],
    bootstrap: Bootstrap,
) -> Estimate:
    """Accuracy of each model, averaged over one or more data sets.

    The average is the mean of the accuracies, not of their logits, and each data set counts the
    same whatever its size. For `paths` and `models` see `read_correct`.
    """
    return average(
        [mean_over_images(read_correct(paths, models, each), each, bootstrap) for each in datasets]
    )


def checked_line(accuracy: np.ndarray, shift_accuracy: np.ndarray) -> Line:
    """Fit the line through the baselines, or say why there is none.

    Parameters
    ----------
    accuracy: [B] accuracies on ImageNet, in [0, 1].
    shift_accuracy: [B] accuracies averaged over the shifts, in [0, 1].

    Raises
    ------
    InputError: fewer than three usable baselines, or all with the same accuracy.
    """
    count = int(usable(accuracy, shift_accuracy).sum())
    if count < MINIMUM_BASELINES:
        raise InputError(
            f"models.tsv: found {count} model(s) of family baseline with accuracies strictly "
            f"between 0 and 1, expected at least {MINIMUM_BASELINES} for the line of effective "
            "robustness; add baselines, or train them longer."
        )
    line = fit_line(accuracy, shift_accuracy)
    if np.isnan(line.slope):
        raise InputError(
            f"models.tsv: found {count} baselines of the same accuracy, expected baselines of "
            "varied size, data and training length; the line has no slope."
        )
    return line


@dataclass(frozen=True)
class Baselines:
    """Accuracies of the baselines, and the line through them."""

    models: Sequence[str]
    accuracy: Estimate
    shift: Estimate
    resampled: bool  # else there is a single resample, the accuracies themselves

    @cached_property
    def line(self) -> Line:
        """The line through the usable baselines."""
        return checked_line(self.accuracy.value, self.shift.value)

    @cached_property
    def resampled_lines(self) -> Line:
        """The line of each resample: arrays [B]."""
        return fit_line(self.accuracy.resampled, self.shift.resampled)

    def used(self) -> list[str]:
        """Baselines through which the line goes."""
        use = usable(self.accuracy.value, self.shift.value)
        return [model for model, each in zip(self.models, use, strict=True) if each]

    def left_out(self) -> list[str]:
        """Baselines with an accuracy of exactly 0 or 1, through which the line does not go."""
        return [model for model in self.models if model not in self.used()]

    def robustness(self, accuracy: Estimate, shift: Estimate) -> Estimate:
        """Effective robustness (equation 5) of models or variants, in each resample."""
        slopes, intercepts = (
            self.resampled_lines.slope[:, None],
            self.resampled_lines.intercept[:, None],
        )
        return Estimate(
            effective_robustness(shift.value, accuracy.value, self.line.slope, self.line.intercept),
            effective_robustness(shift.resampled, accuracy.resampled, slopes, intercepts),
        )


def read_baselines(choice: Robustness) -> Baselines | None:
    """Read the baselines of a study; None if it has no line.

    Raises
    ------
    InputError: a file is missing, damaged or of another model.
    """
    if choice.line_through is None:
        return None
    if choice.line_through == "pool":
        accuracy, shift = (
            read_accuracy(choice.baselines, choice.baseline_models, datasets, choice.bootstrap)
            for datasets in ([choice.test], choice.shifts)
        )
        return Baselines(choice.baseline_models, accuracy, shift, resampled=True)
    table = read_table(choice.baselines[0], ("variant", "model", "accuracy", "shift_accuracy"))
    table = table[table["variant"] == TESTBED_VARIANT]
    accuracy, shift = (
        Estimate(values, values[None])
        for values in (table["accuracy"].to_numpy(), table["shift_accuracy"].to_numpy())
    )
    return Baselines(table["model"].tolist(), accuracy, shift, resampled=False)


def accuracy_and_robustness(
    accuracy: dict[str, Estimate], baselines: Baselines | None, choice: Robustness
) -> dict[tuple[str, str], Estimate]:
    """Accuracy on each data set and on average over the shifts, and effective robustness.

    Parameters
    ----------
    accuracy: of each data set, of V variants.
    baselines: None if the study has no line, and so no effective robustness.

    Returns
    -------
    (quantity, data set or "shifts") to an estimate of V values; what the study lacks is absent.
    """
    every = {("accuracy", name): estimate for name, estimate in accuracy.items()}
    if choice.shifts:
        every["accuracy", SHIFTS] = average([accuracy[name] for name in choice.shifts])
    if baselines:
        every["effective_robustness", SHIFTS] = baselines.robustness(
            accuracy[choice.test], every["accuracy", SHIFTS]
        )
    return every

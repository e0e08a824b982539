"""The baselines of effective robustness, and the line through them (Appendix A).

They are the study's own, of which it is known what they get right on each image, or those of the
ImageNet testbed, of which accuracies are published and no more.
"""

from dataclasses import dataclass
from functools import cached_property

import h5py
import numpy as np

from workflow_scripts.analysis.estimates import Estimate, average, mean_over_images
from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.effective_robustness import (
    MINIMUM_BASELINES,
    Line,
    effective_robustness,
    fit_line,
    usable,
)

# ASSUME: the variant of ImageNet-V2 that gives the paper's line; see resources/published/README.md.
TESTBED_VARIANT = "threshold-0.7"


def read_correct(paths: list[str], pool: list[str], dataset: str) -> np.ndarray:
    """Read which images of a data set each model classified correctly.

    Parameters
    ----------
    paths: the accuracy measure's HDF5 file of each model, in the order of `pool`.
    pool: model ids.
    dataset: data set id.

    Returns
    -------
    uint8 [N, models].

    Raises
    ------
    InputError: a file is damaged, of another model or lacks the data set, or the models were
        measured on different images, so that nothing could be paired.
    """
    columns, first = [], None
    for path, model in zip(paths, pool, strict=True):
        try:
            with h5py.File(path, "r") as file:
                found = file.attrs.get("model"), bool(file.attrs.get("complete", False))
                stored = file.get(dataset)
                if found != (model, True) or stored is None:
                    raise InputError(
                        f"{path}: found model {found[0]!r} with the data sets "
                        f"{', '.join(file) or 'none'}, expected {model!r}, complete, with "
                        f"{dataset!r}; delete the file and run again."
                    )
                images = len(stored), stored.attrs["ids"]
                columns.append(stored[()])
        except OSError as error:
            raise InputError(
                f"{path}: cannot be read ({error}); delete it and run again."
            ) from error
        first = first or images
        if images != first:
            raise InputError(
                f"{path}: {dataset!r}: found {images[0]} images (ids {images[1][:8]}), expected "
                f"the {first[0]} of {pool[0]!r} (ids {first[1][:8]}), in the same order; delete "
                "the older activations and run again."
            )
    return np.stack(columns, axis=1)


def read_accuracy(
    paths: list[str], pool: list[str], datasets: list[str], bootstrap: dict
) -> Estimate | None:
    """Accuracy of each model, averaged over data sets; None if there are no data sets.

    The average is the mean of the accuracies, not of their logits, and each data set counts the
    same whatever its size.
    """
    return average(
        [mean_over_images(read_correct(paths, pool, each), each, bootstrap) for each in datasets]
    )


def checked_line(accuracy: np.ndarray, shift_accuracy: np.ndarray) -> Line:
    """Fit the line through the baselines, or say why there is none.

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

    models: list[str]
    accuracy: Estimate
    shift: Estimate
    resampled: bool  # else there is a single draw, the accuracies themselves

    @cached_property
    def line(self) -> Line:
        """The line through the usable baselines."""
        return checked_line(self.accuracy.value, self.shift.value)

    @cached_property
    def draws(self) -> Line:
        """The line of each resample."""
        return fit_line(self.accuracy.draws, self.shift.draws)

    def used(self) -> list[str]:
        """Baselines through which the line goes."""
        use = usable(self.accuracy.value, self.shift.value)
        return [model for model, each in zip(self.models, use, strict=True) if each]

    def left_out(self) -> list[str]:
        """Baselines with an accuracy of exactly 0 or 1, through which the line does not go."""
        return [model for model in self.models if model not in self.used()]

    def robustness(self, accuracy: Estimate, shift: Estimate) -> Estimate:
        """Effective robustness (equation 5) of models or variants, in each resample."""
        slopes, intercepts = self.draws.slope[:, None], self.draws.intercept[:, None]
        return Estimate(
            effective_robustness(shift.value, accuracy.value, self.line.slope, self.line.intercept),
            effective_robustness(shift.draws, accuracy.draws, slopes, intercepts),
        )


def read_baselines(
    paths: list[str],
    through: str | None,
    models: list[str],
    test: str,
    shifts: list[str],
    bootstrap: dict,
) -> Baselines | None:
    """Read the baselines of a study; None if it has no line.

    Parameters
    ----------
    paths: of "pool", the accuracy measure's HDF5 file of each of `models`; of "testbed",
        measures/published/baselines.csv alone.
    through: what the line goes through: "pool", "testbed", or None for a study without a line.
    models: ids of the baselines in the pool.
    test, shifts: ids of the data sets.
    bootstrap: draws, confidence, seed.

    Raises
    ------
    InputError: a file is damaged, or the baselines define no line.
    """
    if through is None:
        return None
    if through == "pool":
        accuracy = read_accuracy(paths, models, [test], bootstrap)
        return Baselines(models, accuracy, read_accuracy(paths, models, shifts, bootstrap), True)
    table = read_table(paths[0], ("variant", "model", "accuracy", "shift_accuracy"))
    table = table[table["variant"] == TESTBED_VARIANT]
    values = [table[name].to_numpy() for name in ("accuracy", "shift_accuracy")]
    fixed = [Estimate(each, each[None]) for each in values]
    return Baselines(table["model"].tolist(), *fixed, resampled=False)

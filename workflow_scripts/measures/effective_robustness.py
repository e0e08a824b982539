"""The baseline line, effective robustness and %acc of the whole pool (Appendix A, Section 3)."""

import logging
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.lib.atomic import write_csv
from workflow_scripts.lib.bootstrap import (
    percentile_interval,
    resampled_means,
    resampling_counts,
)
from workflow_scripts.lib.effective_robustness import (
    MINIMUM_BASELINES,
    Line,
    effective_robustness,
    fit_line,
    percent_acc,
    predicted_accuracy,
    usable,
)
from workflow_scripts.lib.errors import InputError

logger = logging.getLogger(__name__)


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


def accuracies(
    paths: list[str], pool: list[str], datasets: list[str], bootstrap: dict
) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy averaged over data sets: of the data, and of each paired resample of the images.

    The average is the mean of the accuracies, not of their logits, and each data set counts the
    same whatever its size.

    Returns
    -------
    float64 [models] and [draws, models].
    """
    point, draws = np.zeros(len(pool)), np.zeros((bootstrap["draws"], len(pool)))
    for dataset in datasets:
        correct = read_correct(paths, pool, dataset)
        counts = resampling_counts(len(correct), dataset, bootstrap["draws"], bootstrap["seed"])
        point += correct.mean(axis=0)
        draws += resampled_means(counts, correct)
    return point / len(datasets), draws / len(datasets)


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


def main(correct, table, line, *, pool, baselines, test, shifts, bootstrap):
    """Fit the line and measure every model of the pool.

    Intervals come from resampling images, the same for all models, with the line fitted anew in
    each draw; the choice of baselines is not resampled.

    Parameters
    ----------
    correct: the accuracy measure's HDF5 file of each model, in the order of `pool`.
    table: CSV to write, a row a model: model, accuracy, shift_accuracy, shift_accuracy_low,
        shift_accuracy_high, percent_acc, percent_acc_low, percent_acc_high,
        predicted_shift_accuracy, effective_robustness, low, high, in_line (the model entered the
        fit). percent_acc is empty at accuracy 0.
    line: CSV to write, one row: slope, intercept and r, each with _low and _high, r_squared,
        baselines (in the fit), left_out (number of baselines with an accuracy of exactly 0 or
        1), left_out_models (their ids, separated by spaces), undefined_draws (resamples
        without a line, left out of the intervals).
    pool: model ids.
    baselines: those of family `baseline`.
    test: id of the data set of role `test`.
    shifts: ids of the data sets of role `shift`.
    bootstrap: draws, confidence, seed.

    Raises
    ------
    InputError: damaged files, unpaired images, or baselines that define no line.
    """
    if not shifts:
        raise InputError("datasets.tsv: found no data set of role shift, expected at least one.")
    accuracy, accuracy_draws = accuracies(correct, pool, [test], bootstrap)
    shift, shift_draws = accuracies(correct, pool, shifts, bootstrap)
    base = np.isin(pool, baselines)
    fit = checked_line(accuracy[base], shift[base])
    fit_draws = fit_line(accuracy_draws[:, base], shift_draws[:, base])
    in_line = base & usable(accuracy, shift)
    slopes, intercepts = fit_draws.slope[:, None], fit_draws.intercept[:, None]
    er_draws = effective_robustness(shift_draws, accuracy_draws, slopes, intercepts)
    confidence = bootstrap["confidence"]
    percent_low, percent_high = percentile_interval(
        percent_acc(shift_draws, accuracy_draws), confidence
    )
    shift_low, shift_high = percentile_interval(shift_draws, confidence)
    low, high = percentile_interval(er_draws, confidence)
    models = {
        "model": pool,
        "accuracy": accuracy,
        "shift_accuracy": shift,
        "shift_accuracy_low": shift_low,
        "shift_accuracy_high": shift_high,
        "percent_acc": percent_acc(shift, accuracy),
        "percent_acc_low": percent_low,
        "percent_acc_high": percent_high,
        "predicted_shift_accuracy": predicted_accuracy(accuracy, fit.slope, fit.intercept),
        "effective_robustness": effective_robustness(shift, accuracy, fit.slope, fit.intercept),
        "low": low,
        "high": high,
        "in_line": in_line,
    }
    left_out = [model for model, out in zip(pool, base & ~in_line, strict=True) if out]
    if left_out:
        logger.warning("left out of the line, accuracy exactly 0 or 1: %s", ", ".join(left_out))
    write_csv(Path(table), pd.DataFrame(models))
    write_csv(Path(line), _line_table(fit, fit_draws, int(in_line.sum()), left_out, confidence))
    logger.info("slope %.3f, intercept %.3f, r %.3f", *fit)


def _line_table(
    fit: Line, draws: Line, baselines: int, left_out: list[str], confidence: float
) -> pd.DataFrame:
    """Build the one-row table of the line."""
    row = {}
    for name, value, values in zip(Line._fields, fit, draws, strict=True):
        low, high = percentile_interval(values, confidence)
        row |= {name: value, f"{name}_low": low, f"{name}_high": high}
    row |= {
        "r_squared": fit.r**2,
        "baselines": baselines,
        "left_out": len(left_out),
        "left_out_models": " ".join(left_out),
        "undefined_draws": int(np.isnan(draws.slope).sum()),
    }
    return pd.DataFrame([row])


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.correct,
            snakemake.output.table,
            snakemake.output.line,
            **snakemake.params.settings,
        )

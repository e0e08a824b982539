"""The baseline line, effective robustness and %acc of the whole pool (Appendix A, Section 3)."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.baselines import (
    Baselines,
    Robustness,
    read_accuracy,
    read_baselines,
)
from workflow_scripts.analysis.estimates import (
    Bootstrap,
    Estimate,
    resamples_table,
    without_resamples,
)
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.method.robustness import Line, percent_acc, predicted_accuracy

LINE_COLUMNS = [
    *(f"{name}{end}" for name in Line._fields for end in ("", "_low", "_high")),
    *("r_squared", "source", "baselines", "left_out", "left_out_models", "undefined_resamples"),
]
log = logging.getLogger(__name__)


def main(
    correct: Sequence[Path | str],
    table: Path | str,
    line: Path | str,
    resamples: Path | str,
    *,
    pool: Sequence[str],
    robustness: Robustness,
) -> None:
    """Fit the line and measure every model of the pool.

    Intervals come from resampling images, the same for all models. Where the baselines are models
    of the study, the line is fitted anew in each resample; a line through published accuracies is
    the same in all of them. The choice of baselines is not resampled.

    Parameters
    ----------
    correct: the accuracy measure's HDF5 file of each model in `pool`.
    table: CSV to write, a row a model: model, accuracy, shift_accuracy, shift_accuracy_low,
        shift_accuracy_high, percent_acc, percent_acc_low, percent_acc_high,
        predicted_shift_accuracy, effective_robustness, low, high, in_line (the model entered the
        fit). percent_acc is empty at accuracy 0. Without shifts, all but the accuracy is empty;
        without a line, so are the prediction and what follows from it.
    line: CSV to write, one row, or none without a line: slope, intercept and r, each with _low and
        _high (empty where the line is not resampled), r_squared, source (pool or testbed),
        baselines (in the fit), left_out (number of baselines with an accuracy of exactly 0 or 1),
        left_out_models (their ids, separated by spaces), undefined_resamples (resamples without a
        line, left out of the intervals).
    resamples: CSV to write, a row a model and resample: model, resample, effective_robustness,
        percent_acc.
    pool: model ids.

    Raises
    ------
    InputError: damaged files, unpaired images, or baselines that define no line.
    """
    bootstrap, shifts = robustness.bootstrap, robustness.shifts
    baselines = read_baselines(robustness)
    nothing = without_resamples(np.full(len(pool), np.nan))
    accuracy = read_accuracy(correct, pool, [robustness.test], bootstrap)
    shift = read_accuracy(correct, pool, shifts, bootstrap) if shifts else nothing
    effective = baselines.robustness(accuracy, shift) if baselines else nothing
    share = Estimate(*map(percent_acc, shift, accuracy))
    predicted = nothing.value
    if baselines:
        predicted = predicted_accuracy(accuracy.value, *baselines.line[:2])
    low, high = bootstrap.interval(effective.resampled)
    columns = {
        "model": pool,
        "accuracy": accuracy.value,
        **_with_interval("shift_accuracy", *shift, bootstrap),
        **_with_interval("percent_acc", *share, bootstrap),
        "predicted_shift_accuracy": predicted,
        "effective_robustness": effective.value,
        "low": low,
        "high": high,
        # A model of the study by the name of one of the testbed has not entered the fit.
        "in_line": np.isin(pool, baselines.used() if baselines and baselines.resampled else []),
    }
    rows = [_line_row(baselines, bootstrap)] if baselines else []
    write_csv(Path(table), pd.DataFrame(columns))
    write_csv(Path(line), pd.DataFrame(rows, columns=LINE_COLUMNS))
    parts = [
        resamples_table({"model": model}, effective_robustness=one, percent_acc=other)
        for model, one, other in zip(pool, *_both(effective, share), strict=True)
    ]
    write_csv(Path(resamples), pd.concat(parts))


def _both(effective: Estimate, share: Estimate) -> tuple[np.ndarray, np.ndarray]:
    """Resamples of each model of both quantities [models, B], of which one may have none."""
    one, other = np.broadcast_arrays(effective.resampled, share.resampled)
    return one.T, other.T


def _with_interval(
    name: str, value: np.ndarray | float, resampled: np.ndarray, bootstrap: Bootstrap
) -> dict[str, Any]:
    low, high = bootstrap.interval(resampled)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _line_row(baselines: Baselines, bootstrap: Bootstrap) -> dict[str, Any]:
    """Build the row of the line."""
    row: dict[str, Any] = {}
    line, left_out = baselines.line, baselines.left_out()
    if left_out:
        log.warning("left out of the line, accuracy exactly 0 or 1: %s", ", ".join(left_out))
    for name in Line._fields:
        resampled = getattr(baselines.resampled_lines, name)
        row |= _with_interval(name, float(getattr(line, name)), resampled, bootstrap)
        if not baselines.resampled:
            row |= {f"{name}_low": np.nan, f"{name}_high": np.nan}
    log.info("slope %.3f, intercept %.3f, r %.3f", line.slope, line.intercept, line.r)
    return row | {
        "r_squared": line.r**2,
        "source": "pool" if baselines.resampled else "testbed",
        "baselines": len(baselines.used()),
        "left_out": len(left_out),
        "left_out_models": " ".join(left_out),
        "undefined_resamples": int(np.isnan(baselines.resampled_lines.slope).sum()),
    }


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            snakemake.input.correct,
            snakemake.output.table,
            snakemake.output.line,
            snakemake.output.resamples,
            pool=settings["pool"],
            robustness=Robustness.of(settings, snakemake.input.baselines),
        )

"""The baseline line, effective robustness and %acc of the whole pool (Appendix A, Section 3)."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.analysis.baselines import Baselines, read_accuracy, read_baselines
from workflow_scripts.analysis.estimates import Estimate, without_draws
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.method.bootstrap import percentile_interval
from workflow_scripts.method.effective_robustness import Line, percent_acc, predicted_accuracy

LINE_COLUMNS = [
    *(f"{name}{end}" for name in Line._fields for end in ("", "_low", "_high")),
    *("r_squared", "source", "baselines", "left_out", "left_out_models", "undefined_draws"),
]
log = logging.getLogger(__name__)


def main(
    correct, baselines, table, line, *, pool, line_through, baseline_models, test, shifts, bootstrap
):
    """Fit the line and measure every model of the pool.

    Intervals come from resampling images, the same for all models. Where the baselines are models
    of the study, the line is fitted anew in each draw; a line through published accuracies is the
    same in all of them. The choice of baselines is not resampled.

    Parameters
    ----------
    correct: the accuracy measure's HDF5 file of each model, in the order of `pool`.
    baselines: files of the baselines, see `read_baselines`.
    table: CSV to write, a row a model: model, accuracy, shift_accuracy, shift_accuracy_low,
        shift_accuracy_high, percent_acc, percent_acc_low, percent_acc_high,
        predicted_shift_accuracy, effective_robustness, low, high, in_line (the model entered the
        fit). percent_acc is empty at accuracy 0. Without shifts, all but the accuracy is empty;
        without a line, so are the prediction and what follows from it.
    line: CSV to write, one row, or none without a line: slope, intercept and r, each with _low and
        _high (empty where the line is not resampled), r_squared, source (pool or testbed),
        baselines (in the fit), left_out (number of baselines with an accuracy of exactly 0 or 1),
        left_out_models (their ids, separated by spaces), undefined_draws (resamples without a
        line, left out of the intervals).
    pool: model ids.
    test: id of the data set of role `test`.
    shifts: ids of the data sets of role `shift`.
    bootstrap: draws, confidence, seed.
    line_through, baseline_models: what the line goes through, see `read_baselines`.

    Raises
    ------
    InputError: damaged files, unpaired images, or baselines that define no line.
    """
    found = read_baselines(baselines, line_through, baseline_models, test, shifts, bootstrap)
    nothing = without_draws(np.full(len(pool), np.nan))
    accuracy = read_accuracy(correct, pool, [test], bootstrap)
    shift = read_accuracy(correct, pool, shifts, bootstrap) or nothing
    robustness = found.robustness(accuracy, shift) if found else nothing
    share = Estimate(*map(percent_acc, shift, accuracy))
    slope, intercept = found.line[:2] if found else (np.nan, np.nan)
    confidence = bootstrap["confidence"]
    low, high = robustness.interval(confidence)
    columns = {
        "model": pool,
        "accuracy": accuracy.value,
        **_with_interval("shift_accuracy", *shift, confidence),
        **_with_interval("percent_acc", *share, confidence),
        "predicted_shift_accuracy": predicted_accuracy(accuracy.value, slope, intercept),
        "effective_robustness": robustness.value,
        "low": low,
        "high": high,
        "in_line": np.isin(pool, found.used() if line_through == "pool" else []),
    }
    rows = [_line_row(found, confidence)] if found else []
    write_csv(Path(table), pd.DataFrame(columns))
    write_csv(Path(line), pd.DataFrame(rows, columns=LINE_COLUMNS))


def _with_interval(
    name: str, value: np.ndarray | float, draws: np.ndarray, confidence: float
) -> dict:
    low, high = percentile_interval(draws, confidence)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _line_row(baselines: Baselines, confidence: float) -> dict:
    """Build the row of the line."""
    row, left_out = {}, baselines.left_out()
    if left_out:
        log.warning("left out of the line, accuracy exactly 0 or 1: %s", ", ".join(left_out))
    for name, value, draws in zip(Line._fields, baselines.line, baselines.draws, strict=True):
        row |= _with_interval(name, float(value), draws, confidence)
        if not baselines.resampled:
            row |= {f"{name}_low": np.nan, f"{name}_high": np.nan}
    log.info("slope %.3f, intercept %.3f, r %.3f", *baselines.line)
    return row | {
        "r_squared": baselines.line.r**2,
        "source": "pool" if baselines.resampled else "testbed",
        "baselines": len(baselines.used()),
        "left_out": len(left_out),
        "left_out_models": " ".join(left_out),
        "undefined_draws": int(np.isnan(baselines.draws.slope).sum()),
    }


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.correct,
            snakemake.input.baselines,
            snakemake.output.table,
            snakemake.output.line,
            **snakemake.params.settings,
        )

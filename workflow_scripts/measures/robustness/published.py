"""Effective robustness from published accuracies: the paper's line and checkpoints (Appendix A)."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.analysis.baselines import checked_line
from workflow_scripts.analysis.published_accuracies import (
    VARIANTS,
    baseline_pool,
    read_accuracies,
    read_testbed,
    shift_accuracy,
    shift_columns,
    with_robustness,
)
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import PUBLISHED_VARIANT
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.robustness import Line, usable

log = logging.getLogger(__name__)

# What models.csv repeats of a checkpoint
DESCRIPTION = (
    *("model", "pool", "family", "backbone", "pretraining", "source", "architecture", "tag"),
    *("paper_accuracy", "paper_shift_accuracy"),
)


def baseline_points(testbed: pd.DataFrame) -> pd.DataFrame:
    """Tidy table of the baselines: variant, model, training, accuracy, shift_accuracy."""
    pool = baseline_pool(testbed)
    points = [
        pd.DataFrame(
            {
                "variant": variant,
                "model": pool["model"],
                "training": pool["training"],
                "accuracy": pool["imagenet"],
                "shift_accuracy": shift_accuracy(pool, variant),
            }
        )
        for variant in VARIANTS
    ]
    return pd.concat(points, ignore_index=True)


def fitted_lines(points: pd.DataFrame) -> dict[str, Line]:
    """Line of each ImageNet-V2 variant through the baselines."""
    return {
        str(variant): checked_line(rows["accuracy"].to_numpy(), rows["shift_accuracy"].to_numpy())
        for variant, rows in points.groupby("variant", sort=False)
    }


def matched_checkpoints(
    checkpoints: pd.DataFrame, open_clip: pd.DataFrame, testbed: pd.DataFrame
) -> pd.DataFrame:
    """Attach its published accuracies to each checkpoint, NaN for variants that are not published.

    Raises
    ------
    InputError: a checkpoint is in neither table, or more than once.
    """
    published = pd.concat(
        [
            open_clip.assign(source="open_clip"),
            testbed.rename(columns={"model": "architecture"}).assign(source="testbed", tag=""),
        ]
    )
    key = ["source", "architecture", "tag"]
    found = checkpoints.assign(tag=checkpoints["tag"].fillna("")).merge(
        published, on=key, how="left"
    )
    for _, row in found[found["imagenet"].isna() | found.duplicated(key)].iterrows():
        raise InputError(
            f"paper_checkpoints.tsv: {row['source']} {row['architecture']} {row['tag']}: found no "
            "row or several in the published table, expected exactly one."
        )
    return found.assign(model=(found["architecture"] + " " + found["tag"]).str.strip())


def measured_checkpoints(checkpoints: pd.DataFrame, lines: dict[str, Line]) -> pd.DataFrame:
    """Robustness of each checkpoint for each variant that is published for it.

    Each variant's accuracies are compared with the line of the same variant.
    """
    parts = []
    for variant, line in lines.items():
        rows = checkpoints.assign(shift_accuracy=shift_accuracy(checkpoints, variant))
        rows = rows.dropna(subset=["shift_accuracy"]).rename(columns={"imagenet": "accuracy"})
        rows = rows.assign(variant=variant)
        columns = [*DESCRIPTION, "variant", "accuracy", "shift_accuracy"]
        parts.append(with_robustness(rows[columns], line))
    return pd.concat(parts).sort_index(kind="stable")


def _line_table(points: pd.DataFrame, lines: dict[str, Line]) -> pd.DataFrame:
    """A row a variant of ImageNet-V2, see `main`."""
    rows = []
    for variant, line in lines.items():
        of_variant = points[points["variant"] == variant]
        use = usable(of_variant["accuracy"].to_numpy(), of_variant["shift_accuracy"].to_numpy())
        counts = {"models": int(use.sum()), "left_out": int((~use).sum())}
        rows.append({"variant": variant} | counts | line._asdict() | {"r_squared": line.r**2})
    return pd.DataFrame(rows)


def main(
    testbed: Path | str,
    open_clip: Path | str,
    checkpoints: Path | str,
    lines: Path | str,
    baselines: Path | str,
    models: Path | str,
) -> None:
    """Fit the published lines and measure the published checkpoints.

    Parameters
    ----------
    testbed: CSV of the ImageNet testbed's accuracies.
    open_clip: CSV of open_clip's zero-shot accuracies; ImageNet-V2 is matched-frequency only.
    checkpoints: TSV of the checkpoints: source, pool, family, backbone, pretraining, architecture,
        tag, paper_accuracy, paper_shift_accuracy, note.
    lines: CSV to write, a row a variant of ImageNet-V2: variant, models (baselines in the fit),
        left_out (baselines with an accuracy of exactly 0 or 1), slope, intercept, r, r_squared.
    baselines: CSV to write, a row a variant and baseline: variant, model, training, accuracy,
        shift_accuracy.
    models: CSV to write, a row a checkpoint and variant: model, pool, family, backbone,
        pretraining, source, architecture, tag, paper_accuracy, paper_shift_accuracy, variant,
        accuracy, shift_accuracy, percent_acc, predicted_shift_accuracy, effective_robustness.

    Raises
    ------
    InputError: a table is damaged, or a checkpoint is not in it.
    """
    testbed_table = read_testbed(testbed)
    zero_shot = read_accuracies(
        open_clip, ["architecture", "tag"], shift_columns(PUBLISHED_VARIANT)
    )
    points = baseline_points(testbed_table)
    fits = fitted_lines(points)
    chosen = matched_checkpoints(pd.read_csv(checkpoints, sep="\t"), zero_shot, testbed_table)
    write_csv(Path(lines), _line_table(points, fits))
    write_csv(Path(baselines), points)
    write_csv(Path(models), measured_checkpoints(chosen, fits))
    for variant, line in fits.items():
        slope, intercept, r = line
        log.info("%s: slope %.3f, intercept %.3f, r %.3f", variant, slope, intercept, r)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.testbed,
            snakemake.input.open_clip,
            snakemake.input.checkpoints,
            snakemake.output.lines,
            snakemake.output.baselines,
            snakemake.output.models,
            **snakemake.params.settings,
        )

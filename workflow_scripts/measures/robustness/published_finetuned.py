"""Effective robustness of finetuned CLIPs from published accuracies, beside their zero-shot parent.

Those of Model soups are measured over the five shifts, those of timm over the four that timm has;
each number is of one of the two.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.baselines import checked_line
from workflow_scripts.analysis.correlation import rank_correlation
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.analysis.published_accuracies import (
    FIVE,
    FOUR,
    baseline_pool,
    read_accuracies,
    read_testbed,
    shift_accuracy,
    shift_columns,
    with_robustness,
)
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import PUBLISHED_VARIANT, read_published
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.robustness import Line

PARENT = "ViT-B-32 openai"  # what Model soups finetuned
# ASSUME: a finetuned CLIP of timm is one whose name says so; some saw ImageNet-12k before ImageNet.
FINETUNED = r"clip.*_ft_(?:in12k_)?in1k"
# ASSUME: trained on ImageNet alone is what timm's metadata calls `in1k`, except models whose names
# tell of more data, which the metadata passes over.
IMAGENET = "in1k"
MORE_DATA = "in12k|in21k|in22k|jft|yfcc|ig1b|swag|seer"
COLUMNS = ["model", "source", "family", "backbone", "pretraining", "parent", "learning_rate",
           "shifts", "accuracy", "shift_accuracy", "percent_acc", "predicted_shift_accuracy",
           "effective_robustness"]  # fmt: skip
GROUP = ["source", "family", "backbone", "pretraining", "parent", "shifts"]
log = logging.getLogger(__name__)


def accuracies(table: pd.DataFrame, shifts: int) -> pd.DataFrame:
    """The table with accuracy, shift_accuracy and the number of shifts."""
    return table.assign(
        accuracy=table["imagenet"],
        shift_accuracy=shift_accuracy(table, PUBLISHED_VARIANT, shifts),
        shifts=shifts,
    )


def line_through(table: pd.DataFrame) -> Line:
    """The line through a table of `accuracies`."""
    return checked_line(table["accuracy"].to_numpy(), table["shift_accuracy"].to_numpy())


def read_soups(path: Path | str, zero_shot: pd.DataFrame) -> pd.DataFrame:
    """Accuracies of the CLIPs that Model soups finetuned, which have their parent's labels.

    Parameters
    ----------
    path: resources/published/model_soups_accuracy.csv
    zero_shot: of `read_published`

    Raises
    ------
    InputError: the table is damaged, or their parent is not among the zero-shot models.
    """
    table = read_accuracies(path, ["model"], shift_columns(PUBLISHED_VARIANT), ["learning_rate"])
    parents = zero_shot[zero_shot["model"] == PARENT]
    if len(parents) != 1:
        raise InputError(
            f"paper_checkpoints.tsv: found {len(parents)} checkpoints {PARENT}, expected one, the "
            f"parent of the models in {path}; restore it."
        )
    return accuracies(table, FIVE).assign(
        model="model_soups " + table["model"],
        source="model_soups",
        family="finetuned",
        backbone=parents["backbone"].iloc[0],
        pretraining=parents["pretraining"].iloc[0],
        parent=PARENT,
    )


def read_timm(path: Path | str) -> pd.DataFrame:
    """Accuracies of timm's finetuned CLIPs, and of its models that saw ImageNet alone.

    A model that was measured at several image sizes is there once for each.

    Parameters
    ----------
    path: resources/published/timm_accuracy.csv

    Raises
    ------
    InputError: the table is damaged.
    """
    table = read_accuracies(
        path, ["model", "image_size"], shift_columns(PUBLISHED_VARIANT, FOUR), ["pretraining"]
    )
    name = table["model"]
    finetuned = name.str.contains(FINETUNED)
    supervised = (table["pretraining"] == IMAGENET) & ~name.str.contains(MORE_DATA)
    return accuracies(table, FOUR).assign(
        model=name + " " + table["image_size"].astype(str),
        source="timm",
        family=np.where(finetuned, "finetuned", "supervised"),
        backbone="",  # theirs are too many to compare one by one
        pretraining="",
        parent="",
    )[finetuned | supervised]


def groups_of(models: pd.DataFrame, bootstrap: Bootstrap) -> pd.DataFrame:
    """Mean and range of each group of models with equally many shifts, see `main`."""
    rows = []
    for labels, group in models.groupby(GROUP, sort=False):
        robustness, percent = group["effective_robustness"], group["percent_acc"]
        row = dict(zip(GROUP, labels, strict=True)) | {
            "model": f"{labels[0]} {labels[1]}",
            "models": len(group),
            "effective_robustness": robustness.mean(),
            "sd": robustness.std(),
            "low": robustness.min(),
            "high": robustness.max(),
            "percent_acc": percent.mean(),
            "percent_acc_low": percent.min(),
            "percent_acc_high": percent.max(),
        }
        rows.append(row | correlation(group, bootstrap))
    return pd.DataFrame(rows).set_index("model").reset_index()


def correlation(group: pd.DataFrame, bootstrap: Bootstrap) -> dict[str, float]:
    """Rank correlation of learning rate and effective robustness, with its interval.

    The interval is over resamples of the models.

    Returns
    -------
    correlated (number of models), spearman, spearman_low, spearman_high; NaN without learning
    rates.
    """
    columns = ["learning_rate", "effective_robustness"]
    # A model that is published twice would make the interval too narrow.
    rate, robustness = group[columns].dropna().drop_duplicates().to_numpy().T
    value, low, high = np.nan, np.nan, np.nan
    if len(rate):
        counts = bootstrap.counts(len(rate), "learning_rate")
        drawn = np.stack([np.repeat(np.arange(len(rate)), count) for count in counts])
        value = rank_correlation(rate[None], robustness[None])[0]
        low, high = map(float, bootstrap.interval(rank_correlation(rate[drawn], robustness[drawn])))
    ends = {"spearman_low": low, "spearman_high": high}
    return {"correlated": len(rate), "spearman": value} | ends


def main(
    testbed: Path | str,
    model_soups: Path | str,
    timm: Path | str,
    published: Path | str,
    models: Path | str,
    lines: Path | str,
    groups: Path | str,
    *,
    bootstrap: dict[str, Any],
) -> None:
    """Measure the published finetuned models above the ImageNet testbed's lines.

    Parameters
    ----------
    testbed, model_soups, timm: CSVs of resources/published.
    published: measures/robustness/published/models.csv, with the zero-shot checkpoints.
    models: CSV to write, a row a model: model, source, family, backbone, pretraining, parent,
        learning_rate, shifts (their number), accuracy, shift_accuracy, percent_acc,
        predicted_shift_accuracy, effective_robustness. Beside the finetuned ones are the baselines
        of the five shifts, the zero-shot CLIPs, and the models of timm that saw ImageNet alone.
    lines: CSV to write, a row a line: source (what it goes through), shifts, used (whether models
        are compared with it), models, slope, intercept, r.
    groups: CSV to write, a row a group of models: model (its name), source, family, backbone,
        pretraining, parent, shifts, models (their number), the mean of effective_robustness with
        sd, low and high (its range), that of percent_acc with percent_acc_low and percent_acc_high,
        and the rank correlation with the learning rate: correlated (number of models), spearman,
        spearman_low, spearman_high.
    bootstrap: section of config.yaml; models are resampled, not images.

    Raises
    ------
    InputError: a table is damaged.
    """
    pool = baseline_pool(read_testbed(testbed)).assign(source="testbed", family="baseline")
    baselines = {shifts: accuracies(pool, shifts) for shifts in (FIVE, FOUR)}
    zero_shot = read_published(published).assign(shifts=FIVE)
    soups, others = read_soups(model_soups, zero_shot), read_timm(timm)
    # ASSUME: timm's models that saw ImageNet alone are nearly all accurate. Without weak models
    # their own line is much steeper than the testbed's, so it is told and not used.
    own = others[others["family"] == "supervised"]
    fits, rows = {}, []
    for table, used in ((baselines[FIVE], True), (baselines[FOUR], True), (own, False)):
        line, labels = line_through(table), table.iloc[0][["source", "shifts"]].to_dict()
        rows.append(labels | {"used": used, "models": len(table)} | line._asdict())
        if used:
            fits[labels["shifts"]] = line
        log.info("%s, %d shifts: slope %.3f, intercept %.3f, r %.3f", *labels.values(), *line)
    finetuned = [with_robustness(soups, fits[FIVE]), with_robustness(others, fits[FOUR])]
    measured = [with_robustness(baselines[FIVE], fits[FIVE]), zero_shot, *finetuned]
    write_csv(models, pd.concat(measured).reindex(columns=COLUMNS))
    write_csv(lines, pd.DataFrame(rows))
    write_csv(groups, groups_of(pd.concat(finetuned), Bootstrap(**bootstrap)))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.testbed,
            snakemake.input.model_soups,
            snakemake.input.timm,
            snakemake.input.published,
            snakemake.output.models,
            snakemake.output.lines,
            snakemake.output.groups,
            **snakemake.params.settings,
        )

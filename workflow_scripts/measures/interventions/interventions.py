"""Does effective robustness move when kurtosis is moved? Models of which one thing was changed.

Beyond the paper. An arm is what is changed; its models differ by their seed alone. It is compared
seed by seed with its reference, an arm that changes nothing.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis import accuracy, importance, kurtosis
from workflow_scripts.analysis.baselines import Robustness, read_accuracy, read_baselines
from workflow_scripts.analysis.estimates import Bootstrap, without_resamples
from workflow_scripts.analysis.model_files import ModelFiles, by_model
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.method.replicates import over_replicates

QUANTITIES = ("accuracy", "shift_accuracy", "effective_robustness", "kurtosis", "importance_ratio")
DIFFERENCE = ("difference", "difference_low", "difference_high")
log = logging.getLogger(__name__)


def indicators(
    files: ModelFiles, activations: Sequence[Path], folder: Path, bootstrap: Bootstrap
) -> dict[str, float]:
    """Kurtosis and importance ratio of a model, with intervals; what it classifies correctly.

    Parameters
    ----------
    activations: of the test set, then of the shifts.
    folder: in which the single tables are left, and `MODEL.h5` with what is correct.
    """
    correct = folder / f"{files.model}.h5"
    accuracy.main(files, activations, folder / "accuracy.csv", correct, bootstrap=bootstrap)
    paths = folder / "kurtosis.csv", folder / "resamples.csv"
    kurtosis.main(activations[:1], *paths, model=files.model, bootstrap=bootstrap)
    ratio = folder / "ratio.csv"
    others = folder / "directions.csv", ratio, folder / "resamples.csv"
    importance.main(files, activations[0], *others, bootstrap=bootstrap)
    found: dict[str, float] = {}
    for name, path in (("kurtosis", paths[0]), ("importance_ratio", ratio)):
        (row,) = pd.read_csv(path)[[name, "low", "high"]].to_numpy(float)
        found |= dict(zip((name, f"{name}_low", f"{name}_high"), row, strict=True))
    return found


def robustness_columns(correct: Sequence[Path], models: list[str], choice: Robustness) -> Any:
    """Accuracies and effective robustness of all models, with intervals; NaN without a line."""
    bootstrap, baselines = choice.bootstrap, read_baselines(choice)
    nothing = without_resamples(np.full(len(models), np.nan))
    own = read_accuracy(correct, models, [choice.test], bootstrap)
    shift = read_accuracy(correct, models, choice.shifts, bootstrap) if choice.shifts else nothing
    effective = baselines.robustness(own, shift) if baselines else nothing
    columns: dict[str, np.ndarray] = {}
    for name, each in zip(QUANTITIES[:3], (own, shift, effective), strict=True):
        low, high = bootstrap.interval(each.resampled)
        columns |= {name: each.value, f"{name}_low": low, f"{name}_high": high}
    return columns


def arms_table(models: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """A row an arm and quantity: mean over seeds and what it differs from its reference by.

    Parameters
    ----------
    models: a row a model: arm, seed, the arm that is its reference, whether a penalty holds its
        kurtosis (penalised), and each of `QUANTITIES` with `_low` and `_high`.
    confidence: of the intervals.

    Returns
    -------
    Columns arm, reference, penalised, quantity, seeds, value, low, high (over seeds and images),
    pairs, difference, difference_low, difference_high (Student's over the seeds that both arms
    have; no image is resampled, since both see the same ones); a single pair has no interval.
    """
    rows = []
    groups = models.groupby(["arm", "reference", "penalised"], sort=False)
    for (arm, reference, penalised), own in groups:
        unchanged = models[models["arm"] == reference].set_index("seed")
        shared = own.set_index("seed").index.intersection(unchanged.index)
        for name in QUANTITIES:
            value, low, high = (own[f"{name}{end}"].to_numpy() for end in ("", "_low", "_high"))
            mean = over_replicates(value, low, high, confidence)
            change = (own.set_index("seed")[name] - unchanged[name]).loc[shared].to_numpy()
            moved: Sequence[Any] = [change.mean() if len(change) else np.nan, np.nan, np.nan]
            if len(change) > 1:
                moved = over_replicates(change, change, change, confidence)
            rows.append(
                {"arm": arm, "reference": reference, "penalised": penalised}
                | {"quantity": name, "seeds": len(own)}
                | dict(zip(("value", "low", "high"), map(float, mean), strict=True))
                | {"pairs": len(shared)}
                | dict(zip(DIFFERENCE, map(float, moved), strict=True))
            )
    return pd.DataFrame(rows)


def main(
    activations: Sequence[Path | str],
    heads: Sequence[Path | str],
    cards: Sequence[Path | str],
    models_path: Path | str,
    arms_path: Path | str,
    *,
    models: list[dict[str, Any]],
    robustness: Robustness,
) -> None:
    """Measure all interventions.

    Parameters
    ----------
    activations: activation files, those of each model in the study's order, the test set first.
    heads, cards: head.safetensors and card.json of each model.
    models_path, arms_path: CSV to write; see `arms_table`.
    models: of each model its id, arm, seed, the arm that is its reference, and penalised.

    Raises
    ------
    InputError: a model lacks a file, or files are damaged or do not belong together.
    """
    ids = [each["model"] for each in models]
    own, *single = [by_model(paths, ids) for paths in (activations, heads, cards)]
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = []
        for model in ids:
            files = ModelFiles(model, *(paths[model][0] for paths in single))
            found.append(indicators(files, own[model], folder, robustness.bootstrap))
        correct = [folder / f"{model}.h5" for model in ids]
        columns = robustness_columns(correct, ids, robustness)
    table = pd.DataFrame(models).assign(**columns).join(pd.DataFrame(found))
    arms = arms_table(table, robustness.bootstrap.confidence)
    write_csv(Path(models_path), table)
    write_csv(Path(arms_path), arms)
    log.info("%d models of %d arms", len(ids), arms["arm"].nunique())


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            snakemake.input.activations,
            snakemake.input.heads,
            snakemake.input.cards,
            snakemake.output.models,
            snakemake.output.arms,
            models=settings["models"],
            robustness=Robustness.of(settings, snakemake.input.baselines),
        )

"""What one model's activations and head say of its robustness (Sections 3 and 4).

One job for the three measures: each takes less time than a job's start.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workflow_scripts.analysis import accuracy, importance, kurtosis
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.analysis.model_files import ModelFiles


def main(
    files: ModelFiles,
    activations: Sequence[Path | str],
    outputs: Mapping[str, Path | str],
    *,
    bootstrap: Bootstrap,
) -> None:
    """Measure one model.

    Parameters
    ----------
    files: the model.
    activations: its activation files of all data sets, that of role `test` first.
    outputs: files to write, by name: accuracy, correct (see analysis/accuracy.py), kurtosis (see
        analysis/kurtosis.py), importance and importance_ratio (see analysis/importance.py).

    Raises
    ------
    InputError: files are damaged or do not belong together.
    """
    accuracy.main(files, activations, outputs["accuracy"], outputs["correct"], bootstrap=bootstrap)
    kurtosis.main(activations, outputs["kurtosis"], model=files.model, bootstrap=bootstrap)
    directions, ratio = outputs["importance"], outputs["importance_ratio"]
    importance.main(files, activations[0], directions, ratio, bootstrap=bootstrap)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            ModelFiles(settings["model"], snakemake.input.head, snakemake.input.card),
            snakemake.input.activations,
            dict(snakemake.output.items()),
            bootstrap=Bootstrap(**settings["bootstrap"]),
        )

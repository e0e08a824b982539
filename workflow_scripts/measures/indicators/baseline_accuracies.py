"""Accuracies of the baselines, through which the line of effective robustness goes (Appendix A)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflow_scripts.analysis import accuracy
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.analysis.model_files import ModelFiles, by_model


def main(
    activations: Sequence[Path | str],
    heads: Sequence[Path | str],
    cards: Sequence[Path | str],
    tables: Sequence[Path | str],
    correct: Sequence[Path | str],
    *,
    models: Sequence[str],
    bootstrap: Bootstrap,
) -> None:
    """Measure one model after the other.

    Which model a file belongs to is said by its folder or name, see `by_model`.

    Parameters
    ----------
    activations: activation files of all data sets, those of each model in the study's order.
    heads, cards: head.safetensors and card.json of each model.
    tables, correct: CSV and HDF5 to write of each model, see `analysis/accuracy.py`.
    models: ids of the models.

    Raises
    ------
    InputError: a model lacks a file, or files are damaged or do not belong together.
    """
    own_activations = by_model(activations, models)
    single = [by_model(paths, models) for paths in (heads, cards, tables, correct)]
    for model in models:
        head, card, table, stored = (paths[model][0] for paths in single)
        files = ModelFiles(model, head, card)
        accuracy.main(files, own_activations[model], table, stored, bootstrap=bootstrap)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        main(
            snakemake.input.activations,
            snakemake.input.heads,
            snakemake.input.cards,
            snakemake.output.tables,
            snakemake.output.correct,
            models=settings["models"],
            bootstrap=Bootstrap(**settings["bootstrap"]),
        )

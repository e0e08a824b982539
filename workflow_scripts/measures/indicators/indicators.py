"""What one model's activations and head say of its robustness (Sections 3 and 4).

One job for the three measures: each takes less time than a job's start.
"""

from workflow_scripts.analysis import accuracy, importance, kurtosis


def main(activations, head, card, outputs, *, model, bootstrap):
    """Measure one model.

    Parameters
    ----------
    activations: activation files (or their digests) of all data sets, that of role `test` first.
    head, card: the bundle's head.safetensors and card.json.
    outputs: files to write, by name: accuracy, correct (see analysis/accuracy.py), kurtosis (see
        analysis/kurtosis.py), importance and importance_ratio (see analysis/importance.py).
    model: id of the model.
    bootstrap: draws, confidence, seed.

    Raises
    ------
    InputError: damaged files, or files that do not belong together.
    """
    settings = {"model": model, "bootstrap": bootstrap}
    bundle = (head, card)
    accuracy.main(activations, *bundle, outputs["accuracy"], outputs["correct"], **settings)
    kurtosis.main(activations, outputs["kurtosis"], **settings)
    directions, ratio = outputs["importance"], outputs["importance_ratio"]
    importance.main(activations[0], *bundle, directions, ratio, **settings)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.activations,
            snakemake.input.head,
            snakemake.input.card,
            dict(snakemake.output.items()),
            **snakemake.params.settings,
        )

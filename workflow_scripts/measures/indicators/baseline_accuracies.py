"""Accuracies of the baselines, through which the line of effective robustness goes (Appendix A)."""

from workflow_scripts.analysis import accuracy


def main(activations, bundles, outputs, *, models, bootstrap):
    """Measure one model after the other.

    Parameters
    ----------
    activations: activation files of all data sets of the first model, of the second, and so on.
    bundles: head.safetensors and card.json of each model.
    outputs: CSV and HDF5 to write of each model.
    models, bootstrap: ids of the models; see `analysis/accuracy.py`.
    """
    each = len(activations) // len(models)
    for number, (model, bundle, files) in enumerate(zip(models, bundles, outputs, strict=True)):
        own = activations[number * each : (number + 1) * each]
        accuracy.main(own, *bundle, *files, model=model, bootstrap=bootstrap)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.activations,
            list(zip(snakemake.input.heads, snakemake.input.cards, strict=True)),
            list(zip(snakemake.output.tables, snakemake.output.correct, strict=True)),
            **snakemake.params.settings,
        )

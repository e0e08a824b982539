"""Figure 2b: importance ratio of each model's directions (Section 4, equation 3)."""

import pandas as pd
from matplotlib.axes import Axes

from workflow_scripts.lib import captions
from workflow_scripts.lib.families import shown
from workflow_scripts.lib.figure_style import family_legend, new_figure, save, style
from workflow_scripts.lib.measure_tables import read_values
from workflow_scripts.lib.model_bars import draw_bars


def draw(ax: Axes, models: list[dict], values: pd.DataFrame) -> None:
    """Draw a bar of the importance ratio for each model; see `draw_bars`."""
    draw_bars(ax, models, values)
    ax.set_ylabel("Importance ratio (max / mean)")


def main(importance_ratio, pdf, png, caption, *, study, models, dataset, confidence):
    """Draw the figure.

    Parameters
    ----------
    importance_ratio: measures/importance_ratio.csv
    pdf, png, caption: files to write
    study: name of the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: level of the intervals in the table
    """
    own = shown(models)
    values = read_values(importance_ratio, own, ("importance_ratio", "low", "high"), dataset)
    text = captions.caption(
        "Figure 2b. Importance ratio.",
        "Importance of the most important right singular vector of the head over the mean "
        f"importance of all (equations 2 and 3), on the images of `{dataset}`. A high ratio "
        "indicates a privileged direction.",
        captions.pool_sentence(study, own),
        captions.undefined_sentence(values),
        captions.interval_sentence(confidence),
    )
    with style():
        figure = new_figure(height=2.9)
        ax = figure.subplots()
        draw(ax, own, values)
        ax.set_title(f"This study ({study})", pad=16)
        family_legend(figure, [model["family"] for model in own])
        save(figure, pdf, png, caption, text)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.importance_ratio,
            snakemake.output.pdf,
            snakemake.output.png,
            snakemake.output.caption,
            **snakemake.params.settings,
        )

"""Figure 2a: activation kurtosis of each model on the ImageNet test set (Section 4)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from workflow_scripts.lib import captions
from workflow_scripts.lib.families import shown
from workflow_scripts.lib.figure_style import family_legend, new_figure, save, style
from workflow_scripts.lib.measure_tables import read_values
from workflow_scripts.lib.model_bars import draw_bars

GAUSSIAN = 3  # kurtosis of an isotropic Gaussian, the paper's mark for "no outlier features"
LINE = {"color": "black", "linestyle": "--", "linewidth": 0.8}


def draw(ax: Axes, models: list[dict], values: pd.DataFrame) -> None:
    """Draw a bar of kurtosis for each model, and a dashed line at that of a Gaussian."""
    draw_bars(ax, models, values)
    ax.axhline(GAUSSIAN, **LINE)
    ax.set_ylabel("Activation kurtosis")


def main(kurtosis, pdf, png, caption, *, study, models, dataset, confidence):
    """Draw the figure.

    Parameters
    ----------
    kurtosis: measures/kurtosis.csv
    pdf, png, caption: files to write
    study: name of the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: level of the intervals in the table
    """
    own = shown(models)
    values = read_values(kurtosis, own, ("kurtosis", "low", "high"), dataset)
    text = captions.caption(
        "Figure 2a. Activation kurtosis.",
        "Kurtosis over the components of an activation vector (equation 1), averaged over the "
        f"images of `{dataset}`. Far above 3, the value of a Gaussian (dashed), it indicates "
        "outlier features.",
        captions.pool_sentence(study, own),
        captions.undefined_sentence(values),
        captions.interval_sentence(confidence),
    )
    with style():
        figure = new_figure(height=2.9)
        ax = figure.subplots()
        draw(ax, own, values)
        ax.set_title(f"This study ({study})", pad=16)
        gaussian = Line2D([], [], **LINE, label="Gaussian (3)")
        family_legend(figure, [model["family"] for model in own], [gaussian])
        save(figure, pdf, png, caption, text)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.kurtosis,
            snakemake.output.pdf,
            snakemake.output.png,
            snakemake.output.caption,
            **snakemake.params.settings,
        )

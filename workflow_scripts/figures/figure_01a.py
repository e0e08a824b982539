"""Figure 1a: effective robustness of each model, and of published checkpoints (Section 3)."""

import pandas as pd
from matplotlib.axes import Axes

from workflow_scripts.lib.model_bars import draw_bars
from workflow_scripts.lib.robustness_bars import make

COLUMNS = ("effective_robustness", "low", "high")
TEXTS = (
    "Figure 1a. Effective robustness.",
    "Average accuracy on the distribution shifts above what the baseline line predicts from the "
    "accuracy on the ImageNet test set (equation 5). Higher is more robust; 0 is the line.",
)


def draw(ax: Axes, models: list[dict], values: pd.DataFrame, hatch: str | None = None) -> None:
    """Draw a bar of effective robustness for each model; see `draw_bars`."""
    draw_bars(ax, models, values, hatch)
    ax.axhline(0, color="black", linewidth=0.6)
    ax.set_ylabel("Effective robustness")


def main(robustness, published, pdf, png, caption, *, study, models, confidence):
    """Draw the figure.

    Parameters
    ----------
    robustness: measures/effective_robustness/models.csv
    published: measures/published/models.csv
    pdf, png, caption: files to write
    study: name of the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    confidence: level of the intervals in the table
    """
    settings = {"study": study, "models": models, "confidence": confidence}
    make(draw, COLUMNS, TEXTS, (robustness, published), (pdf, png, caption), **settings)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.robustness,
            snakemake.input.published,
            snakemake.output.pdf,
            snakemake.output.png,
            snakemake.output.caption,
            **snakemake.params.settings,
        )

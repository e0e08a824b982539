"""Figure 1b: %acc of each model, and of published checkpoints (Section 3)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from workflow_scripts.lib.model_bars import draw_bars
from workflow_scripts.lib.robustness_bars import make

COLUMNS = ("percent_acc", "percent_acc_low", "percent_acc_high")
TEXTS = (
    "Figure 1b. %acc.",
    "Average accuracy on the distribution shifts as a share of the accuracy on the ImageNet test "
    "set. Higher is more robust; at 100 % nothing is lost on the shifts.",
)


def draw(ax: Axes, models: list[dict], values: pd.DataFrame, hatch: str | None = None) -> None:
    """Draw a bar of %acc for each model; see `draw_bars`."""
    draw_bars(ax, models, values, hatch)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylabel(r"%$_\mathrm{acc}$ (shifts / test set)")


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

"""Figure 2: activation kurtosis (a) and importance ratio (b) of each model (Section 4)."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_values
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.bars import bar_figure, plot_bars
from workflow_scripts.reporting.families import Model, without_baselines
from workflow_scripts.reporting.pages import files_of_pages
from workflow_scripts.reporting.style import family_legend, save, style
from workflow_scripts.reporting.texts import StudyFacts

GAUSSIAN = 3  # kurtosis of an isotropic Gaussian, the paper's mark for "no outlier features"
LINE: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 0.8}


class Part(NamedTuple):
    """One part of the figure."""

    letter: str
    measure: str  # its table and the column of its value
    label: str  # of the y axis
    level: float | None  # of a dashed line
    heading: str
    sentence: str


PARTS = (
    Part(
        "a",
        "kurtosis",
        "Activation kurtosis",
        GAUSSIAN,
        "Activation kurtosis.",
        "Kurtosis over the components of an activation vector (equation 1), averaged over the "
        "images of `{dataset}`. Far above 3, the value of a Gaussian (dashed), it indicates "
        "outlier features.",
    ),
    Part(
        "b",
        "importance_ratio",
        "Importance ratio (max / mean)",
        None,
        "Importance ratio.",
        "Importance of the most important right singular vector of the head over the mean "
        "importance of all (equations 2 and 3), on the images of `{dataset}`. A high ratio "
        "indicates a privileged direction.",
    ),
)


def plot(ax: Axes, models: list[Model], part: Part, values: pd.DataFrame) -> None:
    """Plot a bar for each model of a line, and the dashed line of the part."""
    plot_bars(ax, models, values)
    if part.level is not None:
        ax.axhline(part.level, **LINE)
    ax.set_ylabel(part.label)


def figure_of(part: Part, models: list[Model], values: pd.DataFrame, title: str) -> Figure:
    """One part of the figure."""
    figure = bar_figure(models, partial(plot, part=part, values=values), title)
    gaussian = Line2D([], [], **LINE, label="Gaussian (3)")
    others = [gaussian] if part.level is not None else []
    family_legend(figure, [model["family"] for model in models], others)
    return figure


def main(
    tables: Sequence[str],
    outputs: Sequence[str],
    *,
    study: StudyFacts,
    models: list[Model],
    dataset: str,
    confidence: float,
) -> None:
    """Plot both parts.

    Parameters
    ----------
    tables: measures/kurtosis.csv and measures/importance_ratio.csv
    outputs: pdf, png and caption of each part
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: level of the intervals in the tables

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    own = without_baselines(models)
    for part, table, files in zip(PARTS, tables, files_of_pages(outputs), strict=True):
        values = read_values(table, own, (part.measure, "low", "high"), dataset)
        text = texts.paragraph(
            f"Figure 2{part.letter}. {part.heading}",
            part.sentence.format(dataset=dataset),
            texts.rectified_sentence(own) if part.measure == "kurtosis" else "",
            texts.pool_sentence(study, own),
            texts.undefined_sentence(values),
            texts.interval_sentence(confidence),
        )
        with style():
            save(figure_of(part, own, values, f"This study ({study['name']})"), files, text)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            [snakemake.input.kurtosis, snakemake.input.importance_ratio],
            snakemake.output,
            **snakemake.params.settings,
        )

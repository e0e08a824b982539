"""Figure 2: activation kurtosis (a) and importance ratio (b) of each model (Section 4)."""

from functools import partial
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_values
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.bars import are_few, bar_figure, cut_sentence, plot_bars
from workflow_scripts.reporting.families import Model, look_of, without_baselines
from workflow_scripts.reporting.style import FigureFiles, family_legend, save, style
from workflow_scripts.reporting.texts import StudyFacts

GAUSSIAN = 3  # kurtosis of an isotropic Gaussian, the paper's mark for "no outlier features"
LINE: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 0.8}


class Part(NamedTuple):
    """One part of the figure."""

    measure: str  # its table and the column of its value
    label: str  # of the y axis
    level: float | None  # of a dashed line
    heading: str
    sentence: str


PARTS = {
    "a": Part(
        "kurtosis",
        "Activation kurtosis",
        GAUSSIAN,
        "Activation kurtosis.",
        "Kurtosis over the components of an activation vector (equation 1), averaged over the "
        "images of `{dataset}`. Far above 3, the value of a Gaussian (dashed), it indicates "
        "outlier features.",
    ),
    "b": Part(
        "importance_ratio",
        "Importance ratio (max / mean)",
        None,
        "Importance ratio.",
        "Importance of the most important right singular vector of the head over the mean "
        "importance of all (equations 2 and 3), on the images of `{dataset}`. A high ratio "
        "indicates a privileged direction.",
    ),
}


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
    family_legend(figure, map(look_of, models), others, beside=are_few(models))
    return figure


def main(
    table: str,
    files: FigureFiles,
    *,
    letter: str,
    study: StudyFacts,
    models: list[Model],
    dataset: str,
    confidence: float,
) -> None:
    """Plot a part.

    Parameters
    ----------
    table: measures/indicators/kurtosis.csv or importance_ratio.csv
    files: to write
    letter: which part, "a" or "b"
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: level of the intervals in the table

    Raises
    ------
    InputError: the table lacks a column or a model
    """
    own, part = without_baselines(models), PARTS[letter]
    values = read_values(table, own, (part.measure, "low", "high"), dataset)
    text = texts.paragraph(
        f"Figure 2{letter}. {part.heading}",
        part.sentence.format(dataset=dataset),
        texts.rectified_sentence(own) if part.measure == "kurtosis" else "",
        texts.pool_sentence(study, own),
        texts.undefined_sentence(values),
        cut_sentence(values),
        texts.interval_sentence(confidence, study),
    )
    with style():
        figure = figure_of(part, own, values, f"This study ({study['name']})")
        save(figure, files, text)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.table,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

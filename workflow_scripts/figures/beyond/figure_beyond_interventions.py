"""Effective robustness over kurtosis of models of which one thing was changed in the training."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.pages import FigureFiles
from workflow_scripts.reporting.style import legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

# Okabe and Ito's; arms are no families, and the first changes nothing.
COLOURS = ("black", "#56B4E9", "#0072B2", "#E69F00", "#D55E00", "#CC79A7", "#009E73", "#F0E442")
MARKERS = "osD^vP*X"
HEIGHT = "effective_robustness"
PANELS = {"kurtosis": "Activation kurtosis", "importance_ratio": "Importance ratio"}
ENDS = ("value", "low", "high")
DIFFERENCE = ("difference", "difference_low", "difference_high")
GAUSSIAN: dict[str, Any] = {"color": "black", "linewidth": 0.8, "linestyle": "--"}


def plot(ax: Axes, models: pd.DataFrame, arms: pd.DataFrame, quantity: str) -> None:
    """Plot each arm's mean with both intervals, and its single models faintly.

    Parameters
    ----------
    models: a row a model: arm, effective_robustness and the quantity
    arms: columns arm, quantity, value, low, high
    """
    tables: dict[Any, pd.DataFrame] = {
        name: part.set_index("arm") for name, part in arms.groupby("quantity")
    }
    for arm, colour, marker in zip(models["arm"].unique(), COLOURS, MARKERS, strict=False):
        own = models[models["arm"] == arm]
        ax.plot(own[quantity], own[HEIGHT], marker, color=colour, ms=3, alpha=0.35, mew=0)
        (x, x_low, x_high), (y, y_low, y_high) = (
            tables[name].loc[[arm], list(ENDS)].to_numpy()[0] for name in (quantity, HEIGHT)
        )
        ax.plot([x_low, x_high], [y, y], color=colour, linewidth=0.8)
        ax.plot([x, x], [y_low, y_high], color=colour, linewidth=0.8)
        ax.plot(x, y, marker, color=colour, ms=6, mec="white", mew=0.5)
    ax.set_xlabel(PANELS[quantity])
    ax.grid(color="0.92", linewidth=0.5)


def figure_of(models: pd.DataFrame, arms: pd.DataFrame) -> Figure:
    """The figure: a panel for each signature."""
    figure = new_figure(height=2.9)
    axes = figure.subplots(1, len(PANELS), sharey=True)
    for ax, quantity in zip(axes, PANELS, strict=True):
        plot(ax, models, arms, quantity)
    axes[0].axvline(3, **GAUSSIAN)
    axes[0].set_ylabel("Effective robustness")
    axes[0].set_ylim(bottom=0)
    entries = [
        Line2D([], [], marker=marker, color=colour, ms=5, linestyle="none", label=arm)
        for arm, colour, marker in zip(models["arm"].unique(), COLOURS, MARKERS, strict=False)
    ]
    legend(figure, [*entries, Line2D([], [], **GAUSSIAN, label="Gaussian (3)")], ncols=3)
    return figure


def differences(arms: pd.DataFrame) -> str:
    """What each arm differs from the first by, in kurtosis and effective robustness."""
    first, *others = arms["arm"].unique()
    keyed = arms.set_index(["arm", "quantity"])

    def words(arm: str, name: str) -> str:
        ends = keyed.reindex([(arm, name)])[list(DIFFERENCE)].to_numpy()[0]
        value, low, high = (f"{each:+.2f}".replace("-", "−") for each in ends)
        return f"{value} ({low} to {high})"

    each = [
        f"{arm}: kurtosis {words(arm, 'kurtosis')}, effective robustness {words(arm, HEIGHT)}"
        for arm in others
    ]
    return f"Differences from “{first}”, paired by seed: {'; '.join(each)}."


def main(
    models: str,
    arms: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    dataset: str,
    confidence: float,
    line_through: str,
    no_line: str,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    models, arms: measures/interventions/interventions/{models,arms}.csv
    files: to write
    study: what figure captions say about the study
    dataset: id of the data set of role test
    confidence: level of the intervals in the table
    line_through, no_line: see `texts.line_sentence`

    Raises
    ------
    InputError: a table lacks a column
    """
    single = read_table(models, ("arm", HEIGHT, *PANELS))
    table = read_table(arms, ("arm", "quantity", "seeds", *ENDS, "difference"))
    seeds = ", ".join(map(str, sorted(table["seeds"].unique())))
    text = texts.paragraph(
        "One thing changed in the training; the paper does not have it.",
        f"Kurtosis and importance ratio on `{dataset}`. Each large point is the mean over models "
        f"that differ by their seed alone ({seeds} of each kind, the small points); intervals: "
        f"{100 * confidence:g} % over seeds (Student) and images.",
        differences(table),
        texts.study_sentence(study),
        texts.line_sentence(line_through, no_line),
    )
    with style():
        save(figure_of(single, table), files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.models,
            snakemake.input.arms,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

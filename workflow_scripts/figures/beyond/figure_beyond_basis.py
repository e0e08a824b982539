"""Beyond the paper: kurtosis in other bases, the mean that it hangs on, and Appendix F's remark."""

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.bars import (
    HEIGHT,
    bar_places,
    lines_of,
    plot_bars,
    plot_lines,
    set_title,
)
from workflow_scripts.reporting.families import Model, look_of, without_baselines
from workflow_scripts.reporting.style import FigureFiles, family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

GAUSSIAN = 3  # kurtosis
FOLDED = 0.798  # mean absolute value of a standard Gaussian
LINE: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 0.8}
MARKS: dict[str, tuple[str, dict[str, Any]]] = {
    "kurtosis_eigenbasis": ("Eigenbasis", {"marker": "x", "color": "black", "markersize": 4}),
    "kurtosis_centred": (
        "After centring",
        {"marker": "o", "color": "black", "markerfacecolor": "white", "markersize": 3.5},
    ),
}
RANGE: dict[str, Any] = {"color": "0.25", "linewidth": 4, "alpha": 0.7}
SPANS = {"second": "To second component", "median": "To median component"}


def plot_kurtosis(ax: Axes, models: list[Model], table: pd.DataFrame, values: pd.DataFrame) -> None:
    """Plot bars of kurtosis as it is, the range in random bases, and marks for other bases.

    Parameters
    ----------
    table: model, quantity, value, lowest, highest
    values: of `read_values`, kurtosis as it is
    """
    plot_bars(ax, models, values)
    for model, (x, _) in bar_places(models).items():
        own = table[table["model"] == model].set_index("quantity")
        random = own.loc["kurtosis_random"]
        ax.vlines(x, random["lowest"], random["highest"], zorder=3, **RANGE)
        for name, (_, look) in MARKS.items():
            ax.plot(x, float(own["value"][name]), linestyle="none", **look)
    ax.axhline(GAUSSIAN, **LINE)
    ax.set_yscale("log")
    ax.set_ylim(bottom=1)
    ax.set_ylabel("Activation kurtosis")


def plot_mean(ax: Axes, models: list[Model], table: pd.DataFrame) -> None:
    """Plot kurtosis as it is over the share of the mean in E|h|^2."""
    wide = table.pivot(index="model", columns="quantity", values="value")
    for model in models:
        own, look = wide.loc[model["model"]], look_of(model)
        place = own["mean_share"], own["kurtosis"]
        ax.plot(*place, look.marker, color=look.colour, ms=4.5, mec="white", mew=0.4)
    ax.axhline(GAUSSIAN, **LINE)
    ax.set_xlim(0, 1)
    ax.set_xlabel("Share of the mean in E|h|²")
    ax.set_ylabel("Kurtosis")
    ax.set_title("(b) The mean of h")


def plot_span(ax: Axes, models: list[Model], span: pd.DataFrame, toward: str) -> None:
    """Plot how far h lies out along directions from the leading component to another one."""
    for model in models:
        own = span[(span["model"] == model["model"]) & (span["toward"] == toward)]
        ax.plot(own["angle"], own["value"], color=look_of(model).colour, linewidth=0.8)
    ax.axhline(FOLDED, **LINE)
    ax.set_xlim(0, 180)
    ax.set_xticks([0, 45, 90, 135, 180])
    ax.set_ylim(bottom=0)
    ax.set_xlabel("Angle from the first component")


def figure_of(
    models: list[Model],
    basis: pd.DataFrame,
    values: pd.DataFrame,
    span: pd.DataFrame,
    title: str,
) -> Figure:
    """The figure: bars on as many lines as they need, three panels below them."""
    lines = lines_of(models)
    figure = new_figure(height=HEIGHT * len(lines) + 2.7)
    places = figure.add_gridspec(len(lines) + 1, 3)
    axes = [figure.add_subplot(places[number, :]) for number in range(len(lines))]
    plot_lines(axes, lines, partial(plot_kurtosis, table=basis, values=values))
    set_title(axes[0], f"(a) {title}", lines[0])
    below = [figure.add_subplot(places[len(lines), number]) for number in range(3)]
    plot_mean(below[0], models, basis)
    for letter, ax, (toward, name) in zip("cd", below[1:], SPANS.items(), strict=True):
        plot_span(ax, models, span, toward)
        ax.set_title(f"({letter}) {name}")
    below[1].set_ylabel("Standard deviations")
    below[2].sharey(below[1])
    handles = [Line2D([], [], **RANGE, label="Random bases (range)")]
    handles += [
        Line2D([], [], linestyle="none", **look, label=name) for name, look in MARKS.values()
    ]
    handles.append(Line2D([], [], **LINE, label="Gaussian"))
    family_legend(figure, map(look_of, models), handles)
    return figure


def main(
    basis: str,
    span: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    models: list[Model],
    dataset: str,
    confidence: float,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    basis, span: measures/basis/basis.csv and span.csv
    files: to write
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: level of the intervals in the tables

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    own = without_baselines(models)
    table = read_table(basis, ("model", "quantity", "value", "low", "high", "lowest", "highest"))
    values = table[table["quantity"] == "kurtosis"].set_index("model")[["value", "low", "high"]]
    text = texts.paragraph(
        "Kurtosis in other bases, which the paper does not have.",
        f"(a) Activation kurtosis on `{dataset}` as it is (bars), in 20 random orthogonal bases "
        "(range of their means), in the eigenbasis of E[h hᵀ], and after E[h] is subtracted. A "
        "change of basis, of h and of the head's weight, leaves all logits and accuracies as they "
        "are. (b) Kurtosis over the share of the mean of h in E|h|², which no basis changes. (c, "
        "d) Appendix F: distance of h from the mean of its components, in their standard "
        "deviations, along directions in the plane of two axes, from the leading "
        "component (0°) to the second, or to one of median contribution (90°), and on; a Gaussian "
        "has 0.8.",
        texts.rectified_sentence(own),
        texts.pool_sentence(study, own),
        texts.interval_sentence(confidence, study),
    )
    columns = ("model", "toward", "angle", "value")
    with style():
        title = f"This study ({study['name']})"
        figure = figure_of(own, table, values, read_table(span, columns), title)
        save(figure, files, text)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.basis,
            snakemake.input.span,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

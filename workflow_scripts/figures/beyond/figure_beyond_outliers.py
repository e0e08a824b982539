"""Beyond the paper: which components make a model's kurtosis, and whether they do elsewhere."""

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
from workflow_scripts.reporting.pages import say
from workflow_scripts.reporting.style import FigureFiles, family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

COMPARED = 5  # leading components
STEPS = "No finetuned model here has its epochs."
PATHS = "No two models here can be interpolated."
MARKER: dict[str, Any] = {"ms": 4, "mec": "white", "mew": 0.4}


def plot_components(
    ax: Axes, models: list[Model], outliers: pd.DataFrame, values: pd.DataFrame
) -> None:
    """Plot the contribution of the leading component as a bar, those of the next as marks.

    Parameters
    ----------
    outliers: model, place, component, sign, kurtosis, on the test set
    values: contribution of the leading component, columns value, low, high
    """
    plot_bars(ax, models, values)
    for model, (x, _) in bar_places(models).items():
        own = outliers[outliers["model"] == model].sort_values("place")
        ax.plot([x] * (len(own) - 1), own["kurtosis"][1:], "_", color="black", ms=4, mew=0.7)
        name = f"{'−' if own['sign'].iloc[0] < 0 else '+'}{own['component'].iloc[0]}"
        top = (x, own["kurtosis"].iloc[0])
        ax.annotate(name, top, (0, 3), textcoords="offset points", ha="center", va="bottom",
                    rotation=90, fontsize=6)  # fmt: skip
    ax.set_ylabel("Contribution to kurtosis")
    ax.margins(y=0.35)


def plot_datasets(ax: Axes, models: list[Model], stability: pd.DataFrame) -> None:
    """Plot the overlap of the leading components with those on each shift, model by model."""
    shifts = list(dict.fromkeys(stability["elsewhere"]))
    for number, model in enumerate(models):
        own = stability[stability["model"] == model["model"]].set_index("elsewhere")
        look = look_of(model)
        beside = 0.6 * (number / max(len(models) - 1, 1) - 0.5)
        places = [shifts.index(name) + beside for name in own.index]
        ax.plot(places, own["overlap"], look.marker, color=look.colour, **MARKER)
    ax.set_xticks(range(len(shifts)), shifts, rotation=25, ha="right", rotation_mode="anchor")
    ax.set_ylabel(f"Shared of {COMPARED}")
    ax.set_title("(b) With other data sets")


def plot_epochs(ax: Axes, models: list[Model], stability: pd.DataFrame) -> None:
    """Plot the overlap of the finetuned model's with its parent's (0) and each epoch's."""
    families = {model["model"]: look_of(model) for model in models}
    epochs = stability[stability["kind"].isin(["parent", "epoch"])]
    if epochs.empty:
        say(ax, STEPS)
        return
    x = epochs["elsewhere"].where(epochs["kind"] == "epoch", "0").astype(int)
    lines = ("-", "--", ":", "-.")
    for number, (model, own) in enumerate(epochs.assign(x=x).groupby("model", sort=False)):
        own, look = own.sort_values("x"), families[str(model)]
        style_of = {"color": look.colour, "marker": look.marker, **MARKER}
        ax.plot(own["x"], own["overlap"], linestyle=lines[number % 4], **style_of)
    last = int(x.max())
    ax.set_xticks(range(last + 1), ["parent", *map(str, range(1, last + 1))])
    ax.set_xlabel("Epoch of finetuning")
    ax.set_title("(c) Over the finetuning")


def plot_path(ax: Axes, models: list[Model], stability: pd.DataFrame) -> None:
    """Plot the overlap of the finetuned model's with those of each model of its Wise-FT path."""
    own = stability[stability["kind"] == "wise_ft"]
    if own.empty:
        say(ax, PATHS)
        return
    lines = ("-", "--", ":", "-.")
    looks = {model["model"]: look_of(model) for model in models}
    for number, (model, points) in enumerate(own.groupby("model", sort=False)):
        style_of = {"color": looks[str(model)].colour, "marker": looks[str(model)].marker, **MARKER}
        alphas = points["elsewhere"].astype(float)
        ax.plot(alphas, points["overlap"], linestyle=lines[number % 4], **style_of)
    ax.set_xlabel("Share of the finetuned weights α")
    ax.set_title("(d) Along Wise-FT")


def figure_of(
    models: list[Model], outliers: pd.DataFrame, stability: pd.DataFrame, title: str
) -> Figure:
    """The figure: bars on as many lines as they need, two panels below them."""
    lines = lines_of(models)
    leading = outliers[outliers["place"] == 1].set_index("model")["kurtosis"]
    values = pd.DataFrame({"value": leading, "low": float("nan"), "high": float("nan")})
    figure = new_figure(height=HEIGHT * len(lines) + 2.7)
    places = figure.add_gridspec(len(lines) + 1, 3)
    axes = [figure.add_subplot(places[number, :]) for number in range(len(lines))]
    plot_lines(axes, lines, partial(plot_components, outliers=outliers, values=values))
    set_title(axes[0], f"(a) {title}", lines[0])
    below = [figure.add_subplot(places[len(lines), number]) for number in range(3)]
    plot_datasets(below[0], models, stability[stability["kind"] == "dataset"])
    plot_epochs(below[1], models, stability)
    plot_path(below[2], models, stability)
    for ax in below:
        ax.set_ylim(-0.05, 1.05)
        ax.grid(axis="y", color="0.92", linewidth=0.5)
    mark = Line2D([], [], marker="_", color="black", linestyle="none", label="Next nine components")
    family_legend(figure, map(look_of, models), [mark])
    return figure


def main(
    outliers: str,
    stability: str,
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
    outliers, stability: measures/basis/outliers.csv and stability.csv
    files: to write
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role test
    confidence: not shown

    Raises
    ------
    InputError: a table lacks a column
    """
    own = without_baselines(models)
    listed = ("model", "state", "dataset", "place", "component", "sign", "kurtosis")
    components = read_table(outliers, listed)
    components = components[(components["state"] == "model") & (components["dataset"] == dataset)]
    keys = ("model", "kind", "elsewhere", "leading", "overlap")
    overlaps = read_table(stability, keys).astype({"elsewhere": str})
    text = texts.paragraph(
        "Which components make a model's kurtosis; the paper does not have it.",
        f"(a) Contribution to activation kurtosis on `{dataset}` of the leading component (bar; "
        "above it the number of the component in h, from 0, and the sign of its mean) and of the "
        f"next nine. (b) Share of the {COMPARED} leading components that are among the {COMPARED} "
        "leading ones on each shift, too. (c) The same of a finetuned model with its parent and "
        "with itself after each epoch, (d) and with the models of its Wise-FT path.",
        texts.pool_sentence(study, own),
    )
    with style():
        chosen = overlaps[overlaps["leading"] == COMPARED]
        figure = figure_of(own, components, chosen, f"This study ({study['name']})")
        save(figure, files, text)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.outliers,
            snakemake.input.stability,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

"""Are fewer unique concepts and robustness compatible? Both over all models, by concept set."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import LOOKS, Model, look_of, without_baselines
from workflow_scripts.reporting.pages import FigureFiles
from workflow_scripts.reporting.style import family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

# Rows of panels: the quantity, and the label of its axis
SHOWN = {
    "polysemanticity": "Concepts per direction",
    "above_chance": "Unique concepts above chance",
}
ESTIMATE = ("value", "low", "high")


def plot(ax: Axes, points: pd.DataFrame, quantity: str) -> None:
    """Plot a point for each model: effective robustness over the quantity.

    Parameters
    ----------
    points: columns look (its name), effective_robustness, and the quantity
    """
    for look in LOOKS:
        part = points[points["look"] == look.name]
        ax.plot(
            part[quantity], part["effective_robustness"], look.marker, color=look.colour,
            markeredgecolor="white", markeredgewidth=0.4, markersize=5, linestyle="none",
        )  # fmt: skip
    ax.axhline(0, color="black", linewidth=0.6)
    ax.set_xlabel(SHOWN[quantity])
    ax.grid(color="0.92", linewidth=0.5)


def correlation_words(rows: pd.DataFrame, name: str, quantity: str) -> str:
    """The rank correlation of a concept set's quantity, with its interval."""
    here = (rows["concept_set"] == name) & (rows["quantity"] == quantity)
    (numbers,) = rows.loc[here, list(ESTIMATE)].to_numpy(dtype=float)
    value, low, high = (f"{number:.2f}".replace("-", "−") for number in numbers)
    return f"{value} ({low} to {high})"


def figure_of(models: pd.DataFrame, correlations: pd.DataFrame, titles: dict[str, str]) -> Figure:
    """The figure: a column for each concept set, a row for each quantity."""
    figure = new_figure(height=2.4 * len(SHOWN) + 0.6)
    panels = figure.subplots(len(SHOWN), len(titles), squeeze=False, sharey=True)
    every = correlations[correlations["group"] == "all"]
    for axes, quantity in zip(panels, SHOWN, strict=True):
        for ax, (name, title) in zip(axes, titles.items(), strict=True):
            plot(ax, models[models["concept_set"] == name], quantity)
            ax.set_title(title, pad=15)
            words = f"rank correlation {correlation_words(every, name, quantity)}"
            ax.annotate(words, (0, 1), (0, 4), xycoords="axes fraction",
                        textcoords="offset points", fontsize=6.5)  # fmt: skip
        axes[0].set_ylabel("Effective robustness")
    shown = [look for look in LOOKS if (models["look"] == look.name).any()]
    family_legend(figure, shown, markers=True)
    return figure


def clips_sentence(correlations: pd.DataFrame, titles: dict[str, str]) -> str:
    """The rank correlations over the CLIPs alone."""
    own = correlations[correlations["group"] == "clips"]
    words = [
        f"{title} {correlation_words(own, name, 'polysemanticity')}"
        for name, title in titles.items()
    ]
    return f"Among the CLIPs alone, by concepts per direction: {'; '.join(words)}."


def main(
    models_table: str,
    correlations: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    models: list[Model],
    sets: list[dict[str, str]],
    threshold: float,
    confidence: float,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    models_table, correlations: tables models and robustness of the measure concept_sets/agreement
    files: to write
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    sets: the concept sets, the paper's first, each with `dataset` and `title`
    threshold: average precision from which a concept counts as encoded
    confidence: of the intervals in the table
    """
    own = without_baselines(models)
    titles = {each["dataset"]: each["title"] for each in sets}
    table = read_table(models_table, ("concept_set", "model", "effective_robustness", *SHOWN))
    table["look"] = table["model"].map({model["model"]: look_of(model).name for model in own})
    rows = read_table(correlations, ("concept_set", "quantity", "group", *ESTIMATE))
    text = texts.paragraph(
        "Concepts and effective robustness.",
        "Not a figure of the paper: it finds that robust models encode more unique concepts and "
        "asks no further. Each point is a model. Above, its polysemanticity: how many concepts a "
        f"direction of the head encodes on average (average precision at least {threshold:g}); "
        "below, its unique concepts above what chance gives.",
        f"Rank correlations are Spearman's over all models; intervals: {100 * confidence:g} % by "
        "bootstrap over the models.",
        clips_sentence(rows, titles),
        texts.pool_sentence(study, own),
    )
    with style():
        save(figure_of(table, rows, titles), files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.models,
            snakemake.input.correlations,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

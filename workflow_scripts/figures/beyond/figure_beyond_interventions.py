"""Robustness and indicators of models of which one thing was changed in the training."""

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

PANELS = {
    "accuracy": "Accuracy",
    "effective_robustness": "Effective robustness",
    "kurtosis": "Activation kurtosis",
    "importance_ratio": "Importance ratio",
}
ENDS = ("value", "low", "high")
DIFFERENCE = ("difference", "difference_low", "difference_high")
CHANGED, REFERENCE = "#0072B2", "black"  # arms are no families of models
GAUSSIAN: dict[str, Any] = {"color": "black", "linewidth": 0.8, "linestyle": "--"}
UNCHANGED: dict[str, Any] = {"color": "0.6", "linewidth": 0.8}


def places_of(arms: pd.DataFrame) -> dict[str, float]:
    """Where each arm stands from the top: below its reference, with a gap before the next one."""
    table = arms.drop_duplicates("arm")
    grouped = table.sort_values(
        "reference",
        key=lambda column: column.map([*table["reference"].unique()].index),
        kind="stable",
    )
    gaps = (grouped["reference"] != grouped["reference"].shift()).cumsum()
    return {
        arm: place + 0.6 * gap
        for place, (arm, gap) in enumerate(zip(grouped["arm"], gaps, strict=True))
    }


def plot(ax: Axes, models: pd.DataFrame, arms: pd.DataFrame, quantity: str) -> None:
    """Plot each arm's mean with its interval and its single models, and how its reference stands.

    Parameters
    ----------
    models: a row a model: arm and the quantity
    arms: columns arm, reference, quantity, value, low, high
    """
    places = places_of(arms)
    table = arms[arms["quantity"] == quantity].set_index("arm")
    for reference, own in table.groupby("reference", sort=False):
        heights = [places[arm] for arm in own.index]
        value = table["value"][reference]
        ax.plot([value, value], [min(heights) - 0.4, max(heights) + 0.4], **UNCHANGED, zorder=1)
    for arm, row in table.iterrows():
        colour = REFERENCE if arm == row["reference"] else CHANGED
        place, single = places[str(arm)], models.loc[models["arm"] == arm, quantity]
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=0.8)
        ax.plot(row["value"], place, "o", color=colour, ms=5, mec="white", mew=0.5)
        ax.plot(single, [place + 0.3] * len(single), "o", color=colour, ms=2.5, alpha=0.5, mew=0)
    ax.set_xlabel(PANELS[quantity])
    ax.grid(axis="x", color="0.92", linewidth=0.5)


def figure_of(models: pd.DataFrame, arms: pd.DataFrame) -> Figure:
    """The figure: a row an arm, a panel a quantity."""
    places = places_of(arms)
    figure = new_figure(height=1.1 + 0.22 * max(places.values()))
    axes = figure.subplots(1, len(PANELS), sharey=True)
    for ax, quantity in zip(axes, PANELS, strict=True):
        plot(ax, models, arms, quantity)
    for ax in axes[:2]:
        ax.set_xlim(left=min(0, ax.get_xlim()[0]))
    axes[2].axvline(3, **GAUSSIAN)
    axes[0].set_yticks([*places.values()], [*places])
    axes[0].set_ylim(max(places.values()) + 0.8, min(places.values()) - 0.8)
    mark: dict[str, Any] = {"marker": "o", "ms": 5, "linewidth": 0.8}
    entries = [
        Line2D([], [], color=REFERENCE, **mark, label="Nothing changed"),
        Line2D([], [], color=CHANGED, **mark, label="One thing changed"),
        Line2D([], [], color="0.3", marker="o", ms=2.5, linestyle="none", label="Single models"),
        Line2D([], [], **GAUSSIAN, label="Gaussian (3)"),
    ]
    legend(figure, entries, ncols=4)
    return figure


def differences(arms: pd.DataFrame) -> str:
    """What each arm differs from its reference by, in kurtosis and effective robustness."""
    keyed = arms.set_index(["arm", "quantity"])

    def words(arm: str, name: str) -> str:
        ends = keyed.reindex([(arm, name)])[list(DIFFERENCE)].to_numpy()[0]
        value, low, high = (f"{each:+.2f}".replace("-", "−") for each in ends)
        return f"{value} ({low} to {high})"

    sentences = []
    for reference, own in arms.groupby("reference", sort=False):
        each = [
            f"{arm}: kurtosis {words(arm, 'kurtosis')}, effective robustness "
            f"{words(arm, 'effective_robustness')}"
            for arm in own["arm"].unique()
            if arm != reference
        ]
        sentences.append(f"Differences from “{reference}”, paired by seed: {'; '.join(each)}.")
    return " ".join(sentences)


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
    single = read_table(models, ("arm", *PANELS))
    table = read_table(arms, ("arm", "reference", "quantity", "seeds", *ENDS, "difference"))
    seeds = ", ".join(map(str, sorted(table["seeds"].unique())))
    text = texts.paragraph(
        "One thing changed in the training; the paper does not have it.",
        f"Accuracy, kurtosis and importance ratio on `{dataset}`. Large points are means over "
        f"models that differ by their seed alone ({seeds} of each kind, the small points); "
        f"intervals: {100 * confidence:g} % over seeds (Student) and images. Vertical lines: the "
        "mean of the models above, of which nothing was changed.",
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

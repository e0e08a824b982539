"""Figures 7 and 8: CKA between zero-shot and finetuned models, layer by layer (Appendix C)."""

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import Model
from workflow_scripts.reporting.pages import (
    common_limits,
    files_of_pages,
    grid,
    part_of,
    side_by_side,
)
from workflow_scripts.reporting.style import legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.study.pool import label_of

COLUMNS = 4  # panels side by side
MOST_LABELS = 8  # of layers that fit below a panel
MARKS: dict[str, Any] = {"color": "0.25", "markersize": 3}
LINES: dict[str, tuple[dict[str, Any], str]] = {
    "test": ({**MARKS, "linestyle": "-", "marker": "o"}, "{test}"),
    "shifts": (
        {**MARKS, "linestyle": "--", "marker": "s"},
        "Shifts (mean and standard deviation)",
    ),
}


def plot(ax: Axes, layers: pd.DataFrame) -> None:
    """Plot one pair's CKA over its layers, from the first to the output.

    Parameters
    ----------
    layers: columns dataset ("test" or "shifts"), number, layer, cka, std
    """
    for dataset in _present(layers):
        own = layers[layers["dataset"] == dataset].sort_values("number")
        ax.plot(own["number"], own["cka"], **LINES[dataset][0])
        if dataset == "shifts":
            low, high = own["cka"] - own["std"], own["cka"] + own["std"]
            ax.fill_between(own["number"], low, high, color="0.5", alpha=0.25, linewidth=0)
    names = layers[layers["dataset"] == "test"].sort_values("number")
    # From the last layer back, so that the output keeps its label, whatever the step.
    named = names.iloc[::-1].iloc[:: -(-len(names) // MOST_LABELS)]
    ax.set_xticks(named["number"], named["layer"], rotation=45, ha="right", rotation_mode="anchor")
    ax.grid(color="0.92", linewidth=0.5)


def layer_name(name: str) -> str:
    """A layer's name for readers: the blocks of a ResNet's stages count from 1, as all others."""
    match = re.fullmatch(r"layer(\d+)\.(\d+)", name)
    return f"stage {match[1]}, block {int(match[2]) + 1}" if match else name


def _present(table: pd.DataFrame) -> list[str]:
    """The lines that a table has values for."""
    return [dataset for dataset in LINES if (table["dataset"] == dataset).any()]


def figure_of(
    models: list[Model], table: pd.DataFrame, test: str, limits: tuple[float, float]
) -> Figure:
    """One figure: a panel for each pair.

    Parameters
    ----------
    test: the legend's name for the test set
    limits: ends of the y axis
    """
    across = side_by_side(len(models), COLUMNS)
    figure = new_figure(height=2.3 * -(-len(models) // across) + 0.5)
    panels = [axes[0] for axes in grid(figure, len(models), 1, across)]
    for number, (ax, model) in enumerate(zip(panels, models, strict=True)):
        plot(ax, table[table["model"] == model["model"]])
        ax.set_title(f"{model['backbone']}\n{label_of(model)}", fontsize=7.5)
        if number % across == 0:
            ax.set_ylabel("CKA")
        ax.set_ylim(*limits)
    handles = [
        Line2D([], [], **look, label=label.format(test=test))
        for look, label in (LINES[dataset] for dataset in _present(table))
    ]
    legend(figure, handles, 2, beside=across == 1)
    return figure


def main(
    cka: str,
    outputs: Sequence[str],
    *,
    study: StudyFacts,
    pages: dict[str, list[Model]],
    test: str,
) -> None:
    """Plot the figures.

    Parameters
    ----------
    cka: measures/cka.csv
    outputs: the files of each figure, in the order of `pages`
    study: what figure captions say about the study
    pages: for each figure, by its number as text ("7", "8"), its finetuned models: rows of
        models.tsv with zero_shot, the id of the parent
    test: id of the test set
    """
    columns = ("model", "dataset", "number", "layer", "other_number", "cka", "std")
    table = read_table(cka, columns).replace({"dataset": {test: "test"}})
    table = table[table["number"] == table["other_number"]]
    table["layer"] = table["layer"].map(layer_name)
    shown = table[table["model"].isin([row["model"] for page in pages.values() for row in page])]
    spread = shown["std"].where(shown["dataset"] == "shifts", 0)
    limits = common_limits(shown["cka"] - spread, shown["cka"] + spread, pd.Series([1.0]))
    for (number, models), files in zip(pages.items(), files_of_pages(outputs), strict=True):
        pairs = ", ".join(f"`{model['zero_shot']}` and `{model['model']}`" for model in models)
        text = texts.paragraph(
            f"Figure {number}. CKA between zero-shot and finetuned models{part_of(number, pages)}.",
            "Linear CKA between matching layers of a zero-shot model and the one finetuned from "
            f"it, over every block of the image tower and its output, on `{test}`"
            f"{' and on the shifts' if 'shifts' in _present(table) else ''}; unbiased minibatch "
            "estimate.",
            texts.study_sentence(study),
            f"Pairs: {pairs}.",
        )
        with style():
            figure = figure_of(models, table, study["test"], limits)
            save(figure, files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(snakemake.input.cka, snakemake.output, **snakemake.params.settings)

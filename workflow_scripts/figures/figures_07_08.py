"""Figures 7 and 8: CKA between zero-shot and finetuned models, layer by layer (Appendix C)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts as captions
from workflow_scripts.reporting.pages import NOTHING, grid, pages_of, say, side_by_side
from workflow_scripts.reporting.style import new_figure, save, style

COLUMNS = 4
MOST_LABELS = 8  # of layers that fit below a panel
MARKS = {"color": "0.25", "markersize": 3}
LINES = {
    "test": ({**MARKS, "linestyle": "-", "marker": "o"}, "ImageNet"),
    "shifts": (
        {**MARKS, "linestyle": "--", "marker": "s"},
        "Shifts (mean and standard deviation)",
    ),
}


def draw(ax: Axes, layers: pd.DataFrame) -> None:
    """Draw one pair's CKA over its layers, from the first to the output.

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
    # The output keeps its label, whatever the step.
    shown = names.iloc[::-1].iloc[:: -(-len(names) // MOST_LABELS)]
    ax.set_xticks(shown["number"], shown["layer"], rotation=45, ha="right", rotation_mode="anchor")
    ax.grid(color="0.92", linewidth=0.5)


def _present(table: pd.DataFrame) -> list[str]:
    """The lines that a table has values for."""
    return [dataset for dataset in LINES if (table["dataset"] == dataset).any()]


def page(models: list[dict], table: pd.DataFrame) -> Figure:
    """One figure: a panel for each pair."""
    if not models:
        figure = new_figure(height=1.0)
        say(figure.subplots())
        return figure
    across = side_by_side(len(models), COLUMNS)
    figure = new_figure(height=2.3 * -(-len(models) // across) + 0.5)
    panels = [axes[0] for axes in grid(figure, len(models), 1, across)]
    for number, (ax, model) in enumerate(zip(panels, models, strict=True)):
        draw(ax, table[table["model"] == model["model"]])
        ax.set_title(f"{model['backbone']}\n{model['pretraining']}", fontsize=7.5)
        if number % across == 0:
            ax.set_ylabel("CKA")
    # Once all panels have drawn: a limit stops the axis that they share from growing.
    panels[0].set_ylim(top=1.01)
    handles = [
        Line2D([], [], **look, label=label)
        for look, label in (LINES[dataset] for dataset in _present(table))
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def main(cka, outputs, *, study, pages, test):
    """Draw both figures.

    Parameters
    ----------
    cka: measures/cka.csv
    outputs: pdf, png and caption of each figure
    study: the study, see reporting/texts.py
    pages: for each figure its finetuned models, rows of models.tsv with zero_shot, the id of the
        parent
    test: id of the test set
    """
    columns = ("model", "dataset", "number", "layer", "other_number", "cka", "std")
    table = read_table(cka, columns).replace({"dataset": {test: "test"}})
    table = table[table["number"] == table["other_number"]]
    for number, files, models in zip((7, 8), pages_of(outputs), pages, strict=True):
        pairs = ", ".join(f"`{model['zero_shot']}` and `{model['model']}`" for model in models)
        text = captions.caption(
            f"Figure {number}. CKA between zero-shot and finetuned models ({number - 6}/2).",
            "Linear CKA between matching layers of a zero-shot model and the one finetuned from "
            f"it, over every block of the image tower and its output, on `{test}`"
            f"{' and on the shifts' if 'shifts' in _present(table) else ''}; unbiased minibatch "
            "estimate.",
            captions.study_sentence(study),
            f"Pairs: {pairs}." if models else NOTHING,
        )
        with style():
            save(page(models, table), *files, text)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(snakemake.input.cka, snakemake.output, **snakemake.params.settings)

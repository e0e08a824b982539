"""Figure 5: what becomes of the concepts while a model is finetuned (Section 5)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.concepts import NO_TRIPLES, sign_sentence
from workflow_scripts.reporting.pages import FigureFiles, grid, say, side_by_side
from workflow_scripts.reporting.style import legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

COLUMNS = 4  # panels side by side
# Label, colour and marker of each curve; colours as in the paper, of the families' palette.
PARTS = {
    "with_zero_shot": ("with the zero-shot model only", "#0072B2", "o"),
    "with_both": ("with the zero-shot and the supervised model", "#009E73", "s"),
    "with_supervised": ("with the supervised model only", "#D55E00", "^"),
    "finetuned_only": ("with neither", "#8C8C8C", "."),
}


def plot(ax: Axes, course: pd.DataFrame) -> None:
    """Plot the share of each part over the epochs of one model's finetuning.

    Parameters
    ----------
    course: columns epoch, part, share; an undefined share leaves a gap
    """
    for part, (_, colour, marker) in PARTS.items():
        own = course[course["part"] == part].sort_values("epoch")
        ax.plot(own["epoch"], own["share"], color=colour, marker=marker, markersize=3.5)
    ax.set_ylim(-0.02, 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(color="0.92", linewidth=0.5)


def figure_of(panels: list[pd.DataFrame]) -> Figure:
    """The figure: a panel for each course."""
    if not panels:
        figure = new_figure(height=1.0)
        say(figure.subplots(), NO_TRIPLES)
        return figure
    across = side_by_side(len(panels), COLUMNS)
    figure = new_figure(height=1.75 * -(-len(panels) // across) + 0.5)
    for number, (column, course) in enumerate(
        zip(grid(figure, len(panels), 1, across), panels, strict=True)
    ):
        plot(column[0], course)
        first = course.iloc[0]
        column[0].set_title(f"{first['backbone']}\n{first['pretraining']}", fontsize=7.5)
        column[0].set_xlabel("Epoch")
        if number % across == 0:
            column[0].set_ylabel("Share of the concepts")
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=3.5, label=f"Shared {label}")
        for label, colour, marker in PARTS.values()
    ]
    legend(figure, handles, 2, beside=across == 1)
    return figure


def main(
    course: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    threshold: float,
    left_out: Sequence[str] = (),
) -> None:
    """Plot the figure.

    Parameters
    ----------
    course: measures/concepts/course.csv
    files: to write
    study: what figure captions say about the study
    threshold: average precision from which a concept counts as encoded
    left_out: ids of the finetuned models without epochs
    """
    names = ("backbone", "pretraining", "zero_shot", "finetuned", "supervised")
    table = read_table(course, (*names, "epoch", "part", "share"))
    panels = [part for _, part in table.groupby("finetuned", sort=False)]
    triples = "; ".join(
        f"`{first['finetuned']}` from `{first['zero_shot']}`, beside `{first['supervised']}`"
        for first in (part.iloc[0] for part in panels)
    )
    text = texts.paragraph(
        "Figure 5. Concepts during finetuning.",
        "Parts of the concepts that the finetuned model encodes (average precision of at least "
        f"{threshold:g} in some direction), as shares of their number at each epoch. Epoch 0 is "
        "the zero-shot model, which finetuning starts from.",
        sign_sentence(),
        texts.study_sentence(study),
        texts.left_out_sentence(left_out, "others finetuned them and published the end alone"),
        f"Panels: {triples}." if triples else NO_TRIPLES,
    )
    with style():
        save(figure_of(panels), files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.course,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

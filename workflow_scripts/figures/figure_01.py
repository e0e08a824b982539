"""Figure 1: effective robustness (a) and %acc (b), here and of published checkpoints (Section 3).

Both parts show the study above and published accuracies below, hatched, on the same scale.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from workflow_scripts.analysis.published_accuracies import FIVE
from workflow_scripts.files.tables import (
    published_models,
    published_values,
    read_published,
    read_table,
    read_values,
)
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.bars import (
    HEIGHT,
    cut_sentence,
    lines_of,
    plot_bars,
    plot_lines,
    set_title,
)
from workflow_scripts.reporting.families import Model, look_of, without_baselines
from workflow_scripts.reporting.pages import files_of_pages, say
from workflow_scripts.reporting.style import family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts

PUBLISHED = "Published accuracies: the paper's checkpoints, and finetuned ones (not reproduced)"
HATCH = "////"  # over published numbers
UNDEFINED = pd.DataFrame(columns=["value", "low", "high"])


class Part(NamedTuple):
    """One part of the figure."""

    letter: str
    columns: tuple[str, str, str]  # value and interval; the published table has the value, too
    label: str  # of the y axis
    percent: bool
    heading: str
    sentence: str


PARTS = (
    Part(
        "a",
        ("effective_robustness", "low", "high"),
        "Effective robustness",
        False,
        "Effective robustness.",
        "Average accuracy on the distribution shifts above what the baseline line predicts from "
        "the accuracy on the test set (equation 5). Higher is more robust; 0 is the line.",
    ),
    Part(
        "b",
        ("percent_acc", "percent_acc_low", "percent_acc_high"),
        r"%$_\mathrm{acc}$ (shifts / test set)",
        True,
        "%acc.",
        "Average accuracy on the distribution shifts as a share of the accuracy on the test "
        "set. Higher is more robust; at 100 % nothing is lost on the shifts.",
    ),
)


class Content(NamedTuple):
    """What one panel shows."""

    title: str
    models: list[Model]
    values: pd.DataFrame  # value, low, high, indexed by model
    hatch: str | None
    words: str  # in place of a panel whose values are all undefined


def plot(ax: Axes, models: list[Model], part: Part, content: Content) -> None:
    """Plot a bar for each of `models`, which are those of one line of the panel."""
    plot_bars(ax, models, content.values, content.hatch)
    ax.set_ylabel(part.label)
    if part.percent:
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    else:
        ax.axhline(0, color="black", linewidth=0.6)


def figure_of(part: Part, contents: list[Content]) -> Figure:
    """One part: a panel for each content, over as many lines of bars as its models need."""
    panels: list[list[list[Model]]] = [
        [[]] if content.words else lines_of(content.models) for content in contents
    ]
    figure = new_figure(height=HEIGHT * sum(map(len, panels)) + 0.5)
    axes = list(figure.subplots(sum(map(len, panels)), 1, sharey=True))
    for content, lines in zip(contents, panels, strict=True):
        own, axes = axes[: len(lines)], axes[len(lines) :]
        if content.words:
            say(own[0], content.words)
        else:
            plot_lines(own, lines, partial(plot, part=part, content=content))
        set_title(own[0], content.title, lines[0])
    plotted = [model for each in contents if not each.words for model in each.models]
    hatches = dict.fromkeys(each.hatch for each in contents if each.hatch)
    published = [
        Patch(facecolor="0.6", edgecolor="white", hatch=hatch, label="Published")
        for hatch in hatches
    ]
    family_legend(figure, map(look_of, plotted), published)
    return figure


def read_finetuned(path: str) -> pd.DataFrame:
    """Read the group of finetuned models that are measured over the five shifts, one row."""
    table = read_table(path, ("model", "family", "backbone", "pretraining", "shifts", "models"))
    return table[(table["family"] == "finetuned") & (table["shifts"] == FIVE)]


def finetuned_sentence(group: pd.DataFrame) -> str:
    """What the bar of the finetuned group is."""
    return (
        f"The finetuned bar there is the mean of the {group['models'].sum()} ViT-B/32 that Model "
        "soups finetuned; its vertical line is no interval but their range."
    )


def main(
    robustness: str | None,
    published: str,
    finetuned: str,
    outputs: Sequence[str],
    *,
    study: StudyFacts,
    models: list[Model],
    confidence: float,
    line_through: str,
    no_line: str,
) -> None:
    """Plot both parts.

    Parameters
    ----------
    robustness: measures/effective_robustness/models.csv; None in a study without shifts, where
        neither part is defined
    published: measures/published/models.csv
    finetuned: measures/published_finetuned/groups.csv
    outputs: the files of each part
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    confidence: level of the intervals in the table
    line_through, no_line: what the line goes through, and why there is none; see
        `texts.line_sentence`

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    own = without_baselines(models)
    checkpoints, group = read_published(published), read_finetuned(finetuned)
    for part, files in zip(PARTS, files_of_pages(outputs), strict=True):
        values = read_values(robustness, own, part.columns) if robustness else UNDEFINED
        others, numbers = published_values(checkpoints, part.columns[0])
        tuned = published_models(group)
        numbers = pd.concat([numbers, read_values(finetuned, tuned, part.columns)])
        undefined = not robustness or (len(values) and values["value"].isna().all())
        words = texts.line_sentence("", no_line) if undefined else ""
        contents = [
            Content(f"This study ({study['name']})", own, values, None, words),
            Content(PUBLISHED, others + tuned, numbers, HATCH, ""),
        ]
        text = texts.paragraph(
            f"Figure 1{part.letter}. {part.heading}",
            part.sentence,
            f"Upper panel: {texts.pool_sentence(study, own)} {texts.test_sentence(study)}",
            "" if words else texts.undefined_sentence(values),
            "" if words else cut_sentence(values),
            texts.line_sentence(line_through, no_line) if words or part.letter == "a" else "",
            texts.interval_sentence(confidence, study),
            f"Lower panel, hatched: {texts.published_sentence(len(others))}",
            finetuned_sentence(group),
        )
        with style():
            save(figure_of(part, contents), files, text)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.get("robustness"),
            snakemake.input.published,
            snakemake.input.finetuned,
            snakemake.output,
            **snakemake.params.settings,
        )

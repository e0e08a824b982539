"""Figure 1: effective robustness (a) and %acc (b), here and of published checkpoints (Section 3).

Both parts show the study above and published accuracies below, hatched, on the same scale.
"""

from functools import partial
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from workflow_scripts.files.tables import published_values, read_published, read_values
from workflow_scripts.reporting import texts as captions
from workflow_scripts.reporting.bars import HEIGHT, draw_bars, draw_lines, lines_of, set_title
from workflow_scripts.reporting.families import shown
from workflow_scripts.reporting.pages import pages_of, say
from workflow_scripts.reporting.style import family_legend, new_figure, save, style

PUBLISHED = "Published accuracies of the paper's checkpoints (not reproduced)"
HATCH = "////"  # over published numbers


class Part(NamedTuple):
    """One part of the figure."""

    letter: str
    columns: tuple[
        str, str, str
    ]  # value and its interval; the value is in the published table, too
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
        "the accuracy on the ImageNet test set (equation 5). Higher is more robust; 0 is the line.",
    ),
    Part(
        "b",
        ("percent_acc", "percent_acc_low", "percent_acc_high"),
        r"%$_\mathrm{acc}$ (shifts / test set)",
        True,
        "%acc.",
        "Average accuracy on the distribution shifts as a share of the accuracy on the ImageNet "
        "test set. Higher is more robust; at 100 % nothing is lost on the shifts.",
    ),
)


class Content(NamedTuple):
    """What one panel shows."""

    title: str
    models: list[dict]
    values: pd.DataFrame  # value, low, high, indexed by model
    hatch: str | None
    words: str  # in place of values that are not defined


def draw(ax: Axes, models: list[dict], part: Part, content: Content) -> None:
    """Draw a bar for each of `models`, which are those of a line of the panel."""
    draw_bars(ax, models, content.values, content.hatch)
    ax.set_ylabel(part.label)
    if part.percent:
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    else:
        ax.axhline(0, color="black", linewidth=0.6)


def figure_of(part: Part, contents: list[Content]) -> Figure:
    """One part: a panel for each content, over as many lines of bars as its models need."""
    panels = [[[]] if content.words else lines_of(content.models) for content in contents]
    figure = new_figure(height=HEIGHT * sum(map(len, panels)) + 0.5)
    axes = list(figure.subplots(sum(map(len, panels)), 1, sharey=True))
    for content, lines in zip(contents, panels, strict=True):
        own, axes = axes[: len(lines)], axes[len(lines) :]
        if content.words:
            say(own[0], content.words)
        else:
            draw_lines(own, lines, partial(draw, part=part, content=content))
        set_title(own[0], content.title, lines[0])
    drawn = [model for each in contents if not each.words for model in each.models]
    family_legend(figure, [model["family"] for model in drawn])
    return figure


def main(robustness, published, outputs, *, study, models, confidence, line_through, no_line):
    """Draw both parts.

    Parameters
    ----------
    robustness: measures/effective_robustness/models.csv
    published: measures/published/models.csv
    outputs: pdf, png and caption of each part
    study: the study, see reporting/texts.py
    models: rows of models.tsv, with model, family, backbone, pretraining
    confidence: level of the intervals in the table
    line_through, no_line: what the line goes through, and why there is none; see `line_sentence`

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    own = shown(models)
    checkpoints = read_published(published)
    for part, files in zip(PARTS, pages_of(outputs), strict=True):
        values = read_values(robustness, own, part.columns)
        others, numbers = published_values(checkpoints, part.columns[0])
        undefined = len(values) and values["value"].isna().all()
        words = captions.line_sentence("", no_line) if undefined else ""
        contents = [
            Content(f"This study ({study['name']})", own, values, None, words),
            Content(PUBLISHED, others, numbers, HATCH, ""),
        ]
        text = captions.caption(
            f"Figure 1{part.letter}. {part.heading}",
            part.sentence,
            f"Upper panel: {captions.pool_sentence(study, own)}",
            "" if words else captions.undefined_sentence(values),
            captions.line_sentence(line_through, no_line) if words or part.letter == "a" else "",
            captions.interval_sentence(confidence),
            f"Lower panel, hatched: {captions.published_sentence(len(others))}",
        )
        with style():
            save(figure_of(part, contents), *files, text)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.robustness,
            snakemake.input.published,
            snakemake.output,
            **snakemake.params.settings,
        )

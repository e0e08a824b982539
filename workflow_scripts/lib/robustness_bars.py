"""The two panels of Figure 1: a robustness measure of the study, and of published accuracies."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workflow_scripts.lib.captions import (
    caption,
    interval_sentence,
    pool_sentence,
    published_sentence,
    undefined_sentence,
)
from workflow_scripts.lib.families import shown
from workflow_scripts.lib.figure_style import family_legend, new_figure, save, style
from workflow_scripts.lib.measure_tables import published_values, read_published, read_values

PUBLISHED_HATCH = "////"
Draw = Callable[[Axes, list[dict], pd.DataFrame, str | None], None]


def two_panels(draw: Draw, study: str, own: tuple, published: tuple) -> Figure:
    """The study above, published accuracies below, hatched, on the same scale.

    Parameters
    ----------
    draw: draws models and values into a panel, as `draw_bars`
    own, published: models and values, as `read_values` gives them
    """
    figure = new_figure(height=5.2)
    upper, lower = figure.subplots(2, 1, sharey=True)
    draw(upper, *own, None)
    upper.set_title(f"This study ({study})", pad=16)
    draw(lower, *published, PUBLISHED_HATCH)
    lower.set_title("Published accuracies of the paper's checkpoints (not reproduced)", pad=24)
    family_legend(figure, [model["family"] for model in own[0] + published[0]])
    return figure


def make(
    draw: Draw,
    columns: tuple[str, str, str],
    texts: tuple[str, str],
    inputs: tuple[str, str],
    outputs: tuple[str, str, str],
    *,
    study: str,
    models: list[dict],
    confidence: float,
) -> None:
    """Read both tables, draw both panels, write figure and caption.

    Parameters
    ----------
    draw: as for `two_panels`
    columns: value, lower and upper end in the study's table; the value's in the published one
    texts: heading of the caption and what the figure shows
    inputs: effective_robustness/models.csv and published/models.csv
    outputs: pdf, png and caption

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    own = shown(models)
    values = read_values(inputs[0], own, columns)
    published = published_values(read_published(inputs[1]), columns[0])
    text = caption(
        *texts,
        f"Upper panel: {pool_sentence(study, own)}",
        undefined_sentence(values),
        interval_sentence(confidence),
        f"Lower panel, hatched: {published_sentence(len(published[0]))}",
    )
    with style():
        save(two_panels(draw, study, (own, values), published), *outputs, text)

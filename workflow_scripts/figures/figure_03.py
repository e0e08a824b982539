"""Figure 3: number of unique concepts that each model encodes (Section 5, equation 4)."""

from functools import partial
from typing import Any

import pandas as pd

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.bars import are_few, bar_figure
from workflow_scripts.reporting.concept_bars import PLOTTED, RANGE, count_legend, plot_counts
from workflow_scripts.reporting.concepts import at_threshold, sign_sentence
from workflow_scripts.reporting.families import Model, look_of, without_baselines
from workflow_scripts.reporting.pages import FigureFiles
from workflow_scripts.reporting.style import family_legend, save, style
from workflow_scripts.reporting.texts import StudyFacts

COLUMNS = (*PLOTTED, "probed", "draws", "directions")


def order_sentence(order: pd.DataFrame, threshold: float) -> str:
    """Whether the families are in the same order at the other thresholds (footnote 3).

    Parameters
    ----------
    order: columns quantity, backbone, threshold, holds
    threshold: that of the figure
    """
    sentences = []
    for quantity, words in (("concepts", "this count"), ("above_chance", "the count above chance")):
        own = order[(order["quantity"] == quantity) & (order["threshold"] != threshold)]
        if own.empty:
            continue
        every = ", ".join(f"{each:g}" for each in own["threshold"].unique())
        others = [
            f"{row.backbone} at {row.threshold:g}" for row in own.itertuples() if not row.holds
        ]
        where = f"does not hold for {'; '.join(others)}" if others else f"holds at {every} too"
        sentences.append(f"By {words}, the order of the families at {threshold:g} {where}.")
    return " ".join(sentences)


def main(
    counts: str,
    order: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    models: list[Model],
    dataset: str,
    threshold: float,
    confidence: float,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    counts, order: measures/concepts/counts.csv and order.csv
    files: to write
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role concepts
    threshold: average precision from which a concept counts as encoded
    confidence: of the intervals over replicates
    """
    own = without_baselines(models)
    values = at_threshold(counts, own, threshold, COLUMNS, single="concepts")
    table = read_table(order, ("quantity", "backbone", "threshold", "holds"))
    probed, draws = (int(values[column].max()) for column in ("probed", "draws"))
    fewest, most = values["directions"].min(), values["directions"].max()
    directions = " to ".join(dict.fromkeys((f"{fewest:.0f}", f"{most:.0f}")))
    means = study.get("means")
    ranges = (
        texts.means_sentence(study, confidence, "seeds and draws")
        if means
        else ("Black lines: the range over the draws.")
    )
    text = texts.paragraph(
        "Figure 3. Unique concepts.",
        f"Number of the {probed} concepts probed on `{dataset}` whose average precision is at "
        f"least {threshold:g} in some direction of the head (equation 4).",
        "Hatched, up to the thick line: the mean count when the images' identity is permuted, "
        "which chance alone gives with these sets and directions.",
        f"Bars: the median over {draws} draws of the balanced sets.",
        ranges,
        f"A head with more directions has more chances; directions here: {directions}.",
        sign_sentence(),
        order_sentence(table, threshold),
        texts.pool_sentence(study, own),
    )
    with style():
        figure = bar_figure(
            own, partial(plot_counts, counts=values), f"This study ({study['name']})"
        )
        others = count_legend("Interval" if means else RANGE)
        family_legend(figure, map(look_of, own), others, beside=are_few(own))
        save(figure, files, text)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.counts,
            snakemake.input.order,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

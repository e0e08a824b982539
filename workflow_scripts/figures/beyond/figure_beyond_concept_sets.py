"""Unique concepts of every model in each concept set, as Figure 3 has them in the paper's."""

from functools import partial
from typing import Any, TypedDict

import pandas as pd
from matplotlib.figure import Figure

from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.bars import HEIGHT, lines_of, plot_lines, set_title
from workflow_scripts.reporting.concept_bars import PLOTTED, RANGE, count_legend, plot_counts
from workflow_scripts.reporting.concepts import sign_sentence
from workflow_scripts.reporting.families import FAMILIES, Model, look_of, without_baselines
from workflow_scripts.reporting.pages import FigureFiles
from workflow_scripts.reporting.style import family_legend, new_figure, save, style
from workflow_scripts.reporting.texts import StudyFacts


class ConceptSet(TypedDict):
    """A row of datasets.tsv of role concepts: its id, and its name as displayed."""

    dataset: str
    title: str


def figure_of(tables: dict[str, pd.DataFrame], sets: list[ConceptSet], own: list[Model]) -> Figure:
    """The figure: below one another the lines of bars of each concept set.

    Parameters
    ----------
    tables: of each concept set the columns `PLOTTED` and `probed`, indexed by model
    """
    lines = lines_of(own)
    figure = new_figure(height=HEIGHT * len(lines) * len(sets) + 0.6)
    axes = figure.subplots(len(sets) * len(lines), 1, squeeze=False)[:, 0]
    for number, each in enumerate(sets):
        table = tables[each["dataset"]]
        mine = list(axes[number * len(lines) : (number + 1) * len(lines)])
        for ax in mine[1:]:
            ax.sharey(mine[0])
        plot_lines(mine, lines, partial(plot_counts, counts=table))
        probed = f"{each['title']}, {table['probed'].max():.0f} concepts"
        set_title(mine[0], probed, lines[0])
    family_legend(figure, map(look_of, own), count_legend(RANGE))
    return figure


def order_sentence(orders: pd.DataFrame, sets: list[ConceptSet]) -> str:
    """In which order each set has the families, and whether it is that of the first."""
    first, *others = (each["dataset"] for each in sets)
    of_interest = orders[orders["quantity"] == "above_chance"]
    own: dict[Any, Any] = of_interest.set_index("concept_set").to_dict("index")
    words = [f"By the mean count above chance, {first} has {_named(own[first]['order'])}."]
    for name in others:
        row = own[name]
        same = "the same order" if row["as_first"] else f"another one, {_named(row['order'])}"
        words.append(
            f"{name} has {same} (as {first} in {100 * row['share_as_first']:.0f} % of the "
            "resamples of the models within their families)."
        )
    return " ".join(words)


def _named(order: str) -> str:
    for family, look in FAMILIES.items():
        order = f" {order}".replace(f" {family} ", f" {look.name} ").strip()
    return order


def main(
    models_table: str,
    orders: str,
    files: FigureFiles,
    *,
    study: StudyFacts,
    models: list[Model],
    sets: list[ConceptSet],
    threshold: float,
) -> None:
    """Plot the figure.

    Parameters
    ----------
    models_table, orders: tables models and orders of the measure concept_sets/agreement
    files: to write
    study: what figure captions say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    sets: the concept sets, the paper's first
    threshold: average precision from which a concept counts as encoded
    """
    own = without_baselines(models)
    table = read_table(models_table, ("concept_set", "model", "probed", *PLOTTED))
    by_model = table.set_index("model")
    tables = {
        each["dataset"]: by_model[by_model["concept_set"] == each["dataset"]] for each in sets
    }
    columns = ("concept_set", "quantity", "order", "as_first", "share_as_first")
    text = texts.paragraph(
        "Unique concepts in other concept sets.",
        "Not a figure of the paper: its Figure 3 for each concept set of the study. Number of "
        f"concepts whose average precision is at least {threshold:g} in some direction of the head "
        "(equation 4); hatched, up to the thick line: the mean count when the images' identity is "
        "permuted, which chance alone gives. Black lines: the range over the draws of the balanced "
        "sets. Scales differ: how many concepts there are is a choice of each set.",
        order_sentence(read_table(orders, columns), sets),
        sign_sentence(),
        texts.pool_sentence(study, own),
    )
    with style():
        save(figure_of(tables, sets, own), files, text, study["name"])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.models,
            snakemake.input.orders,
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )

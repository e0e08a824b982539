"""Beyond the paper: the count of concepts beside its chance level, its signs and its thresholds."""

from typing import Any

import pandas as pd

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.concepts import sign_sentence
from workflow_scripts.reporting.families import FAMILIES, Model, look_of, without_baselines
from workflow_scripts.reporting.texts import StudyFacts

NUMBERS = (
    "concepts", "chance", "above_chance", "above_chance_low", "above_chance_high", "beyond_null",
    "draws_low", "draws_high", "directions",
)  # fmt: skip
TITLES = [
    "Model", "Family", "Directions", "Concepts", "Draws", "Chance", "Above chance", "Beyond null",
    "Opposite sign", "Either sign",
]  # fmt: skip


def main(
    counts: str,
    order: str,
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    models: list[Model],
    dataset: str,
    threshold: float,
    confidence: float,
) -> None:
    """Make the table.

    Parameters
    ----------
    counts, order: measures/concepts/counts.csv and order.csv
    csv, md: files to write; the CSV with a row for each model, threshold and sign
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role concepts
    threshold: average precision from which a concept counts as encoded
    confidence: level of the intervals
    """
    own = without_baselines(models)
    table = read_table(counts, ("model", "threshold", "sign", *NUMBERS))
    table = table[table["model"].isin([model["model"] for model in own])]
    sections = []
    for each in sorted(table["threshold"].unique()):
        rows = table[table["threshold"] == each]
        note = ", the paper's" if each == threshold else ""
        sections.append(f"### Threshold {each:g}{note}\n\n{markdown(rows, own)}")
    text = texts.paragraph(
        "Unique concepts, and what they depend on.",
        f"Concepts: those of `{dataset}` whose average precision reaches the threshold in some "
        "direction (equation 4); draws: their range over the draws of the balanced sets.",
        "Chance: mean count when the images' identity is permuted; above chance: the difference, "
        f"with the {100 * confidence:g} % interval that the spread of the permutations gives.",
        "Beyond null: concepts whose average precision no permutation reached.",
        "Opposite and either sign: the count with the directions turned round, and with both.",
        sign_sentence(),
        texts.pool_sentence(study, own),
    )
    orders = read_table(order, ("quantity", "backbone", "threshold", "order", "holds"))
    write_csv(csv, table)
    write_text(md, "\n".join([text, *sections, order_section(orders)]))


def markdown(rows: pd.DataFrame, models: list[Model]) -> str:
    """The rows of one threshold, a line a model."""
    lines = [TITLES, ["---"] * 2 + ["---:"] * (len(TITLES) - 2)]
    for model in models:
        signs = rows[rows["model"] == model["model"]].set_index("sign")
        own = signs.loc["convention"]
        lines.append(
            [
                f"`{model['model']}`",
                look_of(model).name,
                f"{own['directions']:.0f}",
                f"{own['concepts']:.0f}",
                f"{own['draws_low']:.0f}–{own['draws_high']:.0f}",
                f"{own['chance']:.1f}",
                f"{own['above_chance']:.1f} ({own['above_chance_low']:.1f}–"
                f"{own['above_chance_high']:.1f})",
                f"{own['beyond_null']:.0f}",
                f"{signs.loc['opposite', 'concepts']:.0f}",
                f"{signs.loc['either', 'concepts']:.0f}",
            ]
        )
    return texts.markdown_rows(lines)


def order_section(orders: pd.DataFrame) -> str:
    """The order of the families at each threshold (footnote 3); empty if there is none."""
    if orders.empty:
        return ""
    names = {"concepts": "Concepts", "above_chance": "Above chance"}
    lines = [
        ["Mean over the family", "Backbone", "Threshold", "Order", "As at the paper's threshold"],
        ["---", "---", "---:", "---", "---"],
    ]
    for row in orders.to_dict("records"):
        order = row["order"]
        # The longest first, since one id is the end of another.
        for family in sorted(FAMILIES, key=len, reverse=True):
            look = look_of({"family": family, "backbone": row["backbone"]})
            order = order.replace(family, look.name)
        holds = "yes" if row["holds"] else "no"
        quantity, threshold = names[row["quantity"]], f"{row['threshold']:g}"
        lines.append([quantity, row["backbone"], threshold, order, holds])
    return f"### Order of the families\n\n{texts.markdown_rows(lines)}"


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.counts,
            snakemake.input.order,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

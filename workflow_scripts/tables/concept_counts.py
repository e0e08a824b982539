"""Beyond the paper: the count of concepts beside its chance level, its signs and its thresholds."""

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_table
from workflow_scripts.reporting import texts as captions
from workflow_scripts.reporting.concepts import sign_sentence
from workflow_scripts.reporting.families import FAMILIES, shown

NUMBERS = (
    "concepts", "chance", "above_chance", "above_chance_low", "above_chance_high", "beyond_null",
    "draws_low", "draws_high", "directions",
)  # fmt: skip
TITLES = [
    "Model", "Family", "Directions", "Concepts", "Draws", "Chance", "Above chance", "Beyond null",
    "Opposite sign", "Either sign",
]  # fmt: skip


def main(counts, order, csv, md, *, study, models, dataset, threshold, confidence):
    """Make the table.

    Parameters
    ----------
    counts, order: measures/concepts/counts.csv and order.csv
    csv, md: files to write; the CSV with a row for each model, threshold and sign
    study: the study, see reporting/texts.py
    models: rows of models.tsv, with model, family, backbone, pretraining
    dataset: id of the data set of role concepts
    threshold: average precision from which a concept counts as encoded
    confidence: of the intervals
    """
    own = shown(models)
    table = read_table(counts, ("model", "threshold", "sign", *NUMBERS))
    sections = []
    for each in sorted(table["threshold"].unique()):
        rows = table[table["threshold"] == each]
        note = ", the paper's" if each == threshold else ""
        sections.append(f"### Threshold {each:g}{note}\n\n{markdown(rows, own)}")
    text = captions.caption(
        "Unique concepts, and what they depend on.",
        f"Concepts: those of `{dataset}` whose average precision reaches the threshold in some "
        "direction (equation 4); draws: their range over the draws of the balanced sets.",
        "Chance: mean count when the images' identity is permuted; above chance: the difference, "
        f"with the {100 * confidence:g} % interval that the spread of the permutations gives.",
        "Beyond null: concepts whose average precision no permutation reached.",
        "Opposite and either sign: the count with the directions turned round, and with both.",
        sign_sentence(),
        captions.pool_sentence(study, own),
    )
    orders = read_table(order, ("quantity", "backbone", "threshold", "order", "holds"))
    write_csv(csv, table)
    write_text(md, "\n".join([text, *sections, order_section(orders)]))


def markdown(rows, models: list[dict]) -> str:
    """The rows of one threshold, a line a model."""
    lines = [TITLES, ["---"] * 2 + ["---:"] * (len(TITLES) - 2)]
    for model in models:
        signs = rows[rows["model"] == model["model"]].set_index("sign")
        own = signs.loc["convention"]
        lines.append(
            [
                f"`{model['model']}`",
                FAMILIES[model["family"]].name,
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
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def order_section(orders) -> str:
    """The order of the families at each threshold (footnote 3)."""
    names = {"concepts": "Concepts", "above_chance": "Above chance"}
    lines = [
        "| Mean over the family | Backbone | Threshold | Order | As at the paper's threshold |",
        "| --- | --- | ---: | --- | --- |",
    ]
    for row in orders.itertuples():
        order = row.order
        for family, look in sorted(FAMILIES.items(), key=lambda item: -len(item[0])):
            order = order.replace(family, look.name)
        holds = "yes" if row.holds else "no"
        lines.append(
            f"| {names[row.quantity]} | {row.backbone} | {row.threshold:g} | {order} | {holds} |"
        )
    return "### Order of the families\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.counts,
            snakemake.input.order,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

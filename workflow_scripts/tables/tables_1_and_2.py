"""Tables 1 and 2: accuracy on the test set, and averaged over the shifts (Appendix B)."""

from typing import Any

import pandas as pd

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import read_values
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import RECTIFIED, Model, without_baselines
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.study.pool import label_of

BEYOND = "ImageNet supervised, rectified"  # a column that the paper does not have
# Title of each column and the families that it holds.
COLUMNS = {
    "Zero-shot CLIP": ("robust_zero_shot", "non_robust_zero_shot"),
    "Finetuned CLIP": ("finetuned",),
    "ImageNet supervised": ("supervised",),
    BEYOND: (RECTIFIED,),
}
CLIPS = tuple(COLUMNS)[:2]
ACCURACY = ("accuracy", "low", "high")
SHIFT_ACCURACY = ("shift_accuracy", "shift_accuracy_low", "shift_accuracy_high")
MISSING = "N.A."


def tidy(models: list[Model], values: pd.DataFrame) -> pd.DataFrame:
    """A row a model: backbone, pretraining, column, model, percent, low, high.

    Parameters
    ----------
    models: rows of models.tsv with model, family, backbone, pretraining; no baselines
    values: fractions in columns value, low, high, indexed by model
    """
    column_of = {family: column for column, families in COLUMNS.items() for family in families}
    rows = [
        {
            "backbone": model["backbone"],
            "pretraining": label_of(model) or None,
            "column": column_of[model["family"]],
            "model": model["model"],
            "percent": 100 * values.loc[model["model"], "value"],
            "low": 100 * values.loc[model["model"], "low"],
            "high": 100 * values.loc[model["model"], "high"],
        }
        for model in models
    ]
    names = ["backbone", "pretraining", "column", "model", "percent", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def markdown(table: pd.DataFrame) -> str:
    """The paper's layout of a tidy table; N.A. where there is no such model.

    A supervised model without pretraining stands in the first line of its backbone.
    """
    columns = [each for each in COLUMNS if each != BEYOND or (table["column"] == each).any()]
    titles = ["Backbone", "Pretraining data", *columns]
    lines = [titles, ["---"] * 2 + ["---:"] * len(columns)]
    for backbone, rows in table.groupby("backbone", sort=False):
        lines += _lines(str(backbone), rows, columns)
    return texts.markdown_rows(lines)


def _lines(backbone: str, rows: pd.DataFrame, columns: list[str]) -> list[list[str]]:
    """Lines of one backbone, one of each pretraining set; those of CLIPs first."""
    clips = pd.concat([rows[rows["column"] == column] for column in CLIPS])
    sets = list(clips["pretraining"].dropna().unique())
    line_of = rows["pretraining"].fillna(sets[0] if sets else "")
    lines: list[list[str]] = []
    for name in dict.fromkeys([*sets, *sorted(line_of, key=bool)]):
        first, own = not lines, rows[line_of == name]
        parts = {column: own[own["column"] == column] for column in columns}
        cells = [
            _cell(part) if first or column in CLIPS or len(part) else ""
            for column, part in parts.items()
        ]
        lines.append([backbone if first else "", name, *cells])
    return lines


def _cell(rows: pd.DataFrame) -> str:
    """Percent and interval of the models in one cell."""
    values = [
        "undefined"
        if pd.isna(row["percent"])
        else f"{row['percent']:.1f} % ({row['low']:.1f}–{row['high']:.1f})"
        for row in rows.to_dict("records")
    ]
    return "; ".join(values) or MISSING


def content(
    number: int, table: str, models: list[Model], test: str, title: str, shifts: list[str]
) -> tuple[str, str, pd.DataFrame]:
    """Heading of a table, what it shows, and its values; see `main`."""
    if number == 1:
        values = read_values(table, models, ACCURACY, test)
        shown = f"Top-1 accuracy on {title} (`{test}`)."
        return "Table 1. Accuracy on the test set.", shown, values
    names = ", ".join(f"`{dataset}`" for dataset in shifts)
    return (
        "Table 2. Accuracy averaged over the distribution shifts.",
        f"Mean of the top-1 accuracies on {names}, each data set counting the same.",
        read_values(table, models, SHIFT_ACCURACY),
    )


def main(
    table: str,
    csv: str,
    md: str,
    *,
    number: int,
    study: StudyFacts,
    models: list[Model],
    test: str,
    shifts: list[str],
    confidence: float,
) -> None:
    """Make one of the tables.

    Parameters
    ----------
    table: measures/accuracy.csv for Table 1, measures/effective_robustness/models.csv for Table 2
    csv, md: files to write: a row a model, in percent, and the paper's layout
    number: of the table, 1 or 2
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    test, shifts: ids of the data sets
    confidence: level of the intervals in the tables

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    own = without_baselines(models)
    heading, sentence, values = content(number, table, own, test, study["test"], shifts)
    rows = tidy(own, values)
    text = texts.paragraph(
        heading,
        sentence,
        texts.pool_sentence(study, own),
        texts.interval_sentence(confidence, study),
        f"{MISSING}: the study has no such model.",
    )
    write_csv(csv, rows)
    write_text(md, f"{text}\n{markdown(rows)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.table,
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )

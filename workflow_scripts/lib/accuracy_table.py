"""The layout of Tables 1 and 2: backbone and pretraining data by kind of training (Appendix B)."""

import pandas as pd

from workflow_scripts.lib.atomic import write_csv, write_text
from workflow_scripts.lib.families import shown

# Title of each column and the families it holds
COLUMNS = {
    "Zero-shot CLIP": ("robust_zero_shot", "non_robust_zero_shot"),
    "Finetuned CLIP": ("finetuned",),
    "ImageNet supervised": ("supervised",),
}
MISSING = "N.A."


def tidy(models: list[dict], values: pd.DataFrame) -> pd.DataFrame:
    """A row a model: backbone, pretraining, column, model, percent, low, high.

    Parameters
    ----------
    models: rows of models.tsv with model, family, backbone, pretraining
    values: fractions in columns value, low, high, indexed by model
    """
    column_of = {family: column for column, families in COLUMNS.items() for family in families}
    rows = [
        {
            "backbone": model["backbone"],
            "pretraining": model["pretraining"],
            "column": column_of[model["family"]],
            "model": model["model"],
            "percent": 100 * values.loc[model["model"], "value"],
            "low": 100 * values.loc[model["model"], "low"],
            "high": 100 * values.loc[model["model"], "high"],
        }
        for model in shown(models)
    ]
    names = ["backbone", "pretraining", "column", "model", "percent", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def markdown(table: pd.DataFrame) -> str:
    """The paper's layout of a tidy table; N.A. where there is no such model.

    A supervised model belongs to a backbone and no pretraining set: it stands in the first line
    of its backbone.
    """
    titles = ["Backbone", "Pretraining data", *COLUMNS]
    lines = [titles, ["---"] * 2 + ["---:"] * len(COLUMNS)]
    for backbone, rows in table.groupby("backbone", sort=False):
        lines += _lines(backbone, rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _lines(backbone: str, rows: pd.DataFrame) -> list[list[str]]:
    """Lines of one backbone."""
    zero_shot, finetuned, supervised = (rows[rows["column"] == column] for column in COLUMNS)
    clip = pd.concat([zero_shot, finetuned])
    sets = list(clip["pretraining"].dropna().unique()) or [None]
    lines = []
    for number, name in enumerate(sets):
        cells = [_cell(part[part["pretraining"] == name]) for part in (zero_shot, finetuned)]
        first = number == 0
        lines.append(
            [backbone if first else "", name or "", *cells, _cell(supervised) if first else ""]
        )
    return lines


def _cell(rows: pd.DataFrame) -> str:
    """Percent and interval of the models in one cell."""
    shown_as = [
        "undefined"
        if pd.isna(row.percent)
        else f"{row.percent:.1f} % ({row.low:.1f}–{row.high:.1f})"
        for row in rows.itertuples()
    ]
    return "; ".join(shown_as) or MISSING


def write(csv: str, md: str, models: list[dict], values: pd.DataFrame, caption: str) -> None:
    """Write the tidy table, and the caption with the paper's layout."""
    table = tidy(models, values)
    write_csv(csv, table)
    write_text(md, f"{caption}\n{markdown(table)}")

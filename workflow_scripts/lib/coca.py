"""CoCa, the multimodal models of Appendix D that are no CLIPs, and the layout of its tables."""

import pandas as pd

from workflow_scripts.lib.families import is_coca_backbone, shown

KINDS = {"robust_zero_shot": "Zero-shot", "finetuned": "Finetuned"}


def coca_models(models: list[dict]) -> list[dict]:
    """The zero-shot and finetuned models whose backbone is a CoCa."""
    return [
        model
        for model in shown(models)
        if is_coca_backbone(model["backbone"]) and model["family"] in KINDS
    ]


def tidy(models: list[dict], values: pd.DataFrame) -> pd.DataFrame:
    """A row a model: model, backbone, pretraining, kind, and the columns of `values`.

    Parameters
    ----------
    models: rows of models.tsv, all of them CoCas
    values: indexed by model
    """
    frame = pd.DataFrame(models, columns=["model", "family", "backbone", "pretraining"])
    frame = frame.assign(kind=frame["family"].map(KINDS)).drop(columns="family")
    return pd.concat([frame, values.reset_index(drop=True)], axis=1)


def markdown(table: pd.DataFrame, cell) -> str:
    """The paper's layout: a line a backbone; N.A. where there is no such model.

    Parameters
    ----------
    table: of `tidy`
    cell: callable from a row (a named tuple) to the text of its cell
    """
    lines = ["| Backbone | CoCa Zero-shot | CoCa Finetuned |", "| --- | ---: | ---: |"]
    for backbone, rows in table.groupby("backbone", sort=False):
        cells = [
            "; ".join(cell(row) for row in rows[rows["kind"] == kind].itertuples()) or "N.A."
            for kind in KINDS.values()
        ]
        lines.append(f"| {backbone} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def study_sentence(study: str, models: list[dict]) -> str:
    """Which study it is, or that it has no such model."""
    return f"Study `{study}`." if models else f"The study `{study}` has no such model."

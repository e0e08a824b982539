"""What a study reproduces of the paper's numbers, read from the tables of its measures.

Every function gives a table with the columns `FOUND` without `measure`: what a number is of, the
model (empty where it is of the study as a whole), the value and its interval (NaN without one).
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.files.tables import read_table, read_values
from workflow_scripts.reporting.concepts import at_threshold
from workflow_scripts.reporting.families import Model, of_the_paper
from workflow_scripts.reporting.paper_numbers import KEYS
from workflow_scripts.study.pool import is_coca_backbone

FOUND = [*KEYS, "model", "value", "low", "high"]
LABELS = ["family", "backbone", "pretraining"]
SIGN = "convention"
# Average precision from which the paper counts a concept as encoded (Section 5), and the measures
# that are not the paper's where the study has another.
PAPER_THRESHOLD = 0.9
THRESHOLDED = ("concepts", "concepts_in_all", "concepts_zero_shot_only", "polysemanticity")
PARTS = {
    "concepts_in_all": "in_zero_shot&finetuned&supervised",
    "concepts_zero_shot_only": "in_zero_shot",
}
LINE = {"line_slope": "slope", "line_intercept": "intercept", "line_r": "r"}

# From the path of a measure's table to what it holds, without the name of the measure.
Reader = Callable[[str], pd.DataFrame]


def labelled(models: list[Model], values: pd.DataFrame) -> pd.DataFrame:
    """Values of models, with the labels of each.

    Parameters
    ----------
    models: rows of models.tsv
    values: columns value, and low, high, concept if there are any; indexed by model id
    """
    # Where a parent has several finetuned models, none of them is the paper's.
    models = [model for model in models if not model.get("finetuning")]
    labels = pd.DataFrame(models, columns=["model", *LABELS]).set_index("model").fillna("")
    values = values if "concept" in values else values.assign(concept="")
    found = labels.join(values, how="inner").rename_axis("model").reset_index()
    return found.reindex(columns=FOUND[1:])


def of_the_study(columns: Mapping[Hashable, Any]) -> pd.DataFrame:
    """One value of the study as a whole, or of a group of its models; the rest is empty."""
    row: dict[Hashable, Any] = dict.fromkeys([*LABELS, "concept", "model"], "")
    row |= dict.fromkeys(["value", "low", "high"], np.nan)
    return pd.DataFrame([{**row, **columns}], columns=FOUND[1:])


def line(path: str, column: str) -> pd.DataFrame:
    """Slope, intercept or r of the line of effective robustness (Appendix A); none without one."""
    columns = [column, f"{column}_low", f"{column}_high"]
    rows = read_table(path, columns)[columns].set_axis(["value", "low", "high"], axis=1)
    return pd.concat([of_the_study(row) for row in rows.to_dict("records")] or [of_the_study({})])


def pool_size(path: str, models: list[Model]) -> pd.DataFrame:
    """How many models the study measures of the kinds that the paper's pool has: no CoCas."""
    measured = set(read_table(path, ["model"])["model"])
    families = [
        model["family"]
        for model in of_the_paper(models)
        if model["model"] in measured and not is_coca_backbone(model["backbone"])
    ]
    parts = [of_the_study({"value": len(families)})]
    counts = Counter(families)
    parts += [of_the_study({"family": each, "value": count}) for each, count in counts.items()]
    return pd.concat(parts)


def venn_part(path: str, part: str) -> pd.DataFrame:
    """Concepts in one part of the Venn diagrams of Figure 4; the model is the finetuned one."""
    table = read_table(path, ["backbone", "pretraining", "finetuned", part])
    table = table.rename(columns={"finetuned": "model", part: "value"})
    return table.assign(family="", concept="").reindex(columns=FOUND[1:])


def plain_name(concept: pd.Series) -> pd.Series:
    """Broden's names as Table 6 prints them: blanks for "_" and "-"."""
    return concept.str.replace("[_-]", " ", regex=True)


def top_concepts(path: str, models: list[Model]) -> pd.DataFrame:
    """Average precision of the best concepts of each model's most privileged direction."""
    table = read_table(path, ["model", "sign", "name", "average_precision"])
    table = table[table["sign"] == SIGN].set_index("model")
    values = {"concept": plain_name(table["name"]), "value": table["average_precision"]}
    return labelled(models, pd.DataFrame(values))


def robustness_peak(path: str, models: list[Model]) -> pd.DataFrame:
    """Interpolation parameter at which effective robustness on a Wise-FT path is largest."""
    table = read_table(path, ["model", "alpha", "quantity", "dataset", "value"])
    table = table[(table["quantity"] == "effective_robustness") & (table["dataset"] == "shifts")]
    table = table.dropna(subset="value")
    peaks = table.loc[table.groupby("model")["value"].idxmax()].set_index("model")
    return labelled(models, peaks[["alpha"]].set_axis(["value"], axis=1))


def readers(models: list[Model], test: str) -> dict[str, Reader]:
    """How each measure is read from its table; its names are those of resources/paper.

    Parameters
    ----------
    models: rows of models.tsv
    test: id of the test set
    """

    def values(value: str, low: str, high: str, dataset: str | None = None) -> Reader:
        columns = (value, low, high)
        return lambda path: labelled(models, read_values(path, models, columns, dataset))

    def concepts(**names: str) -> Reader:
        return lambda path: labelled(
            models,
            at_threshold(path, models, PAPER_THRESHOLD, tuple(names)).rename(columns=names),
        )

    return {
        "models": partial(pool_size, models=models),
        "accuracy": values("accuracy", "low", "high", dataset=test),
        "shift_accuracy": values("shift_accuracy", "shift_accuracy_low", "shift_accuracy_high"),
        "effective_robustness": values("effective_robustness", "low", "high"),
        **{name: partial(line, column=column) for name, column in LINE.items()},
        "kurtosis": values("kurtosis", "low", "high", dataset=test),
        "concepts": concepts(concepts="value", draws_low="low", draws_high="high"),
        **{name: partial(venn_part, part=part) for name, part in PARTS.items()},
        "polysemanticity": concepts(polysemanticity="value"),
        "top_concepts": partial(top_concepts, models=models),
        "robustness_peak": partial(robustness_peak, models=models),
    }


MEASURES = tuple(readers([], ""))


def read_found(
    tables: Mapping[str, str], models: list[Model], test: str, threshold: float | None
) -> pd.DataFrame:
    """All that a study reproduces of the measures whose tables are given; columns `FOUND`.

    Parameters
    ----------
    tables: path of the table of each measure
    models, test: see `readers`
    threshold: average precision from which the study counts a concept as encoded; None without
        concepts

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    how = readers(models, test)
    parts = [
        how[name](path).assign(measure=name)
        for name, path in tables.items()
        if threshold == PAPER_THRESHOLD or name not in THRESHOLDED
    ]
    found = pd.concat(parts)[FOUND] if parts else pd.DataFrame(columns=FOUND)
    return found.astype({"value": float, "low": float, "high": float})

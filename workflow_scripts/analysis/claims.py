"""The paper's claims as data, resources/claims.tsv, and what may be said of one."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from workflow_scripts.job.errors import InputError

# ASSUME: the paper states no thresholds. Outlier features, a kurtosis far above 3, are read as one
# above 4 (and none as below 4), privileged directions, far above the mean importance, as more than
# 5 times that, and no robustness as less than 0.1 above the line.
COLUMNS = ("id", "source", "statement", "measure", "comparison", "group", "reference",
           "threshold", "quantifier", "null")  # fmt: skip
COMPARISONS = ("above", "below", "parent_above", "above_backbone", "above_best", "output_drop")
QUANTIFIERS = ("all", "most", "some")
# Verdicts on a claim.
HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be judged here"
NOT_INFORMATIVE = "not informative"
# What they rest on: the study's own numbers, or published accuracies.
STUDY, PUBLISHED = "study", "published"
# What a claim has to beat:
# - untrained controls of its models' architectures, none of which may meet its threshold
# - chance: the measure says nothing of an untrained control, whose accuracy is at chance, and so
#   the models' has to be above
# - what it compares with: other models, epochs, layers or orders
UNTRAINED, CHANCE, COMPARED = "untrained", "chance", "compared"
NULLS = (UNTRAINED, CHANCE, COMPARED)


def read_claims(
    path: str | Path, measures: Collection[str], families: Collection[str]
) -> pd.DataFrame:
    """The claims, checked.

    Parameters
    ----------
    path: resources/claims.tsv
    measures: names that the column `measure` may have
    families: names that the columns `group` and `reference` may have

    Raises
    ------
    InputError: a column or a name is unknown, or an id is used twice
    """
    claims = pd.read_csv(path, sep="\t", keep_default_na=False)
    if tuple(claims) != COLUMNS:
        raise InputError(
            f"{path}: found columns {', '.join(claims.columns)}, expected {', '.join(COLUMNS)}; "
            "restore it."
        )
    allowed = {"measure": measures, "comparison": COMPARISONS, "quantifier": QUANTIFIERS,
               "null": NULLS}  # fmt: skip
    for column, names in allowed.items():
        for claim, name in zip(claims["id"], claims[column], strict=True):
            _demand(path, claim, column, name, names)
    for column in ("group", "reference"):
        for claim, group in zip(claims["id"], claims[column], strict=True):
            if group or column == "group":
                for family in group.removeprefix("coca ").split("|"):
                    _demand(path, claim, column, family, families)
    for claim, null, comparison in claims[["id", "null", "comparison"]].to_numpy().tolist():
        if null == UNTRAINED and comparison not in ("above", "below"):
            _demand(path, claim, "null", null, (CHANCE, COMPARED))
    twice = claims.loc[claims["id"].duplicated(), "id"]
    if len(twice):
        raise InputError(f"{path}: found the id {twice.iloc[0]!r} twice, expected it once.")
    return claims


def _demand(path: str | Path, claim: str, column: str, name: str, names: Collection[str]) -> None:
    """Refuse a name that a cell may not have.

    Raises
    ------
    InputError: the name is not among `names`
    """
    if name not in names:
        raise InputError(
            f"{path}, {claim}, column {column}: found {name!r}, expected one of {', '.join(names)}."
        )

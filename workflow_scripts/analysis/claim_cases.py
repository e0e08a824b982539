"""The comparisons that a claim makes, each a difference that it says is above 0: its cases."""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.analysis.claims import FAILS, HOLDS, OPEN
from workflow_scripts.study.pool import CONTROL, is_coca_backbone

CASE = ["subject", "reference", "value", "low", "high"]


class Resamples(NamedTuple):
    """A measure of several models on the same resamples of the images, or draws of the concepts."""

    values: pd.DataFrame  # a column a model, a row a resample
    ends: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # of an interval, over axis 0

    def ends_of_differences(
        self, pairs: list[tuple[str, str | None]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the interval of each pair's difference, the first minus the second."""
        one, other = (self.values[[*each]].to_numpy() for each in zip(*pairs, strict=True))
        return self.ends(one - other)


def ends_of_draws(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The range of draws [D, ...]; a single one has none."""
    if len(draws) < 2:
        return np.full(draws.shape[1:], np.nan), np.full(draws.shape[1:], np.nan)
    return draws.min(axis=0), draws.max(axis=0)


def chosen(models: list[dict[str, Any]], group: str) -> list[dict[str, Any]]:
    """Models of a group: families separated by "|", of CLIPs, or of CoCas with "coca " before."""
    coca = group.startswith("coca ")
    families = group.removeprefix("coca ").split("|")
    return [
        model
        for model in models
        if model["family"] in families and is_coca_backbone(model["backbone"]) == coca
    ]


def controls_of(models: list[dict[str, Any]], group: str) -> list[str]:
    """Ids of the untrained controls that are built as some model of a group."""
    built = {model["architecture"] for model in chosen(models, group)}
    controls = [model for model in models if model["family"] == CONTROL]
    return [model["model"] for model in controls if model["architecture"] in built]


def pairs_of(
    claim: pd.Series, models: list[dict[str, Any]], values: pd.Series
) -> list[tuple[str, str | None]]:
    """Ids of the models that a claim compares; None where it compares one with the threshold.

    - `parent_above`: the parents of the group's models with the models themselves
    - `above_backbone`: the group's models with each model of the reference of the same backbone
    - `above_best`: the group's models with the model of the reference whose value is largest
    - `above`, `below`, `output_drop`: the group's models alone
    """
    group = chosen(models, claim["group"])
    if claim["comparison"] == "parent_above":
        return [(model["parent"], model["model"]) for model in group if model["parent"]]
    if claim["comparison"] == "above_backbone":
        others = chosen(models, claim["reference"])
        return [
            (model["model"], other["model"])
            for model in group
            for other in others
            if other["backbone"] == model["backbone"]
        ]
    if claim["comparison"] == "above_best":
        others = [model["model"] for model in chosen(models, claim["reference"])]
        best = values[values.index.isin(others)].nlargest(1).index
        return [(model["model"], other) for model in group for other in best]
    return [(model["model"], None) for model in group]


def beyond(claim: pd.Series, values: pd.DataFrame) -> pd.DataFrame:
    """How far values lie beyond the threshold of a claim, on the side that it says.

    Parameters
    ----------
    claim: a row of the claims
    values: columns value, low, high
    """
    if claim["comparison"] != "below":
        return values - claim["threshold"]
    # With the sign the ends change places.
    return (claim["threshold"] - values).rename(columns={"low": "high", "high": "low"})


def cases(
    claim: pd.Series,
    models: list[dict[str, Any]],
    values: pd.DataFrame,
    resamples: Resamples | None = None,
) -> pd.DataFrame:
    """The cases of a claim.

    Parameters
    ----------
    claim: a row of the claims
    models: rows of models.tsv with model, family, backbone, parent
    values: columns value, low, high of the claim's measure, indexed by model
    resamples: of the measure; None if models cannot be compared on the same ones

    Returns
    -------
    Columns `CASE`; a comparison whose models the measure lacks, or has no value for, gives no row.
    """
    known = {None, *values.index}
    pairs = [pair for pair in pairs_of(claim, models, values["value"]) if {*pair} <= known]
    first = values.loc[[one for one, _ in pairs]].reset_index(drop=True)
    if any(other for _, other in pairs):
        second = values.loc[[other for _, other in pairs]].reset_index(drop=True)
        first = difference(first, second)
        if resamples:
            first["low"], first["high"] = resamples.ends_of_differences(pairs)
    found = beyond(claim, first)
    found.insert(0, "subject", [one for one, _ in pairs])
    found.insert(1, "reference", [other or "" for _, other in pairs])
    return found[CASE].dropna(subset="value")


def difference(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """first - second, with intervals whose half-widths add in quadrature.

    Where one of the two has no interval, neither has the difference.

    Parameters
    ----------
    first, second: columns value, low, high, by model or by case
    """
    # ASSUME: as if independent. Of models that saw the same images the true interval is narrower;
    # where there are resamples, they give it.
    value = first["value"] - second["value"]
    lower = _quadrature(first["value"] - first["low"], second["high"] - second["value"])
    upper = _quadrature(first["high"] - first["value"], second["value"] - second["low"])
    return pd.DataFrame({"value": value, "low": value - lower, "high": value + upper})


def _quadrature(one: pd.Series, other: pd.Series) -> pd.Series:
    """Root of the sum of squares of two half-widths; a value outside its own range has none."""
    return pd.Series(np.hypot(one.clip(lower=0), other.clip(lower=0)))


def supports(found: pd.DataFrame, undecided: Collection[str] = ()) -> np.ndarray:
    """Of each case: 1 if it is above 0, -1 if it is not, 0 if that is open.

    It is open where the interval says both, where there is none, and where a model is undecided.

    Parameters
    ----------
    found: columns `CASE`
    undecided: ids of models of which the measure says nothing
    """
    low, high = found["low"], found["high"]
    # Where low equals high, a case of exactly 0 is not above 0.
    support = np.where(low > 0, 1, np.where((high < 0) | (low.eq(high) & (low <= 0)), -1, 0))
    known = found["low"].notna() & found["high"].notna()
    judged = ~found[["subject", "reference"]].isin([*undecided]).any(axis=1)
    return np.where(known & judged, support, 0)


def verdict(support: np.ndarray, quantifier: str) -> str:
    """What the cases say together.

    Parameters
    ----------
    support: int [cases], see `supports`
    quantifier: how many of the cases have to be above 0, one of `claims.QUANTIFIERS`
    """
    if not len(support):
        return OPEN
    yes, no = (support > 0).mean(), (support < 0).mean()
    if quantifier == "all":
        return HOLDS if yes == 1 else FAILS if no > 0 else OPEN
    if quantifier == "most":
        return HOLDS if yes > 0.5 else FAILS if no >= 0.5 else OPEN
    return HOLDS if yes > 0 else FAILS if no == 1 else OPEN

"""Readers of the measures that claims beyond the paper are about.

As those of `analysis.claim_readers`, but for what a row is of: a model, an arm of the
interventions, an indicator, or two concept sets.
"""

import pandas as pd

from workflow_scripts.analysis.claim_readers import ENDS
from workflow_scripts.files.tables import read_table

CHANGE = ("change", "change_low", "change_high")
DIFFERENCE = ("difference", "difference_low", "difference_high")
HELD = 10  # components that are held


def distance(table: pd.DataFrame) -> pd.DataFrame:
    """How far values are from 0, on either side.

    Parameters
    ----------
    table: columns value, low, high; an interval with 0 in it begins there
    """
    ends = table[["low", "high"]].abs()
    inside = (table["low"] <= 0) & (table["high"] >= 0)
    low = ends.min(axis=1, skipna=False).mask(inside, 0.0)
    return pd.DataFrame(
        {"value": table["value"].abs(), "low": low, "high": ends.max(axis=1, skipna=False)}
    )


def moved(path: str, quantity: str, penalised: bool = False) -> pd.DataFrame:
    """How far each arm of the interventions has moved a quantity from its reference, by arm.

    Parameters
    ----------
    path: measures/interventions/interventions/arms.csv
    penalised: whether only those arms are meant in which a penalty holds kurtosis
    """
    table = read_table(path, ("arm", "reference", "penalised", "quantity", *DIFFERENCE))
    own = table[(table["quantity"] == quantity) & (table["arm"] != table["reference"])]
    own = own[own["penalised"]] if penalised else own
    return distance(own.set_index("arm")[[*DIFFERENCE]].set_axis(list(ENDS), axis=1))


def robustness_of_moved(path: str, penalised: bool = False) -> pd.DataFrame:
    """How far effective robustness has moved in the arms that are known to have moved kurtosis.

    Parameters
    ----------
    path, penalised: see `moved`
    """
    kurtosis = moved(path, "kurtosis", penalised)
    known = kurtosis.index[kurtosis["low"] > 0]
    return moved(path, "effective_robustness", penalised).loc[known]


def robustness_of_held(path: str) -> pd.DataFrame:
    """How far effective robustness moves if the components that make kurtosis are held, by model.

    Parameters
    ----------
    path: measures/basis/ablation.csv
    """
    wanted = {
        "chosen_by": "kurtosis", "replaced_by": "mean", "components": HELD,
        "quantity": "effective_robustness",
    }  # fmt: skip
    table = read_table(path, ("model", *wanted, *CHANGE))
    own = table[(table[[*wanted]] == pd.Series(wanted)).all(axis=1)]
    return distance(own.set_index("model")[[*CHANGE]].set_axis(list(ENDS), axis=1))


def changed_predictions(path: str) -> pd.DataFrame:
    """Share of the predictions of finetuned models that change as they get their parents' kurtosis.

    Parameters
    ----------
    path: measures/basis/transplant.csv; its images are all that there are, so a share has no error
    """
    table = read_table(path, ("model", "change", "images", "predictions_changed"))
    own = table[table["change"] == "bias"].set_index("model")
    share = own["predictions_changed"] / own["images"]
    return pd.DataFrame(dict.fromkeys(ENDS, share))


def association(path: str, indicator: str, group: str) -> pd.DataFrame:
    """Rank correlation of an indicator with effective robustness over a group of models.

    Parameters
    ----------
    path: measures/indication/indication/associations.csv
    """
    table = read_table(path, ("indicator", "group", "statistic", *ENDS))
    own = table[(table["indicator"] == indicator) & (table["group"] == group)]
    return own[own["statistic"] == "rank correlation"].set_index("indicator")[[*ENDS]]


def agreement(path: str) -> pd.DataFrame:
    """Rank correlation of the models' concepts above chance between two concept sets.

    Parameters
    ----------
    path: measures/concept_sets/agreement/agreement.csv
    """
    table = read_table(path, ("first", "second", "quantity", *ENDS))
    own = table[table["quantity"] == "above_chance"]
    return own.set_index(own["first"] + " and " + own["second"])[[*ENDS]]

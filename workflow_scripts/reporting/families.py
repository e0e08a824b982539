"""The families that are compared: one name, colour and marker each, everywhere the same.

All are the paper's but one: `rectified`, supervised networks that end in the average of a
rectifier's output, as ResNets do outside the paper, where all pools are attention or a projection.
Their kurtosis is high by construction (see method/kurtosis.py), so no claim of the paper is judged
on them.

CoCas are no CLIPs, and the paper's figures lack them (its Appendix D tells of them): they play the
parts of zero-shot and finetuned models, but have names, colours and markers of their own.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from workflow_scripts.study.pool import is_coca_backbone

# A row of models.tsv: at least model (its id), family, backbone and pretraining (None without one).
Model = dict[str, Any]


class Family(NamedTuple):
    """The look of a family of models."""

    name: str
    colour: str  # of the Okabe-Ito palette, told apart by colour-blind readers
    marker: str  # a matplotlib marker, for readers without colour


FAMILIES = {
    "robust_zero_shot": Family("Robust zero-shot CLIP", "#0072B2", "o"),
    "finetuned": Family("Finetuned CLIP", "#009E73", "s"),
    "supervised": Family("Supervised", "#D55E00", "^"),
    "rectified": Family("Supervised, rectified", "#E69F00", "v"),
    "non_robust_zero_shot": Family("Non-robust zero-shot CLIP", "#CC79A7", "D"),
}
COCAS = {
    "robust_zero_shot": Family("Zero-shot CoCa", "#56B4E9", "<"),
    "finetuned": Family("Finetuned CoCa", "#7FCDB5", ">"),
}
LOOKS = (*FAMILIES.values(), *COCAS.values())  # in the order of legends
RECTIFIED = "rectified"
BASELINE = Family("Baselines of the line", "#8C8C8C", ".")
OTHER = Family("of no family here", BASELINE.colour, "o")


def look_of(model: Mapping[Any, Any]) -> Family:
    """The look of a model by its family and backbone; grey of one that is none of those compared.

    Parameters
    ----------
    model: a row with family and backbone
    """
    family = model["family"]
    if family in COCAS and is_coca_backbone(model["backbone"]):
        return COCAS[family]
    return FAMILIES.get(family, OTHER)


def of_look(models: Iterable[Model], look: Family) -> list[Model]:
    """The models of one look, in their order."""
    return [model for model in models if look_of(model) == look]


def without_baselines(models: Iterable[Model]) -> list[Model]:
    """The models that figures and tables compare: all but the baselines of the line."""
    return [model for model in models if model["family"] in FAMILIES]


def of_the_paper(models: Iterable[Model]) -> list[Model]:
    """The models of the families that the paper compares."""
    return [model for model in without_baselines(models) if model["family"] != RECTIFIED]


def of_family(models: Iterable[Model], family: str) -> list[Model]:
    """The models of one family, in their order."""
    return [model for model in models if model["family"] == family]

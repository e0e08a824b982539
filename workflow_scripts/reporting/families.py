"""The families that are compared: one name, colour and marker each, everywhere the same.

All are the paper's but one: `rectified`, supervised networks that end in the average of a
rectifier's output, as ResNets do outside the paper, where all pools are attention or a projection.
Their kurtosis is high by construction (see method/kurtosis.py), so no claim of the paper is judged
on them.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

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
RECTIFIED = "rectified"
BASELINE = Family("Baselines of the line", "#8C8C8C", ".")


def without_baselines(models: Iterable[Model]) -> list[Model]:
    """The models that figures and tables compare: all but the baselines of the line."""
    return [model for model in models if model["family"] in FAMILIES]


def of_the_paper(models: Iterable[Model]) -> list[Model]:
    """The models of the families that the paper compares."""
    return [model for model in without_baselines(models) if model["family"] != RECTIFIED]


def of_family(models: Iterable[Model], family: str) -> list[Model]:
    """The models of one family, in their order."""
    return [model for model in models if model["family"] == family]

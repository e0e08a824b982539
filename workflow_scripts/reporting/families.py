"""The families that the paper compares: one name, colour and marker each, everywhere the same."""

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
    "non_robust_zero_shot": Family("Non-robust zero-shot CLIP", "#CC79A7", "D"),
}
BASELINE = Family("Baselines of the line", "#8C8C8C", ".")


def without_baselines(models: Iterable[Model]) -> list[Model]:
    """The models that figures and tables compare: all but the baselines of the line."""
    return [model for model in models if model["family"] in FAMILIES]


def of_family(models: Iterable[Model], family: str) -> list[Model]:
    """The models of one family, in their order."""
    return [model for model in models if model["family"] == family]

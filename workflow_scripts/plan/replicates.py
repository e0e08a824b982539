"""Replicates: the same study with other seeds of all that is trained or drawn at random in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workflow_scripts.study.study import Study

# ASSUME: rows of models.tsv have smaller seeds, so that no two replicates share one.
APART = 1000


def is_replicated(row: Mapping[str, Any]) -> bool:
    """Whether a model is made anew in each replicate: it has a seed, and makes no data set."""
    return row["origin"] != "pretrained" and row["family"] != "adversary"


def reseeded(study: Study, number: int) -> Study:
    """The study of a replicate, from 1; the first is the study itself."""
    models = {
        name: row | {"seed": row["seed"] + APART * (number - 1)} if is_replicated(row) else row
        for name, row in study.models.items()
    }
    return replace(study, models=models)

"""The classes of ImageNet and ObjectNet by their numbers and names."""

import csv
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Classes = Sequence[Mapping[str, str]]  # rows of classes.tsv in label order

HERE = Path(__file__).parent
STUDY = HERE.parents[1] / "studies/imagenet"
# Each as big as needed for the mapping to have one class, two and three.
OBJECTS = ("Banana", "Alarm clock", "Skirt")


def imagenet_classes() -> list[dict[str, str]]:
    """All rows of studies/imagenet/classes.tsv."""
    with open(STUDY / "classes.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def some_classes(count: int = 12) -> list[dict[str, str]]:
    """The first of ImageNet's classes and, to make `count`, those of three ObjectNet classes."""
    wnids = {wnid for row in objectnet_table() if row["name"] in OBJECTS for wnid in row["wnids"]}
    rows = imagenet_classes()
    wnids |= {row["wnid"] for row in rows[: count - len(wnids)]}
    return [row for row in rows if row["wnid"] in wnids]


def objectnet_table() -> list[dict[str, Any]]:
    """ObjectNet's 313 classes: rows of `folder`, `name` and the list `wnids`, mostly empty."""
    with open(HERE / "objectnet_classes.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [row | {"wnids": row["wnids"].split(";") if row["wnids"] else []} for row in rows]


def challenge_ids(classes: Classes) -> dict[str, int]:
    """The challenge's number, from 1, of each class by wnid: another order than the labels'."""
    order = np.random.default_rng(2).permutation(len(classes)) + 1
    return {row["wnid"]: int(number) for row, number in zip(classes, order, strict=True)}


def lemmas() -> dict[str, str]:
    """WordNet's words of each synset, which ImageNet and ObjectNet name their classes by."""
    folder = Path(importlib.util.find_spec("timm").submodule_search_locations[0])
    text = (folder / "data/_info/imagenet_synset_to_lemma.txt").read_text(encoding="utf-8")
    return dict(line.split("\t", 1) for line in text.splitlines())

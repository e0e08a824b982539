"""Checks of models.tsv: what each model is trained on and finetuned from."""

from collections.abc import Mapping
from typing import Any

from workflow_scripts.study.tables import Row, Table

# Origins of models with a zero-shot head, which can be finetuned, and families without one
PARENTS = ("contrastive", "pretrained")
SUPERVISED = ("supervised", "rectified")
WITH_OWN_HEAD = (*SUPERVISED, "finetuned")


def check_models(models: Table, datasets: Table, recipes: Mapping[str, Any]) -> None:
    """Check that each model's recipe, training data and parent suit it.

    That data sets and recipes of these names exist was checked before. `recipes` are those of
    study.yaml.
    """
    for row in models.rows.values():
        _check_recipe(models, row, recipes.get(row.value("recipe")))
        _check_sources(models, row)
        _check_head_data(models, row, datasets)
        if dataset := datasets.rows.get(row.value("train_dataset")):
            _check_training_data(models, row, dataset)
    _check_cycles(models)
    for row in models.rows.values():
        if row.value("parent") is not None:
            _check_parent(models, row)


def _check_recipe(models: Table, row: Row, recipe: Any) -> None:
    origin = row.value("origin")
    made_for = recipe.get("origin") if isinstance(recipe, dict) else None
    if made_for and origin and made_for != origin:
        found = f"'{row.value('recipe')}', a recipe of origin {made_for}"
        models.reject(row, "recipe", found, f"a recipe of origin {origin}, as the model's")


def _check_sources(models: Table, row: Row) -> None:
    """Weights are one file; only a head of a model's own may be another one."""
    source, head = row.value("source") or "", row.value("head")
    has_own = head != "none" and (head or row.value("family") in (None, *WITH_OWN_HEAD))
    if "/" not in source and source.count(";") > (1 if has_own else 0):
        expected = (
            "one source, or two of a model with a head of its own, the encoder's and the head's"
        )
        models.reject(row, "source", f"'{source}'", expected)


def _check_training_data(models: Table, row: Row, dataset: Row) -> None:
    _check_role(models, row, dataset)
    images, available = row.value("images"), dataset.value("images")
    if images and available and images > available:
        expected = f"at most {available}, the images of {dataset.id}"
        models.reject(row, "images", str(images), expected)


def _check_head_data(models: Table, row: Row, datasets: Table) -> None:
    """A model that sees no labels gets its linear head from the study's labelled training set."""
    labelled = [each for each in datasets.rows.values() if each.value("role") == "train"]
    if row.value("origin") == "self_supervised" and len(labelled) != 1:
        found = f"self_supervised, and {len(labelled)} data sets of role train"
        models.reject(row, "origin", found, "one, which the linear head is fitted to")


def _check_role(models: Table, row: Row, dataset: Row) -> None:
    origin, text, role = row.value("origin"), row.value("text"), dataset.value("role")
    if origin is None or role is None or (origin == "contrastive" and text is None):
        return
    if origin == "self_supervised":  # reads neither texts nor labels
        if role not in ("captions", "train"):
            found = f"'{dataset.id}', a data set of role {role}"
            expected = f"a data set of role captions or train, since origin is {origin}"
            models.reject(row, "train_dataset", found, expected)
        return
    needed = "captions" if text == "caption" else "train"
    reason = f"text is {text}" if text else f"origin is {origin}"
    if role != needed:
        found = f"'{dataset.id}', a data set of role {role}"
        models.reject(row, "train_dataset", found, f"a data set of role {needed}, since {reason}")
    elif text not in (None, "caption") and dataset.cells.get("captions") is None:
        found = f"'{dataset.id}', whose column captions is empty"
        models.reject(row, "train_dataset", found, f"a data set with captions, since {reason}")


def _check_cycles(models: Table) -> None:
    """Record each cycle of parents once, at its first row; none of its rows is checked further."""
    for name, start in models.rows.items():
        chain = [name]
        while (parent := models.rows[chain[-1]].value("parent")) in models.rows:
            if parent in chain:
                break
            chain.append(parent)
        if parent is not None and parent == name:
            found = f"a cycle, {' -> '.join([*chain, name])}"
            models.reject(start, "parent", found, "a chain that ends at a model without parent")
            for member in chain:
                models.rows[member].bad.add("parent")


def _check_parent(models: Table, row: Row) -> None:
    name = row.value("parent")
    parent = models.rows.get(name)
    if parent is None:
        # A mistaken origin may be the right one, misspelt.
        valid = [
            other.id
            for other in models.rows.values()
            if other.value("origin") in (None, *PARENTS)
            and other.value("family") not in WITH_OWN_HEAD
        ]
        models.reject_name(row, "parent", name, valid, "the id of a zero-shot model")
        return
    origin, family = parent.value("origin"), parent.value("family")
    if origin not in (None, *PARENTS):
        found = f"'{name}', a model of origin {origin}"
        models.reject(row, "parent", found, f"a model of origin {' or '.join(PARENTS)}")
    elif family in WITH_OWN_HEAD:
        models.reject(row, "parent", f"'{name}', a model of family {family}", "a zero-shot model")
    else:
        _check_inherited(models, row, parent)


def _check_inherited(models: Table, row: Row, parent: Row) -> None:
    """A model finetuned from another has its backbone and its pretraining data."""
    built_as = parent.value("architecture") or parent.value("backbone")
    for column, inherited in (
        ("backbone", parent.value("backbone")),
        ("architecture", built_as),
        ("pretraining", parent.value("pretraining")),
    ):
        own = row.value(column)
        if own and inherited and own != inherited:
            models.reject(row, column, f"'{own}'", f"'{inherited}', that of its parent {parent.id}")

"""Checks of a study across its files: every name that one file uses exists in another."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow_scripts.study.mistakes import mistake, one_of
from workflow_scripts.study.source_checks import check_source_files
from workflow_scripts.study.tables import Row, Table, read_lines

# Source of the ImageNet-V2 variant through whose accuracies the ImageNet testbed's line goes
TESTBED_SOURCE = "imagenet-v2-threshold0.7"
# Origins of models with a zero-shot head, which can be finetuned
PARENTS = ("contrastive", "pretrained")


def find_file(folder: Path, shared: Path | None, name: str) -> Path:
    """Path of a study's file: in its own folder, else in the one that it shares, else its own."""
    own = folder / name
    return shared / name if shared and not own.exists() and (shared / name).exists() else own


def check_study(
    folder: Path, shared: Path | None, settings: Any, tables: Mapping[str, Table]
) -> dict[str, list[str]]:
    """Check the tables of a study against one another, its settings and its other files.

    Mistakes are recorded in the tables. Returns the wnids of each data set with a class list.
    """
    files = {kind: _files(folder, shared, kind) for kind in ("class_lists", "architectures")}
    models, datasets = tables["models"], tables["datasets"]
    check_classes(tables["classes"])
    class_lists = check_datasets(datasets, folder, files["class_lists"], tables["classes"])
    # A study.yaml that cannot be read is a mistake already.
    settings = settings if isinstance(settings, dict) else {"recipes": None}
    check_models(models, datasets, files["architectures"], settings)
    if settings.get("baselines") == "testbed":
        _check_testbed_variant(datasets)
    sources = tables.get("sources")
    if sources:
        check_source_files(sources)
    _check_sources(datasets, sources.rows if sources else {}, paths=False)
    _check_sources(models, sources.rows if sources else {}, paths=True)
    return class_lists


def _files(folder: Path, shared: Path | None, kind: str) -> dict[str, Path]:
    """A study's files of a kind by name, in the order of the names; its own go first."""
    found = {}
    for each in (shared, folder):
        found |= {path.name: path for path in sorted((each / kind).glob("*"))} if each else {}
    return dict(sorted(found.items()))


def check_classes(classes: Table) -> None:
    """Record the first wnid that is out of order: the order of the rows gives the labels."""
    previous = ""
    for row in classes.rows.values():
        wnid = row.value("wnid")
        if wnid and wnid < previous:
            found, expected = f"'{wnid}' after '{previous}'", "rows sorted by wnid"
            classes.reject(row, "wnid", found, expected)
            return
        previous = wnid or previous


def check_datasets(
    datasets: Table, folder: Path, files: Mapping[str, Path], classes: Table
) -> dict[str, list[str]]:
    """Check roles and class lists; return the wnids of each data set that has a class list.

    `files` are the class lists that there are.
    """
    _check_single_test_set(datasets)
    _check_single_concept_set(datasets)
    _check_origins(datasets)
    contents: dict[str, list[str] | None] = {}
    lists = {}
    for name, row in datasets.rows.items():
        file = row.value("class_list")
        if file is None:
            continue
        if file not in contents:
            contents[file] = _class_list(datasets, row, folder, files, classes)
        if contents[file]:
            lists[name] = contents[file]
            _check_length(datasets, row, file, len(lists[name]))
    return lists


def check_models(
    models: Table, datasets: Table, architectures: Mapping[str, Path], settings: Mapping
) -> None:
    """Check each model's architecture, recipe, training data, parent and named settings.

    `architectures` are the files that there are, `settings` the content of study.yaml.
    """
    _check_architectures(models, architectures)
    if isinstance(recipes := settings.get("recipes", {}), Mapping):
        _check_recipes(models, recipes)
    for column, key in (("view", "views"), ("normalisation", "normalisations")):
        _check_named(models, column, settings.get(key))
    if datasets.rows:
        _check_training_data(models, datasets)
    _check_cycles(models)
    _check_parents(models)


def _check_single_test_set(datasets: Table) -> None:
    tests = [row for row in datasets.rows.values() if row.value("role") == "test"]
    expected = "exactly one data set of role test"
    for row in tests[1:]:
        datasets.reject(row, "role", f"'test' as in row {tests[0].number}", expected)
    # A mistaken role may be the test set's, misspelt.
    roles_known = all("role" not in row.bad for row in datasets.rows.values())
    if not tests and datasets.rows and roles_known:
        place = f"{datasets.label}, column role"
        datasets.mistakes.append(mistake(place, "no test set", expected))


def _check_single_concept_set(datasets: Table) -> None:
    rows = [row for row in datasets.rows.values() if row.value("role") == "concepts"]
    for row in rows[1:]:
        expected = "at most one data set of role concepts"
        datasets.reject(row, "role", f"'concepts' as in row {rows[0].number}", expected)


def _check_origins(datasets: Table) -> None:
    """A data set is drawn into its archive or comes from sources; its images are in one place."""
    for row in datasets.rows.values():
        archive, source = row.cells.get("archive"), row.cells.get("source")
        if {"archive", "source"} & row.bad:
            continue
        if archive and source:
            expected = f"nothing, since its source {source} names the file"
            datasets.reject(row, "archive", f"'{archive}'", expected)
        elif not archive and not source:
            expected = "the name of the archive that is drawn, or an entry in column source"
            datasets.reject(row, "archive", "nothing", expected)


def _check_testbed_variant(datasets: Table) -> None:
    """The testbed's line is that of one variant of ImageNet-V2, see `effective_robustness`."""
    row = datasets.rows.get("imagenet-v2")
    if row and row.value("role") == "shift" and row.value("source") not in (None, TESTBED_SOURCE):
        expected = f"{TESTBED_SOURCE}, the variant that the line of study.yaml's testbed has"
        datasets.reject(row, "source", f"'{row.value('source')}'", expected)


def _check_sources(table: Table, sources: Mapping[str, Row], paths: bool) -> None:
    """Every named source is a row of sources.tsv or, where paths are, a path with a slash."""
    phrase = "the id of a row of sources.tsv" + (", or a path" if paths else "")
    for row in table.rows.values():
        captions = row.value("captions") if row.value("source") else None
        for column, cell in (("source", row.value("source")), ("captions", captions)):
            for name in (cell or "").split(";") if cell else ():
                if name not in sources and not (paths and "/" in name):
                    expected = one_of(sources, phrase)
                    table.reject(row, column, f"'{name}'", expected, name=name, valid=sources)


def _check_named(models: Table, column: str, named: Any) -> None:
    for row in models.rows.values():
        name = row.value(column)
        if name is not None and isinstance(named, Mapping) and name not in named:
            expected = one_of(named, f"the name of a {column} in study.yaml")
            models.reject(row, column, f"'{name}'", expected, name=name, valid=named)


def _class_list(
    datasets: Table, row: Row, folder: Path, files: Mapping[str, Path], classes: Table
) -> list[str] | None:
    """The wnids in a class list, or None if there is no such file."""
    file = row.value("class_list")
    if file not in files:
        expected = one_of(files, "a file in class_lists/")
        datasets.reject(row, "class_list", f"'{file}'", expected, name=file, valid=files)
        return None
    inside = Path(os.path.relpath(files[file], folder))
    label = os.path.normpath(Path(datasets.label).parent / inside)
    lines = read_lines(files[file], label, datasets.mistakes, "one wnid a line")
    first: dict[str, int] = {}
    for number, line in lines:
        wnid = line.strip()
        place = f"{label}, line {number}"
        if wnid in first:
            found = f"'{wnid}' as in line {first[wnid]}"
            datasets.mistakes.append(mistake(place, found, "each wnid once"))
        elif classes.rows and wnid not in classes.rows:
            expected = "a wnid of classes.tsv"
            line = mistake(place, f"'{wnid}'", expected, name=wnid, valid=classes.rows)
            datasets.mistakes.append(line)
        first.setdefault(wnid, number)
    return [line.strip() for _, line in lines]


def _check_length(datasets: Table, row: Row, file: str, length: int) -> None:
    count = row.value("classes")
    if count is None:
        return
    # Several of ImageNet's classes may be one of ObjectNet's, so its list may be the longer one.
    if row.value("layout") == "objectnet":
        if count > length:
            expected = f"at most {length}, the number of wnids in class_lists/{file}"
            datasets.reject(row, "classes", str(count), expected)
    elif count != length:
        expected = f"{length}, the number of wnids in class_lists/{file}"
        datasets.reject(row, "classes", str(count), expected)


def _check_architectures(models: Table, files: Mapping[str, Path]) -> None:
    """Each model's architecture, which is named like its backbone unless it says so, is a file."""
    names = [name.removesuffix(".json") for name in files if name.endswith(".json")]
    faults = {}
    for row in models.rows.values():
        column = "architecture" if row.value("architecture") else "backbone"
        parent = models.rows.get(row.value("parent"))
        name = row.value(column)
        if name is None or (parent and parent.value("architecture") and column == "backbone"):
            continue
        if name not in names:
            expected = one_of(names, "the name of a file in architectures/, without .json")
            models.reject(row, column, f"'{name}'", expected, name=name, valid=names)
        elif name not in faults:
            faults[name] = _json_fault(files[f"{name}.json"])
            if faults[name]:
                found = f"'{name}', whose file is no JSON ({faults[name]})"
                models.reject(row, column, found, "an architecture as JSON")


def _json_fault(path: Path) -> str | None:
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _check_recipes(models: Table, recipes: Mapping[str, dict]) -> None:
    for row in models.rows.values():
        name, origin = row.value("recipe"), row.value("origin")
        if name is None:
            continue
        if name not in recipes:
            expected = one_of(recipes, "the name of a recipe in study.yaml")
            models.reject(row, "recipe", f"'{name}'", expected, name=name, valid=recipes)
            continue
        recipe = recipes[name]
        made_for = recipe.get("origin") if isinstance(recipe, dict) else None
        if made_for and origin and made_for != origin:
            found = f"'{name}', a recipe of origin {made_for}"
            models.reject(row, "recipe", found, f"a recipe of origin {origin}, as the model's")


def _check_training_data(models: Table, datasets: Table) -> None:
    for row in models.rows.values():
        name = row.value("train_dataset")
        if name is None:
            continue
        dataset = datasets.rows.get(name)
        if dataset is None:
            expected = one_of(datasets.rows, "the id of a data set")
            models.reject(
                row, "train_dataset", f"'{name}'", expected, name=name, valid=datasets.rows
            )
            continue
        _check_role(models, row, dataset)
        images, available = row.value("images"), dataset.value("images")
        if images and available and images > available:
            expected = f"at most {available}, the images of {name}"
            models.reject(row, "images", str(images), expected)


def _check_role(models: Table, row: Row, dataset: Row) -> None:
    origin, text, role = row.value("origin"), row.value("text"), dataset.value("role")
    if origin is None or role is None or (origin == "contrastive" and text is None):
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


def _check_parents(models: Table) -> None:
    for row in models.rows.values():
        name = row.value("parent")
        if name is None:
            continue
        parent = models.rows.get(name)
        if parent is None:
            candidates = [
                other.id for other in models.rows.values() if other.value("origin") in PARENTS
            ]
            valid = candidates or models.rows
            models.reject(row, "parent", f"'{name}'", "the id of a model", name=name, valid=valid)
            continue
        origin, family = parent.value("origin"), parent.value("family")
        if origin not in (None, *PARENTS):
            found = f"'{name}', a model of origin {origin}"
            models.reject(row, "parent", found, f"a model of origin {' or '.join(PARENTS)}")
            continue
        if family == "supervised":
            found = f"'{name}', a model of family {family}"
            models.reject(row, "parent", found, "a zero-shot model")
            continue
        _check_inherited(models, row, parent)


def _check_inherited(models: Table, row: Row, parent: Row) -> None:
    """A model finetuned from another has its backbone and its pretraining data."""
    for column in ("backbone", "architecture", "pretraining"):
        own, inherited = row.value(column), parent.value(column)
        if column == "architecture":
            inherited = inherited or parent.value("backbone")
        if own and inherited and own != inherited:
            models.reject(row, column, f"'{own}'", f"'{inherited}', that of its parent {parent.id}")

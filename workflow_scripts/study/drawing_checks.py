"""Checks of a study's section `drawing` against its tables."""

from collections.abc import Iterator, Mapping
from math import fsum
from typing import Any

from workflow_scripts.study.mistakes import mistake, unknown_name
from workflow_scripts.study.pool import HYPERNYMS
from workflow_scripts.study.tables import Row, Table

_TOLERANCE = 1e-9


def drawing_mistakes(
    drawing: Mapping[str, Any],
    place: str,
    tables: Mapping[str, Table],
    class_lists: Mapping[str, list[str]],
) -> Iterator[str]:
    """Lines about names that the tables lack, missing data sets, and shares that are not 1.

    Values that break the schema are passed over; they are recorded elsewhere. Whether objects
    can be drawn is known to the drawing alone.

    Parameters
    ----------
    drawing: the section, a mapping
    place: where it is, in words
    tables: the study's tables `models`, `datasets` and `classes`
    class_lists: wnids of each labelled data set, by its id
    """
    datasets, drawn = tables["datasets"].rows, drawing.get("datasets")
    if isinstance(drawn, Mapping) and datasets:
        yield from _names(f"{place}.datasets", drawn, datasets)
        for name in filter(datasets.get, drawn):
            where = f"{place}.datasets.{name}"
            if isinstance(drawn[name], Mapping):
                yield from _shares(where, drawn[name])
                yield from _adversary(where, drawn[name], datasets[name], tables["models"].rows)
                yield from _described(where, drawn[name], datasets[name])
    yield from _objects(drawing, place, tables, class_lists)
    # Last: objects are known by these names, mistaken or not.
    distinct = "a different name in each row, since images are drawn by name"
    tables["classes"].check_distinct("name", distinct)


def _names(place: str, drawn: Mapping[str, Any], datasets: Mapping[str, Row]) -> Iterator[str]:
    """Every data set is drawn, and nothing else is."""
    for name in drawn:
        if name not in datasets:
            yield unknown_name(f"{place}.{name}", name, datasets, "the id of a data set")
    for name, row in datasets.items():
        if name not in drawn and row.value("layout") != HYPERNYMS:
            yield mistake(f"{place}.{name}", "no such key", "the drawing of each data set")


def _shares(place: str, drawn: Mapping[str, Any]) -> Iterator[str]:
    """Shares of styles and of rotations are 1 together."""
    styles, rotation = drawn.get("styles"), drawn.get("rotation")
    shares = {"styles": list(styles.values()) if isinstance(styles, Mapping) else []}
    if isinstance(rotation, list) and all(isinstance(pair, list) and pair for pair in rotation):
        shares["rotation"] = [pair[0] for pair in rotation]
    for key, values in shares.items():
        sound = all(isinstance(value, int | float) for value in values)
        if sound and values and abs(fsum(values) - 1) > _TOLERANCE:
            found = f"shares of {fsum(values):.10g} together"
            yield mistake(f"{place}.{key}", found, "shares of 1 together")


def _adversary(
    place: str, drawn: Mapping[str, Any], dataset: Row, models: Mapping[str, Row]
) -> Iterator[str]:
    """An adversary is a model of that family; it filters a shift with enough candidates."""
    name, candidates = drawn.get("adversary"), drawn.get("candidates")
    if not isinstance(name, str):
        return
    adversaries = [row.id for row in models.values() if row.value("family") == "adversary"]
    if models and name not in adversaries:
        phrase = "a model of family adversary"
        yield unknown_name(f"{place}.adversary", name, adversaries, phrase)
    role, layout, images = map(dataset.value, ("role", "layout", "images"))
    if role not in (None, "shift") or layout == "objectnet":
        found = f"'{name}' for a data set of role {role} and layout {layout}"
        expected = "an adversary only for a shift of another layout than objectnet"
        yield mistake(f"{place}.adversary", found, expected)
    if isinstance(candidates, int) and images and candidates < images:
        expected = f"at least {images}, the images of {dataset.id}"
        yield mistake(f"{place}.candidates", str(candidates), expected)


def _described(place: str, drawn: Mapping[str, Any], dataset: Row) -> Iterator[str]:
    """Only web images and those beside a file of captions have any."""
    layout, captions = dataset.value("layout"), dataset.value("captions")
    if drawn.get("described") and layout not in (None, "webdataset") and captions is None:
        expected = "nothing or 0 for a data set without captions"
        yield mistake(f"{place}.described", str(drawn["described"]), expected)


def _objects(
    drawing: Mapping[str, Any],
    place: str,
    tables: Mapping[str, Table],
    class_lists: Mapping[str, list[str]],
) -> Iterator[str]:
    """ObjectNet's classes divide those of its class list; extra objects are of no class."""
    names = {row.id: row.value("name") for row in tables["classes"].rows.values()}
    if not all(names.values()):
        return
    extra = drawing.get("extra_objects")
    for index, name in enumerate(extra if isinstance(extra, list) else []):
        if name in names.values():
            found = f"'{name}', which is a class"
            yield mistake(f"{place}.extra_objects[{index}]", found, "an object of no class")
    listed = {
        names[wnid]: None
        for row in tables["datasets"].rows.values()
        if row.value("layout") == "objectnet"
        for wnid in class_lists.get(row.id, [])
        if wnid in names
    }
    groups = drawing.get("objectnet")
    if not isinstance(groups, Mapping):
        return
    yield from _groups(f"{place}.objectnet", groups, list(listed))
    yield from _group_counts(f"{place}.objectnet", groups, tables["datasets"])


def _groups(place: str, groups: Mapping[str, Any], listed: list[str]) -> Iterator[str]:
    """The groups are disjoint, and together they are the listed classes."""
    group_of: dict[str, str] = {}
    for group, members in groups.items():
        for index, name in enumerate(members if isinstance(members, list) else []):
            where = f"{place}.{group}[{index}]"
            if name not in listed:
                phrase = "a class in the class list of the layout objectnet"
                yield unknown_name(where, name, listed, phrase)
            elif group_of.setdefault(name, group) != group:
                found = f"'{name}' as in {group_of[name]}"
                yield mistake(where, found, "each class in one of ObjectNet's")
    for name in listed:
        if name not in group_of:
            expected = "each class of the class list in one of ObjectNet's classes"
            yield mistake(place, f"none with '{name}'", expected)


def _group_counts(place: str, groups: Mapping[str, Any], datasets: Table) -> Iterator[str]:
    """The number of ObjectNet's classes is that of the table."""
    for row in datasets.rows.values():
        count = row.value("classes")
        if row.value("layout") == "objectnet" and count and count != len(groups):
            expected = f"{count}, the classes of {row.id} in datasets.tsv"
            yield mistake(place, f"{len(groups)} classes", expected)

"""Checks of a study across its files: every name that one file uses exists in another."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from workflow_scripts.study.dataset_checks import check_datasets, read_class_lists
from workflow_scripts.study.mistakes import mistake, unknown_name
from workflow_scripts.study.model_checks import check_models
from workflow_scripts.study.network_checks import check_networks
from workflow_scripts.study.schemas import schema
from workflow_scripts.study.tables import Row, Table

_WORDNET = re.compile(r"n[0-9]{8}")
# What defines the names that a schema's keyword `names` speaks of; None if it cannot be read
Definitions = Mapping[str, Collection[str] | None]


def find_file(folder: Path, shared: Path | None, name: str) -> Path:
    """Path of a study's file: in its own folder, else in the one that it shares, else its own."""
    own = folder / name
    return shared / name if shared and not own.exists() and (shared / name).exists() else own


def settings_mistakes(settings: Mapping[str, Any], label: str) -> Iterator[str]:
    """Lines about crops larger than their image, and about defaults that are not defined."""
    views = settings.get("views")
    for name, view in views.items() if isinstance(views, dict) else ():
        size, resize = map(view.get, ("size", "resize")) if isinstance(view, dict) else (None, None)
        if isinstance(size, int) and isinstance(resize, int) and resize < size:
            expected = f"at least {size}, the size of the crop"
            yield mistake(f"{label}, key views.{name}.resize", str(resize), expected)
    for key, part in _naming("study"):
        name, named = settings.get(key), settings.get(part["names"])
        if isinstance(named, dict) and isinstance(name, str) and name not in named:
            yield unknown_name(f"{label}, key {key}", name, named, part["title"])


def check_study(
    folder: Path, shared: Path | None, settings: Mapping[str, Any], tables: Mapping[str, Table]
) -> dict[str, list[str]]:
    """Check the tables of a study against one another, its settings and its other files.

    Mistakes are recorded in the tables. Returns the wnids of each data set with a class list.
    """
    models, datasets, classes = (tables[kind] for kind in ("models", "datasets", "classes"))
    sources = tables.get("sources", Table("sources.tsv"))
    files = {kind: _files(folder, shared, kind) for kind in ("class_lists", "architectures")}
    sections: dict[str, Mapping[str, Any] | None] = {
        key: _section(settings, key) for key in ("views", "normalisations", "recipes")
    }
    _check_order(classes)
    check_sources(sources)
    hypernyms = find_file(folder, shared, "hypernyms.tsv")
    check_datasets(datasets, settings.get("baselines") == "testbed", hypernyms)
    known = sections | files | {"datasets": datasets.rows or None, "sources": sources.rows}
    for kind in ("models", "datasets"):
        _check_names(tables[kind], kind, known)
    wnids = read_class_lists(datasets, folder, files["class_lists"], classes)
    check_models(models, datasets, sections["recipes"] or {})
    check_networks(models, sources, files["architectures"], settings)
    return wnids


def check_sources(sources: Table) -> None:
    """Record each source whose file would lie where another's lies."""
    # Some file systems take names in capitals for the same.
    sources.check_distinct("file", "a different file in each row", str.casefold)


def _files(folder: Path, shared: Path | None, kind: str) -> dict[str, Path]:
    """A study's files of a kind by name, in the order of the names; its own go first."""
    found: dict[str, Path] = {}
    for each in (shared, folder):
        found |= {path.name: path for path in (each / kind).glob("*")} if each else {}
    return dict(sorted(found.items()))


def _section(settings: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """A section of study.yaml; None, which is a mistake already, where it cannot be read."""
    # Where nothing is trained, there is no section for recipes.
    section = settings.get(key, {} if key == "recipes" else None)
    return section if isinstance(section, dict) else None


def _naming(schema_name: str) -> list[tuple[str, dict[str, Any]]]:
    """The columns or keys with names that are defined elsewhere, each with its part of a schema."""
    properties = schema(schema_name)["properties"]
    return [(key, part) for key, part in properties.items() if "names" in part]


def _check_names(table: Table, schema_name: str, known: Definitions) -> None:
    """Record the names in a table that are not defined where its schema says."""
    for column, part in _naming(schema_name):
        valid = known[part["names"]]
        if valid is None:
            continue
        for row in table.rows.values():
            for name in _names(row, column, part):
                if name not in valid:
                    table.reject_name(row, column, name, valid, part["title"])


def _names(row: Row, column: str, part: Mapping[str, Any]) -> list[str]:
    cell = row.value(column)
    # Where a data set is drawn, its captions are the name of a file.
    if cell is None or (column == "captions" and row.value("source") is None):
        return []
    several = cell.split(";") if part["names"] == "sources" else [cell]
    return [name for name in several if not (part.get("paths") and "/" in name)]


def _check_order(classes: Table) -> None:
    """Record the first wnid that is out of order: the order of the rows gives the labels.

    Published archives and weights have ImageNet's labels; with ids of other kinds, any order will
    do.
    """
    previous = ""
    for row in classes.rows.values():
        wnid = row.value("wnid")
        if wnid and not _WORDNET.fullmatch(wnid):
            return
        if wnid and wnid < previous:
            found, expected = f"'{wnid}' after '{previous}'", "rows sorted by wnid"
            classes.reject(row, "wnid", found, expected)
            return
        previous = wnid or previous

"""The study as data: its tables and settings, read and checked as a whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow_scripts.lib.drawing_checks import drawing_mistakes
from workflow_scripts.lib.errors import InputError
from workflow_scripts.lib.mistakes import mistake, one_of
from workflow_scripts.lib.schemas import key_of, problems
from workflow_scripts.lib.study_checks import check_classes, check_datasets, check_models
from workflow_scripts.lib.tables import Table, read_table
from workflow_scripts.lib.yaml_files import read_yaml

# Values given on the command line are merged into the file's before anything sees them.
_CONFIG = "config.yaml (or --config)"


class StudyError(InputError):
    """Mistakes in the configuration or in a study, one in each line of the message."""


@dataclass(frozen=True)
class Study:
    """A study, free of mistakes.

    Attributes
    ----------
    name: the name of its folder, below which its results lie
    folder: the folder with its files
    settings: content of study.yaml
    models: rows of models.tsv by model id, in the order of the file; empty cells are None
    datasets: rows of datasets.tsv by data set id, likewise
    classes: rows of classes.tsv (`wnid`, `name`); the position is the label
    class_lists: wnids of each data set with labels, in the order of its list, by data set id
    """

    name: str
    folder: Path
    settings: dict[str, Any]
    models: dict[str, dict[str, Any]]
    datasets: dict[str, dict[str, Any]]
    classes: list[dict[str, str]]
    class_lists: dict[str, list[str]]


def load(root: str | Path, config: Mapping[str, Any]) -> Study:
    """Read the study that `config` chooses, and check it and `config` in full.

    Parameters
    ----------
    root: the repository's root; messages name files relative to it
    config: content of config.yaml, with what the command line changed; its key `study` is the name
        of a folder below `root`/studies, or with a slash a path, relative to `root` or absolute

    Raises
    ------
    StudyError: any mistakes, all of them, one a line
    """
    root = Path(root)
    mistakes = _document_mistakes("config", config, _CONFIG)
    chosen = config.get("study") if isinstance(config, Mapping) else None
    folder = _folder(root, chosen, mistakes)
    study = _read(root, folder, mistakes) if folder else None
    if mistakes or study is None:
        raise StudyError("\n".join(dict.fromkeys(mistakes)))
    return study


def _folder(root: Path, chosen: Any, mistakes: list[str]) -> Path | None:
    """Folder of the chosen study; None, with a mistake recorded, if there is none."""
    if not isinstance(chosen, str):
        return None
    names = sorted(path.parent.name for path in root.glob("studies/*/study.yaml"))
    is_path = "/" in chosen
    folder = root / Path(chosen).expanduser() if is_path else root / "studies" / chosen
    if (folder / "study.yaml").is_file() if is_path else chosen in names:
        return folder
    place = f"{_CONFIG}, key study"
    # A name that breaks the pattern was recorded already, but without the names there are.
    mistakes[:] = [line for line in mistakes if not line.startswith(f"{place}:")]
    if is_path:
        found, expected = f"'{chosen}', no folder with a study.yaml", "the path of a study's folder"
        mistakes.append(mistake(place, found, f"{expected}, relative to {root} or absolute"))
    else:
        mistakes.append(mistake(place, f"'{chosen}'", one_of(names), name=chosen, valid=names))
    return None


def _read(root: Path, folder: Path, mistakes: list[str]) -> Study:
    label = str(folder.relative_to(root) if folder.is_relative_to(root) else folder)
    settings = read_yaml(folder / "study.yaml", f"{label}/study.yaml", mistakes)
    if settings is not None:
        mistakes += _document_mistakes("study", settings, f"{label}/study.yaml")
        mistakes += _view_mistakes(settings, f"{label}/study.yaml")
    tables = {
        kind: read_table(folder / f"{kind}.tsv", f"{label}/{kind}.tsv", kind)
        for kind in ("models", "datasets", "classes")
    }
    class_lists = _check(folder, settings, tables)
    if isinstance(settings, dict) and isinstance(settings.get("drawing"), dict):
        place = f"{label}/study.yaml, key drawing"
        mistakes += drawing_mistakes(settings["drawing"], place, tables, class_lists)
    for table in tables.values():
        mistakes += table.mistakes
    return Study(
        name=folder.name,
        folder=folder,
        settings=settings,
        models=tables["models"].plain(),
        datasets=tables["datasets"].plain(),
        classes=list(tables["classes"].plain().values()),
        class_lists=class_lists,
    )


def _check(folder: Path, settings: Any, tables: dict[str, Table]) -> dict[str, list[str]]:
    recipes = settings.get("recipes") if isinstance(settings, dict) else None
    check_classes(tables["classes"])
    class_lists = check_datasets(tables["datasets"], folder, tables["classes"])
    check_models(tables["models"], tables["datasets"], folder, recipes)
    return class_lists


def _document_mistakes(schema_name: str, document: Any, label: str) -> list[str]:
    lines = []
    for problem in problems(schema_name, document):
        key = key_of(problem.path)
        lines.append(problem.line(f"{label}, key {key}" if key else label))
    return lines


def _view_mistakes(settings: Any, label: str) -> Iterator[str]:
    """A default view that is not among the views, and views whose crop exceeds the image."""
    views, view = (settings.get(key) for key in ("views", "view")) if settings else (None, None)
    if not isinstance(views, dict):
        return
    if isinstance(view, str) and view not in views:
        expected = one_of(views, "the name of a view")
        yield mistake(f"{label}, key view", f"'{view}'", expected, name=view, valid=views)
    for name, each in views.items():
        size, resize = map(each.get, ("size", "resize")) if isinstance(each, dict) else (None, None)
        if isinstance(size, int) and isinstance(resize, int) and resize < size:
            expected = f"at least {size}, the size of the crop"
            yield mistake(f"{label}, key views.{name}.resize", str(resize), expected)

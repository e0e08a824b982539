"""The study as data: its tables and settings, read and checked as a whole."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError
from workflow_scripts.study.checks import check_study, find_file, settings_mistakes
from workflow_scripts.study.drawing_checks import drawing_mistakes
from workflow_scripts.study.mistakes import mistake, unknown_name
from workflow_scripts.study.pool import Pool
from workflow_scripts.study.schemas import document_mistakes
from workflow_scripts.study.tables import Table, checked_table
from workflow_scripts.study.yaml_files import read_yaml

# Values given on the command line are merged into the file's before anything sees them.
_CONFIG = "config.yaml (or --config)"


class StudyError(InputError):
    """Mistakes in the configuration or in a study, one in each line of the message."""


@dataclass(frozen=True)
class Study:
    """A study, free of mistakes.

    Attributes
    ----------
    name: where its results lie below results/: `results` of study.yaml, or the name of `folder`
    folder: the folder with its files
    shared: the folder with the files that it lacks (`files_from` in study.yaml), or None
    settings: content of study.yaml
    models: rows of models.tsv by model id, in the order of the file; empty cells are None
    datasets: rows of datasets.tsv by data set id, likewise
    classes: rows of classes.tsv (`wnid`, `name`); the position is the label
    class_lists: wnids of each data set with labels, in the order of its list, by data set id
    sources: rows of sources.tsv by source id; none where nothing is downloaded
    """

    name: str
    folder: Path
    shared: Path | None
    settings: dict[str, Any]
    models: dict[str, dict[str, Any]]
    datasets: dict[str, dict[str, Any]]
    classes: list[dict[str, str]]
    class_lists: dict[str, list[str]]
    sources: dict[str, dict[str, Any]]

    @property
    def is_drawn(self) -> bool:
        """Whether it draws its own, small images; else they are real ones."""
        return "drawing" in self.settings

    def file(self, name: str) -> Path:
        """Path of one of the study's files: its own, else the one of `shared`."""
        return find_file(self.folder, self.shared, name)

    def view_of(self, model: str) -> str:
        """Name of the view in which a model sees images; a finetuned one inherits its parent's."""
        return self._built_as(model)["view"] or self.settings["view"]

    def normalisation_of(self, model: str) -> str:
        """Name of the normalisation of a model's images, inherited likewise."""
        return self._built_as(model)["normalisation"] or self.settings["normalisation"]

    def architecture_of(self, model: str) -> Path:
        """The file with a model's architecture, inherited likewise."""
        row = self._built_as(model)
        return self.file(f"architectures/{row['architecture'] or row['backbone']}.json")

    def _built_as(self, model: str) -> dict[str, Any]:
        """The row that says how a model is built: its own, or its parent's if it is finetuned."""
        row = self.models[model]
        return self.models[row["parent"]] if row["parent"] else row


def load(root: str | Path, config: Mapping[str, Any]) -> Study:
    """The study that `config` chooses, read and checked in full, as is `config`.

    Parameters
    ----------
    root: the repository's root; messages name files relative to it
    config: content of config.yaml, with what the command line changed; its key `study` is the name
        of a folder below `root`/studies, or with a slash a path: absolute, from `root`, or from
        where the workflow runs

    Raises
    ------
    StudyError: any mistakes, all of them, one a line
    """
    root = Path(root)
    mistakes = document_mistakes("config", config, _CONFIG)
    chosen = config.get("study") if isinstance(config, Mapping) else None
    folder = _folder(root, chosen, mistakes)
    study = _read(root, folder, mistakes) if folder else None
    if study and not mistakes:
        mistakes += _subset_mistakes(config["models"], study)
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
    if is_path and not folder.is_dir():
        folder = Path(chosen).expanduser()  # what the workflow has written lies where it runs
    if (folder / "study.yaml").is_file() if is_path else chosen in names:
        return folder
    place = f"{_CONFIG}, key study"
    # A name that breaks the pattern was recorded already, but without the names there are.
    mistakes[:] = [line for line in mistakes if not line.startswith(f"{place}:")]
    if is_path:
        found, expected = f"'{chosen}', no folder with a study.yaml", "the path of a study's folder"
        mistakes.append(mistake(place, found, f"{expected}, relative to {root} or absolute"))
    else:
        mistakes.append(unknown_name(place, chosen, names))
    return None


def _read(root: Path, folder: Path, mistakes: list[str]) -> Study | None:
    def label(path: Path) -> str:
        return str(path.relative_to(root) if path.is_relative_to(root) else path)

    def table(kind: str) -> Table:
        path = find_file(folder, shared, f"{kind}.tsv")
        return checked_table(path, label(path), kind)

    place = f"{label(folder)}/study.yaml"
    settings = read_yaml(folder / "study.yaml", place, mistakes)
    if settings is not None:
        mistakes += document_mistakes("study", settings, place)
    if not isinstance(settings, dict):
        settings = {"recipes": None}  # which models may name recipes is not known
    mistakes += settings_mistakes(settings, place)
    shared = _shared_folder(folder, settings.get("files_from"), place, mistakes)
    if settings.get("files_from") and shared is None:
        return None  # all that lies there would be reported as missing
    tables = {kind: table(kind) for kind in ("models", "datasets", "classes")}
    if find_file(folder, shared, "sources.tsv").is_file():
        tables["sources"] = table("sources")
    class_lists = check_study(folder, shared, settings, tables)
    if isinstance(drawing := settings.get("drawing"), dict):
        mistakes += drawing_mistakes(drawing, f"{place}, key drawing", tables, class_lists)
    for each in tables.values():
        mistakes += each.mistakes
    return Study(
        name=settings.get("results", folder.name),
        folder=folder,
        shared=shared,
        settings=settings,
        models=tables["models"].plain(),
        datasets=tables["datasets"].plain(),
        classes=list(tables["classes"].plain().values()),
        class_lists=class_lists,
        sources=tables["sources"].plain() if "sources" in tables else {},
    )


def _shared_folder(folder: Path, name: Any, place: str, mistakes: list[str]) -> Path | None:
    """The folder that `files_from` names; None without the key, or with a mistake recorded."""
    if not isinstance(name, str):
        return None
    shared = Path(os.path.normpath(folder / name))
    if shared.is_dir():
        return shared
    expected = "a folder, relative to the study's own"
    mistakes.append(mistake(f"{place}, key files_from", f"'{name}'", expected))
    return None


def _subset_mistakes(chosen: list[str], study: Study) -> Iterator[str]:
    """Chosen models that the study lacks, or a choice that leaves nothing to show."""
    place, models = f"{_CONFIG}, key models", study.models
    unknown = [name for name in chosen if name not in models]
    for name in unknown:
        yield unknown_name(place, name, models, "the id of a row of models.tsv")
    if not unknown and not Pool(study, chosen).shown:
        found = ", ".join(chosen) or "all models"
        expected = "at least one that is neither missing nor a baseline, an adversary or a control"
        yield mistake(place, found, expected)

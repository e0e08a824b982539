"""Writes the study of a request; the workflow then reads it like any other."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from workflow_scripts.files.atomic import replacing_folder, write_json
from workflow_scripts.job.errors import InputError
from workflow_scripts.own.found import found_models
from workflow_scripts.own.images import Images, imagenet_classes, images_of
from workflow_scripts.own.look_up import look_up
from workflow_scripts.own.models import Fetch, Model, described, question
from workflow_scripts.own.request import Request, parsed, refused
from workflow_scripts.study.schemas import document_mistakes, schema

Files = dict[str, str]
HEADER = """\
# Written for models and images of one's own, see docs/own.md: to be kept, edited and run like any
# other study by --config study={folder}. What is edited is not written over.
"""


def is_asked(config: Mapping[str, Any]) -> bool:
    """Whether a configuration asks for models or images of one's own."""
    section = config.get("own")
    return isinstance(section, Mapping) and any(map(section.get, ("model", "images")))


def own_study(
    root: Path, config: Mapping[str, Any], fetch: Fetch, write: bool
) -> tuple[str, list[str]]:
    """The folder of the study that a configuration asks for, and what the user should know of it.

    Parameters
    ----------
    root: of the repository
    config: content of config.yaml, with what the command line changed
    fetch: brings a file of a repository of the Hub here
    write: whether this process plans the run, and writes the study if it has changed

    Raises
    ------
    InputError: what is asked for is not there, contradicts itself, or the study was edited by hand
    """
    if mistakes := document_mistakes("config", config, "config.yaml (or --config)"):
        raise InputError("\n".join(mistakes))
    request = parsed(config["own"])
    folder = Path("results") / "own" / request.name / "study"
    lines: list[str] = []
    if write:
        files, lines = files_of(request, root, folder, fetch)
        keep(files, folder)
    return str(folder.absolute()), lines


def files_of(request: Request, root: Path, folder: Path, fetch: Fetch) -> tuple[Files, list[str]]:
    """The files of a study by name, and a line for each model and whatever else is to be known."""
    found = found_models(request)
    questions = {each: asked for each in found if (asked := question(each))}
    answers = look_up([*questions.values()], folder.parent / "described.json")
    known = dict(zip(questions, answers, strict=True))
    models = [described(each, known.get(each, {}), root, fetch) for each in found]
    images = images_of(request, root)
    rows, lines = _model_rows(models, images.classes is not None)
    tables = {
        "models": rows,
        "datasets": images.datasets,
        "classes": images.classes or _classes_of(models, root),
        "sources": [model.row for model in models if model.row],
    }
    _check_heads(models, tables["classes"])
    files = {f"{kind}.tsv": _table(kind, content) for kind, content in tables.items() if content}
    for model in models:
        name = f"architectures/{model.architecture}.json"
        files[name] = json.dumps(model.config, indent=2) + "\n"
    files |= {f"class_lists/{name}": text for name, text in images.lists.items()}
    files["study.yaml"] = _settings(request, models, images, folder)
    return files, lines + images.lines


def keep(files: Files, folder: Path) -> None:
    """Write a study as a whole, if it is another than what is there.

    Raises
    ------
    InputError: what is there was edited by hand
    """
    record = folder.with_name("study.json")  # digests of what was written
    written = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    if folder.exists():
        there = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        if there == written:
            return
        before = json.loads(record.read_bytes()) if record.is_file() else {}
        if edited := sorted(
            name for name in {*there, *before} if there.get(name) != before.get(name)
        ):
            raise InputError(
                f"{folder}: found {', '.join(edited)} edited by hand, expected the study as it was "
                f"written; run what you edited by --config study={folder}, choose another name "
                "(NAME=...), or remove the folder"
            )
    with replacing_folder(folder) as temporary:
        for name, text in files.items():
            path = temporary / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    write_json(record, written)


def _model_rows(models: list[Model], names: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of models.tsv, and a line about each model."""
    rows, lines = [], []
    for model in models:
        found, (head, reason) = model.found, model.head_with(names)
        label = f"{found.run}, {found.label}" if found.run else found.label
        clip = model.is_clip or model.family == "finetuned"
        rows.append(
            {
                "model": found.id,
                "family": model.family,
                "backbone": model.architecture if clip else label,
                "pretraining": label if clip else None,
                "origin": "pretrained",
                "architecture": model.architecture,
                "source": model.source,
                "view": model.images.view_name,
                "normalisation": model.images.normalisation_name,
                "head": head,
                "run": found.run,
                "step": found.step,
                "note": "; ".join(filter(None, [*model.notes, reason])) or None,
            }
        )
        quick = "QuickGELU" if model.config.get("quick_gelu") else "its own activation function"
        download = f", downloaded from {model.row['urls']}" if model.row else ""
        notes = filter(None, [str(model.images), quick, *model.notes, reason])
        lines.append(f"{found.id}: {model.architecture}{download}; {'; '.join(notes)}")
    return rows, lines


def _classes_of(models: list[Model], root: Path) -> list[dict[str, str]]:
    """Classes where none are named: as many as the models' own heads have, else ImageNet's."""
    numbers = {model.classes for model in models if model.classes}
    if len(numbers) > 1:
        found = f"heads of {' and '.join(map(str, sorted(numbers)))} classes"
        raise refused("model", found, "models of the same classes, or a run for each")
    imagenet = imagenet_classes(root)
    (number,) = numbers or {len(imagenet)}
    if number == len(imagenet):
        return imagenet
    return [{"wnid": f"class-{place}", "name": f"class {place}"} for place in range(number)]


def _check_heads(models: list[Model], classes: list[dict[str, str]]) -> None:
    for model in models:
        if model.classes and model.classes != len(classes):
            expected = f"the {model.classes} classes of the head of {model.found.id}, in its order"
            raise refused("classes", f"{len(classes)} classes", expected)


def _table(kind: str, rows: list[dict[str, Any]]) -> str:
    """A table as text: the required columns, and those of the others that a row fills."""
    known = schema(kind)
    columns = [
        each
        for each in known["properties"]
        if each in known["required"] or any(row.get(each) is not None for row in rows)
    ]
    cells = [columns, *([_cell(row.get(each)) for each in columns] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in cells)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("\t", " ")


def _settings(request: Request, models: list[Model], images: Images, folder: Path) -> str:
    """The content of study.yaml."""
    made = [model.images for model in models]
    settings = {
        "title": request.name,
        "description": "Models and images of one's own.",
        "results": f"own/{request.name}",
        **({"baselines": "testbed"} if images.has_testbed_line else {}),
        **({"skip_broken": True} if request.skip_broken else {}),
        "views": {each.view_name: each.view for each in made},
        "view": made[0].view_name,
        "normalisations": {
            each.normalisation_name: {"mean": each.mean, "std": each.std} for each in made
        },
        "normalisation": made[0].normalisation_name,
        "templates": "open_clip",
    }
    text = yaml.safe_dump(settings, sort_keys=False, default_flow_style=None, width=120)
    return HEADER.format(folder=folder) + text

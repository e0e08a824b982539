"""Checks of what each model is built as, and of the images that it is shown.

A network that reads images of another size, with another normalisation or with another activation
function than its weights were trained with gives numbers that are wrong without an error.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from workflow_scripts.study.architectures import (
    architecture_mistakes,
    of_open_clip,
    read_architecture,
    text_fault,
)
from workflow_scripts.study.mistakes import quoted
from workflow_scripts.study.model_checks import SUPERVISED
from workflow_scripts.study.tables import Row, Table

# torchvision builds its Vision Transformers for images of this size.
TORCHVISION_SIZE = 224
# Families whose heads are made of prompts, unless they come with one or a control has no text tower
ZERO_SHOT = ("robust_zero_shot", "non_robust_zero_shot", "control")
# How a head of a model's own may read h
READS = ("normalised", "plain")
# Families whose networks may end in the average of a rectifier's output; kurtosis compares the rest
WITH_AVERAGE_POOL = ("rectified", "baseline", "adversary", "control", "intervention")
# What is stated of images, with the keys of what timm states
_PREPROCESSING = {"normalisation": ("mean", "std"), "view": ("size", "resize", "interpolation")}
Settings = Mapping[str, Any]


def check_networks(
    models: Table, sources: Table, files: Mapping[str, Path], settings: Settings
) -> None:
    """Check each model's architecture, image size, and what its weights' publisher states.

    Parameters
    ----------
    models, sources: tables, in which mistakes are recorded.
    files: architectures by name of file.
    settings: content of study.yaml.
    """
    configs = read_architectures(models, files)
    for row in models.rows.values():
        built_as = models.rows.get(row.value("parent"), row)
        config = configs.get(built_as.value("architecture") or built_as.value("backbone"))
        if config is None or row.bad & {"parent"} or built_as.bad & {"architecture", "backbone"}:
            continue
        if built_as is row and not _check_kind(models, row, config):
            continue
        if built_as is row:
            _check_size(models, row, config, settings)
        if row.value("origin") == "pretrained":
            source = sources.rows.get((row.value("source") or "").split(";")[0])  # the encoder's
            _check_published(models, row, _statements(built_as, config, source, settings))


def read_architectures(models: Table, files: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """The architectures of the models, by name; its mistakes are recorded.

    An architecture is named like the backbone, unless the row or that of its parent says otherwise.
    """
    names = [name.removesuffix(".json") for name in files if name.endswith(".json")]
    found: dict[str, dict[str, Any] | None] = {}
    for row in models.rows.values():
        column = "architecture" if row.value("architecture") else "backbone"
        parent = models.rows.get(row.value("parent"))
        name = row.value(column)
        if name is None or (parent and parent.value("architecture") and column == "backbone"):
            continue
        if name not in names:
            _reject_name(models, row, column, name, names)
        elif name not in found:
            found[name] = _checked(models, row, column, files[f"{name}.json"])
    return {name: config for name, config in found.items() if config is not None}


def _reject_name(models: Table, row: Row, column: str, name: str, names: list[str]) -> None:
    """Record the name of an architecture that has no file; open_clip may bring one along."""
    if path := of_open_clip(name):
        expected = f"architectures/{name}.json in the study's folder, a copy of open_clip's: {path}"
        models.reject(row, column, f"'{name}', which the study has no file of", expected)
    else:
        phrase = "the name of a file in architectures/, without .json (see docs/adding.md)"
        models.reject_name(row, column, name, names, phrase)


def _checked(models: Table, row: Row, column: str, path: Path) -> dict[str, Any] | None:
    """An architecture, or None with its mistakes recorded."""
    try:
        config = read_architecture(path)
    except (OSError, ValueError) as error:
        fault = f"'{path.stem}', whose file is not JSON ({error})"
        models.reject(row, column, fault, "an architecture as JSON")
        return None
    mistakes = architecture_mistakes(path.stem, config)
    models.mistakes += mistakes
    return None if mistakes else config


def _named(row: Row) -> tuple[str, str]:
    """The column that names a row's architecture, and the name as messages quote it."""
    column = "architecture" if row.value("architecture") else "backbone"
    return column, f"'{row.value(column)}'"


def _check_kind(models: Table, row: Row, config: dict[str, Any]) -> bool:
    """Whether an architecture is of the kind that the row needs, or a mistake is recorded."""
    column, name = _named(row)
    supervised = "torchvision" in config or "timm" in config
    pretrained = row.value("origin") == "pretrained"
    family = row.value("family")
    is_vit = config.get("torchvision", "").startswith("vit_")
    pools = config.get("miniature", {}).get("average_pool", False)
    average = (supervised and not is_vit) or pools
    if supervised and family != "control" and not (pretrained and family in (None, *SUPERVISED)):
        expected = "open_clip's, since only supervised models of others are torchvision's or timm's"
        models.reject(row, column, f"{name}, an architecture of another library", expected)
    elif pretrained and family in SUPERVISED and not supervised and row.value("head") is None:
        expected = "one with a key torchvision or timm, or how its head reads h in the column head"
        models.reject(row, column, f"{name}, an architecture of open_clip", expected)
    elif row.value("head") in READS and supervised:
        expected = "nothing or none, since a classifier of torchvision or timm reads h as it is"
        models.reject(row, "head", f"'{row.value('head')}'", expected)
    elif family == "rectified" and not average:
        expected = "one with average_pool, a key timm or a network other than a ViT of torchvision"
        models.reject(row, column, f"{name}, which ends in no average of a rectifier", expected)
    elif average and not supervised and family not in (None, *WITH_AVERAGE_POOL):
        found = f"{name}, which ends in the average of a rectifier"
        models.reject(row, column, found, f"another one, since family is {family}, not rectified")
    elif not supervised and _reads_prompts(row) and (fault := text_fault(config)):
        found, expected = fault
        models.reject(row, column, f"{name}, an architecture with {found}", expected)
    return column not in row.bad


def _reads_prompts(row: Row) -> bool:
    """Whether a row's head is made of prompts."""
    return row.value("family") in ZERO_SHOT and row.value("head") is None


def _check_size(models: Table, row: Row, config: dict[str, Any], settings: Settings) -> None:
    """Record a view of another size than that of the images that the network takes."""
    name, view = _chosen(row, "view", settings)
    size: Any
    if "torchvision" in config:
        size = TORCHVISION_SIZE
    elif "timm" in config:
        size = config["preprocessing"]["size"]
    else:
        size = config["vision_cfg"].get("image_size", TORCHVISION_SIZE)  # open_clip's default, too
    if view is None or size in (view.get("size"), [view.get("size")] * 2):
        return
    found = f"'{name}', a view of {quoted(view.get('size'))} pixels"
    expected = f"one of {size if isinstance(size, int) else ' x '.join(map(str, size))} pixels"
    models.reject(row, "view", found, f"{expected}, which architecture {_named(row)[1]} takes")


def _chosen(row: Row, kind: str, settings: Settings) -> tuple[str | None, dict[str, Any] | None]:
    """Name and content of a row's view or normalisation; None if they are a mistake already."""
    name = row.value(kind) or settings.get(kind)
    section = settings.get(f"{kind}s")
    content = section.get(name) if isinstance(section, dict) and isinstance(name, str) else None
    known = kind not in row.bad and isinstance(content, dict)
    return (name, content) if known else (None, None)


class _Statement(NamedTuple):
    """What a publisher states of weights, beside what a row makes of them."""

    kind: str  # as the column deviates names it
    column: str  # where the row says otherwise
    found: str
    stated: str
    agrees: bool
    by: str


def _check_published(models: Table, row: Row, statements: Iterator[_Statement]) -> None:
    """Record what differs though the row does not say that it is meant, and what is said in vain.

    A model that others finetuned is built as its parent, whose row is at fault then.
    """
    meant = (row.value("deviates") or "").split(";")
    for kind, column, found, stated, agrees, by in statements:
        if not agrees and kind not in meant:
            expected = f"{stated}, as {by} states, or {kind} in the column deviates"
            place = "parent" if row.value("parent") else column
            models.reject(row, place, found, expected)
        elif agrees and kind in meant:
            models.reject(row, "deviates", f"'{kind}'", f"no {kind}, which is as {by} states")


def _statements(
    built_as: Row, config: dict[str, Any], source: Row | None, settings: Settings
) -> Iterator[_Statement]:
    """What timm states of its own, and sources.tsv of a source.

    Weights alone do not tell their activation function, nor what they were shown.
    """
    timm = config.get("preprocessing") if "timm" in config else None
    by = f"timm for {config['timm']}" if timm else f"sources.tsv for {source.id}" if source else ""
    for kind, keys in _PREPROCESSING.items():
        name, own = _chosen(built_as, kind, settings)
        published = source.value(kind) if source and not timm else None
        if own is None or not (timm or published):
            continue
        expected = {key: timm[key] for key in keys} if timm else settings[f"{kind}s"].get(published)
        stated = str(expected) if timm else f"'{published}'"
        complete = {"resize": own.get("size")} | own if timm and kind == "view" else own
        yield _Statement(kind, kind, f"'{name}'", stated, complete == expected, by)
    published = source.value("activation") if source and "vision_cfg" in config else None
    if published:
        column, name = _named(built_as)
        built = "quickgelu" if config.get("quick_gelu") else "gelu"
        found = f"{name}, an architecture with {built}"
        yield _Statement(
            "activation", column, found, f"one with {published}", built == published, by
        )

"""What is asked for: the section `own` of the configuration, taken apart."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError
from workflow_scripts.study.mistakes import mistake

_LABEL = re.compile(r"([^=/\\:,]+)=(.+)")
_ARCHIVES = re.compile(r"\.(tar|tar\.gz|tgz|zip)$")
# What a cell of a table, a path of Snakemake or the list of sources would be cut at
_UNFIT = re.compile(r"[{};\t\n\r]")


@dataclass(frozen=True)
class Named:
    """A model or a data set as it is asked for: `text`, and perhaps a label of one's own."""

    text: str
    label: str | None = None


@dataclass(frozen=True)
class Request:
    """The section `own` of the configuration.

    Attributes
    ----------
    models: at least one
    architectures: none, one for all models, or one for each
    images: path of the images
    classes: path of the names, `folders`, `imagenet`, or None
    concepts: path of a concept set, or None
    shifted: data sets of the same classes
    name: of the results, below results/own
    skip_broken: whether images that cannot be decoded are left out
    """

    models: list[Named]
    architectures: list[str]
    images: str
    classes: str | None
    concepts: str | None
    shifted: list[Named]
    name: str
    skip_broken: bool

    def architecture_of(self, place: int) -> str | None:
        """The architecture that is asked for of the model at a place; None if nothing is."""
        if len(self.architectures) > 1:
            return self.architectures[place]
        return self.architectures[0] if self.architectures else None


def parsed(section: Mapping[str, Any]) -> Request:
    """The request of a section that its schema admits.

    Raises
    ------
    InputError: there is a model or images without the other, a path that no table can hold, or
        another number of architectures than of models
    """
    for key, other in (("model", "images"), ("images", "model")):
        if not section[key]:
            expected = (
                f"{'a model' if key == 'model' else 'a folder or archive'}, since key {other} is"
            )
            raise refused(key, "nothing", f"{expected} given")
    models = [_named(text) for text in _listed(section["model"])]
    architectures = list(_listed(section["architecture"]))
    if len(architectures) not in (0, 1, len(models)):
        expected = f"one for all models, or one for each of the {len(models)}"
        raise refused("architecture", f"{len(architectures)} of them", expected)
    shifted = [_named(text) for text in _listed(section["shifted"])]
    for key in ("model", "images", "classes", "concepts", "shifted"):
        for text in _listed(section[key]):
            if unfit := _UNFIT.search(text):
                expected = "a path without braces, semicolons and tabs; rename it or link to it"
                raise refused(key, f"'{text}' with {unfit[0]!r}", expected)
    return Request(
        models=models,
        architectures=architectures,
        images=section["images"],
        classes=section["classes"],
        concepts=section["concepts"],
        shifted=shifted,
        name=section["name"] or slug(stem_of(section["images"])).replace(".", "-"),
        skip_broken=bool(section["skip_broken"]),
    )


def refused(key: str, found: str, expected: str) -> InputError:
    """The error about a key of the section."""
    return InputError(mistake(f"own, key {key} ({key.upper()}=...)", found, expected))


def slug(text: str) -> str:
    """A text as an id of lower-case letters, digits, ".", "_" and "-"."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._") or "own"


def stem_of(path: str) -> str:
    """The name of a folder or an archive, without what archives end in."""
    return _ARCHIVES.sub("", Path(path).expanduser().absolute().name)


def cell_of(path: str) -> str:
    """A path as a cell of a table, where only a slash makes it one."""
    own = str(Path(path).expanduser())
    return own if "/" in own else f"./{own}"


def _listed(value: Any) -> Iterator[str]:
    texts = value.split(",") if isinstance(value, str) else value or []
    return (text.strip() for text in texts if text.strip())


def _named(text: str) -> Named:
    match = _LABEL.fullmatch(text)
    return Named(match[2].strip(), match[1].strip()) if match else Named(text)

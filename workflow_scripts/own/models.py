"""The models of a request as rows of a study: architecture, view, normalisation, weights, head."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError
from workflow_scripts.own import sources
from workflow_scripts.own.found import HUB_CONFIG, Found
from workflow_scripts.own.preprocessing import Preprocessing, of_library, of_open_clip, of_view
from workflow_scripts.own.request import cell_of, refused, slug
from workflow_scripts.study.architectures import of_open_clip as file_of_open_clip
from workflow_scripts.study.architectures import read_architecture, text_fault
from workflow_scripts.study.yaml_files import read_yaml

Answer = dict[str, Any]
Fetch = Callable[[str, str], Path]  # a file of a repository of the Hub


@dataclass(frozen=True)
class Model:
    """A model as a study has it.

    Attributes
    ----------
    found: what was asked for
    architecture: name of its file in architectures/
    config: content of that file
    images: how its images are made
    source: cell of models.tsv
    family: of models.tsv
    head: of models.tsv, for a head of its own
    classes: number of the classes of its own head; None if it has none
    row: of sources.tsv, if its weights are downloaded
    notes: what the user should know
    """

    found: Found
    architecture: str
    config: dict[str, Any]
    images: Preprocessing
    source: str
    family: str = "robust_zero_shot"  # ASSUME: of CLIPs; whether they are robust, nobody says
    head: str | None = None
    classes: int | None = None
    row: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_clip(self) -> bool:
        """Whether its head would be made of prompts."""
        return self.family == "robust_zero_shot"

    def head_with(self, names: bool) -> tuple[str | None, str]:
        """The cell `head`, and why a CLIP has none.

        Parameters
        ----------
        names: whether there are names of classes for prompts
        """
        if not self.is_clip:
            return (self.head, "") if self.classes else ("none", "no head: the file has none")
        if self.head == "none":
            return "none", "no head: the file has neither a text tower nor a linear head"
        if fault := text_fault(self.config):
            return "none", f"no head from prompts: found {fault[0]}, expected {fault[1]}"
        return (None, "") if names else ("none", "no head from prompts: that takes CLASSES=...")


def question(found: Found) -> Answer | None:
    """What is to be looked up of a model; nothing for a bundle and what the Hub tells.

    Raises
    ------
    InputError: a file whose architecture nobody says
    """
    name = found.architecture
    if found.kind == "file" and name is None:
        expected = "ARCHITECTURE=..., a name of open_clip, timm or torchvision or a JSON file"
        beside = f"or {HUB_CONFIG} beside it"
        raise refused("model", f"'{found.text}' without an architecture", f"{expected}, {beside}")
    if found.kind in ("bundle", "hub"):
        return None
    if found.kind == "name":
        return {"kind": "library", "name": found.text, "path": None}
    if found.kind == "tag":
        name, tag = found.text.split(":", 1)
        return {"kind": "open_clip", "name": name, "tag": tag, "path": None}
    if found.kind == "hub_file":
        return {"kind": "open_clip", "name": None, "tag": None, "path": found.text}
    assert name is not None
    if _is_json(name):
        content = _json(name)
        libraries = [
            f"{each}/{content[each]}" for each in ("timm", "torchvision") if each in content
        ]
        if libraries:
            return {"kind": "library", "name": libraries[0], "path": found.text}
        return {"kind": "open_clip", "name": None, "tag": None, "path": found.text}
    base, _, tag = name.partition(":")
    if file_of_open_clip(base):
        return {"kind": "open_clip", "name": base, "tag": tag or None, "path": found.text}
    return {"kind": "library", "name": name, "path": found.text}


def described(found: Found, answer: Answer, root: Path, fetch: Fetch) -> Model:
    """A model with what was looked up of it.

    Parameters
    ----------
    answer: to its `question`; empty without one
    root: of the repository
    fetch: brings a file of a repository of the Hub here

    Raises
    ------
    InputError: what it comes with contradicts itself or what was asked for
    """
    if found.kind == "bundle":
        return _bundle(found, root)
    if found.kind in ("hub", "hub_file"):
        return _hub(found, answer, fetch)
    if "architecture" in answer:
        return _library(found, answer)
    return _open_clip(found, answer)


def _open_clip(found: Found, answer: Answer) -> Model:
    text = found.text if found.kind == "tag" else str(found.architecture)
    name = text.partition(":")[0]
    if _is_json(name):
        path: Path | None = Path(name).expanduser()
        name = slug(Path(name).stem)
    else:
        path = file_of_open_clip(name)
    if path is None:
        raise refused(
            "model", f"'{text}', which open_clip has no architecture of", "one of its own"
        )
    config = _read(path)
    if answer.get("quick_gelu") and not config.get("quick_gelu"):
        # As open_clip does for the tags of its table that say so.
        name, config = f"{name}-quickgelu", config | {"quick_gelu": True}
    stated, tagged = answer["preprocessing"], ":" in text
    by = f"open_clip for {text}" if stated else "open_clip's default"
    images = of_open_clip(config, stated or {}, by if tagged or not stated else f"{by}, all tags")
    if found.kind == "tag":
        row = sources.of_tag(found.id, answer, config, images)
        return Model(found, name, config, images, found.id, row=row)
    return _of_file(Model(found, name, config, images, cell_of(found.text)), answer)


def _hub(found: Found, answer: Answer, fetch: Fetch) -> Model:
    """A model with open_clip_config.json beside it, here or on the Hub."""
    remote = found.kind == "hub"
    path = fetch(found.text, HUB_CONFIG) if remote else Path(found.text).with_name(HUB_CONFIG)
    content, config = _json(str(path)), _read(path)
    if found.architecture:
        asked = _named(found.architecture)
        if differing := sorted(
            key for key in {*asked, *config} if asked.get(key) != config.get(key)
        ):
            expected = f"that of {path}, from which it differs in {', '.join(differing)}"
            raise refused("architecture", f"'{found.architecture}'", f"{expected}, or nothing")
    images = of_open_clip(config, content.get("preprocess_cfg") or {}, str(path))
    name = slug(found.label)
    if remote:
        row = sources.of_hub(found.id, found.text, config, images)
        return Model(found, name, config, images, found.id, row=row)
    return _of_file(Model(found, name, config, images, cell_of(found.text)), answer)


def _of_file(model: Model, answer: Answer) -> Model:
    """An open_clip model by what its file holds: both towers, a tower with a head, or a tower."""
    own = {
        key: getattr(model, key) for key in ("found", "architecture", "config", "images", "source")
    }
    if answer["layout"] == "classifier":
        note = "ASSUMED that its head reads h divided by its norm, as CLIP's and model soups' do"
        return Model(
            **own, family="supervised", head="normalised", classes=answer["classes"], notes=[note]
        )
    return Model(**own, head="none" if answer["layout"] == "tower" else None)


def _library(found: Found, answer: Answer) -> Model:
    asked = found.architecture or ""
    own_file = _json(asked) if _is_json(asked) else {}
    config = answer["architecture"] | own_file
    library = "timm" if "timm" in config else "torchvision"
    name = f"{library}_{config[library]}"
    stated = config.get("preprocessing", answer["preprocessing"])
    images = of_library(stated, f"{library} for {config[library]}")
    own = {"family": answer["family"], "classes": answer["classes"]}
    if found.kind == "file":
        return Model(found, name, config, images, cell_of(found.text), **own)
    row = sources.of_address(found.id, answer["url"], library)
    return Model(found, name, config, images, found.id, **own, row=row)


def _bundle(found: Found, root: Path) -> Model:
    """A bundle of the workflow: its card says the architecture, and head.json the classes."""
    folder = Path(found.text)
    card = _json(str(folder / "card.json"))
    try:
        config, mean, std = card["architecture"], card["mean"], card["std"]
    except KeyError as error:
        raise InputError(
            f"{folder / 'card.json'}: found no key {error}, expected a bundle"
        ) from None
    study = root / "studies" / str(card["training"].get("study")) / "study.yaml"
    views = (read_yaml(study, str(study), []) or {}).get("views", {}) if study.is_file() else {}
    size = config.get("preprocessing") or {
        "size": config.get("vision_cfg", {}).get("image_size", 224)
    }
    if card["view"] in views:
        images = of_view(
            views[card["view"]], mean, std, f"view {card['view']} of {study.parent.name}"
        )
    else:
        view = {"size": size["size"], "interpolation": "bicubic"}
        images = of_view(view, mean, std, "ASSUMED resize, of its card mean and std")
    head = folder / "head.json"
    classes = _json(str(head)).get("classes") if head.is_file() else None
    supervised = bool({"timm", "torchvision"} & {*config})
    pools = config.get("miniature", {}).get("average_pool")
    reads = "normalised" if card.get("normalise") else "plain"
    return Model(
        found, slug(found.label), config, images, cell_of(found.text),
        family="rectified" if pools else "supervised",
        head=None if supervised else reads, classes=classes,
    )  # fmt: skip


def _is_json(name: str) -> bool:
    return name.endswith(".json")


def _named(name: str) -> dict[str, Any]:
    """The content of an architecture of open_clip, by its name or its file."""
    path = Path(name).expanduser() if _is_json(name) else file_of_open_clip(name.partition(":")[0])
    return _read(path) if path else {}


def _json(path: str) -> dict[str, Any]:
    try:
        content = json.loads(Path(path).expanduser().read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: found no JSON ({error}), expected a JSON file") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: found no JSON object, expected keys and values")
    return content


def _read(path: Path) -> dict[str, Any]:
    _json(str(path))
    config = read_architecture(path)
    if not isinstance(config, dict) or "vision_cfg" not in config:
        raise InputError(f"{path}: found no vision_cfg, expected an architecture of open_clip")
    return config

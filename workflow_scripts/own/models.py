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
LIBRARIES = ("timm", "torchvision")
READS = {
    True: "normalised",
    False: "plain",
}  # how a head reads h, by `normalise` of a bundle's card


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
        """Whether it is a CLIP with its text tower, of whose prompts a head can be made."""
        return self.family == "robust_zero_shot"

    def head_with(self, names: bool) -> tuple[str | None, str]:
        """The cell `head`, and why a CLIP has none.

        Parameters
        ----------
        names: whether there are names of classes for prompts
        """
        if self.classes:
            return self.head, ""
        if not self.is_clip or self.found.kind == "bundle":
            return "none", f"no head: the {self.found.kind.replace('_', ' ')} has none"
        if self.head == "none":
            return "none", "no head: the file has neither a text tower nor a linear head"
        if fault := text_fault(self.config):
            return "none", f"no head from prompts: found {fault[0]}, expected {fault[1]}"
        return (None, "") if names else ("none", "no head from prompts: that takes CLASSES=...")


def question(found: Found) -> Answer | None:
    """What is to be looked up of a model; nothing for what the Hub tells, and of CLIPs' bundles.

    Raises
    ------
    InputError: a file whose architecture nobody says
    """
    name = found.architecture
    if found.kind == "file" and name is None:
        expected = "ARCHITECTURE=..., a name of open_clip, timm or torchvision or a JSON file"
        beside = f"or {HUB_CONFIG} beside it"
        raise refused("model", f"'{found.text}' without an architecture", f"{expected}, {beside}")
    if found.kind == "bundle":
        config = _card(found)["architecture"]
        path = str(Path(found.text) / "encoder.safetensors")
        named = _of_a_library(config)
        return {"kind": "library", "name": named, "path": path} if named else None
    if found.kind == "hub":
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
        if named := _of_a_library(_json(name)):
            return {"kind": "library", "name": named, "path": found.text}
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
        return _bundle(found, answer, root)
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


def _bundle(found: Found, answer: Answer, root: Path) -> Model:
    """A bundle of the workflow: its card says what it is, and head.json the classes."""
    folder, card = Path(found.text), _card(found)
    config, mean, std = card["architecture"], card["mean"], card["std"]
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
    family, note = _of_training(card)
    return Model(
        found, slug(found.label), config, images, cell_of(found.text),
        # What of a library's network only its outputs tell
        family=answer.get("family", family),
        head=None if answer else READS[bool(card.get("normalise"))],
        classes=classes, notes=[note] if note else [],
    )  # fmt: skip


def _card(found: Found) -> dict[str, Any]:
    path = Path(found.text) / "card.json"
    card = _json(str(path))
    if missing := [key for key in ("architecture", "mean", "std", "training") if key not in card]:
        raise InputError(f"{path}: found no key '{missing[0]}', expected a bundle")
    return card


def _of_training(card: dict[str, Any]) -> tuple[str, str]:
    """Family of a bundle's model by its card, and what is to be said of its training."""
    training = card["training"]
    origin, on = training.get("origin"), training.get("dataset")
    if card["architecture"].get("miniature", {}).get("average_pool"):
        family = "rectified"
    elif origin == "finetune" or card.get("parent"):
        family = "finetuned"
    # The text tower of a CLIP lies beside its encoder, unless it was finetuned.
    elif origin == "contrastive" or "text" in card.get("sha256", {}):
        family = "robust_zero_shot"
    else:
        family = "supervised"
    how = {
        "contrastive": f"trained contrastively on {on}",
        "finetune": f"finetuned from {card.get('parent')} on {on}",
        "supervised": f"trained with the labels of {on}",
        "untrained": "untrained: its weights are random",
    }
    return family, how.get(str(origin), "")


def _of_a_library(config: dict[str, Any]) -> str | None:
    """The name of a network of timm or torchvision, as the look-up takes it; None of other ones."""
    return next((f"{each}/{config[each]}" for each in LIBRARIES if each in config), None)


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

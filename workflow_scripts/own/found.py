"""What each text of MODEL means: a file, a tag, a repository or a name; nothing is looked up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow_scripts.own.request import Named, Request, refused, slug, stem_of
from workflow_scripts.plan.models import WEIGHTS
from workflow_scripts.study.architectures import of_open_clip

HUB_CONFIG = "open_clip_config.json"
# Names of the weights in a folder of the Hub, the better one first
HUB_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
BUNDLE = ("card.json", "encoder.safetensors")
_UNSAYING = ("model", "pytorch_model", "checkpoint", "weights", "encoder", "state_dict")


@dataclass(frozen=True)
class Found:
    """A model that is asked for.

    Attributes
    ----------
    kind: file, hub_file (with open_clip_config.json beside it), bundle (a folder), tag, hub or name
    text: path of the file or bundle; else the tag, the repository or the name
    label: as displayed
    architecture: that was asked for, or None
    run: label of the training of which it is a checkpoint, or None
    step: how far the training was, or None
    """

    kind: str
    text: str
    label: str
    architecture: str | None = None
    run: str | None = None
    step: int | None = None

    @property
    def id(self) -> str:
        """Its id in the tables."""
        return slug(f"{self.run}_{self.label}" if self.run else self.label)

    @property
    def path(self) -> str | None:
        """The file of the user's own whose content tells what it is, if there is one."""
        return self.text if self.kind in ("file", "hub_file") else None


def found_models(request: Request) -> list[Found]:
    """All models of a request, the checkpoints of a training one by one.

    Raises
    ------
    InputError: nothing is there, or two would have one id
    """
    models = [
        each
        for place, named in enumerate(request.models)
        for each in _found(named, request.architecture_of(place))
    ]
    ids: dict[str, Found] = {}
    for each in models:
        if (other := ids.setdefault(each.id, each)) is not each:
            expected = "a label for each, as in label=path"
            raise refused("model", f"'{other.text}' and '{each.text}', both {each.id}", expected)
    return models


def _found(named: Named, architecture: str | None) -> Iterator[Found]:
    text, path = named.text, Path(named.text).expanduser()
    if text.startswith("hf-hub:"):
        repository = text.removeprefix("hf-hub:")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise refused("model", f"'{text}'", "hf-hub:owner/name")
        yield Found("hub", repository, named.label or repository.rpartition("/")[2], architecture)
    elif path.is_dir():
        yield from _in_folder(path, named.label, architecture)
    elif path.exists():
        hub = (path.parent / HUB_CONFIG).is_file()
        kind, label = "hub_file" if hub else "file", named.label or _label_of(path)
        yield Found(kind, str(path), label, architecture)
    elif text.startswith((".", "/", "~")) or text.endswith(WEIGHTS):
        expected = f"a file or folder, absolute or from {Path.cwd()}"
        raise refused("model", f"'{text}', which is not there", expected)
    elif ":" in text:
        yield Found("tag", text, named.label or text.replace(":", "_"), architecture)
    elif of_open_clip(text):
        expected = (
            f"its weights: a file with ARCHITECTURE={text}, or a tag ({text}:...); a network of "
            f"timm or torchvision of this name is timm/{text} or torchvision/{text}"
        )
        raise refused("model", f"'{text}', an architecture of open_clip", expected)
    else:
        yield Found("name", text, named.label or text.rpartition("/")[2], architecture)


def _in_folder(folder: Path, label: str | None, architecture: str | None) -> Iterator[Found]:
    """A bundle, a folder of the Hub, a folder with one file, or the checkpoints of a training."""
    own = label or stem_of(str(folder))
    if all((folder / name).is_file() for name in BUNDLE):
        yield Found("bundle", str(folder), own, architecture)
        return
    files = sorted((path for path in folder.iterdir() if path.suffix in WEIGHTS), key=_natural)
    if (folder / HUB_CONFIG).is_file():
        known = [folder / name for name in HUB_WEIGHTS if (folder / name).is_file()]
        if not known and len(files) != 1:
            expected = f"{HUB_WEIGHTS[0]} beside {HUB_CONFIG}"
            raise refused("model", f"'{folder}' with {len(files)} files of weights", expected)
        yield Found("hub_file", str((known or files)[0]), own, architecture)
    elif len(files) == 1:
        yield Found("file", str(files[0]), own, architecture)
    elif not files:
        expected = f"a file of weights in it ({', '.join(WEIGHTS)}), or a bundle's {BUNDLE[0]}"
        raise refused("model", f"'{folder}', a folder without any", expected)
    else:
        for place, file in enumerate(files):
            step = _steps(files)[place]
            yield Found("file", str(file), file.stem, architecture, run=own, step=step)


def _natural(path: Path) -> list[Any]:
    """Names with numbers in the order of the numbers."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.stem)]


def _steps(files: list[Path]) -> list[int]:
    """How far a training was at each file: the last number of its name, else its place.

    The places count from 1, and are taken where numbers do not grow from file to file.
    """
    numbers = [[int(part) for part in re.findall(r"\d+", file.stem)] for file in files]
    last = [each[-1] for each in numbers if each]
    grows = len(last) == len(files) and all(a < b for a, b in zip(last, last[1:], strict=False))
    return last if grows else list(range(1, len(files) + 1))


def _label_of(path: Path) -> str:
    """A file's name, or that of its folder where the name says nothing."""
    says = path.stem not in (*_UNSAYING, *(Path(name).stem for name in HUB_WEIGHTS))
    return path.stem if says else stem_of(str(path.parent))

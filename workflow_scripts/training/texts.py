"""The texts of a pretraining: captions of the web, or ImageNet-Captions."""

import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from workflow_scripts.archives.members import is_of_macos
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.image_stores import select_rows
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import decoded_text, reading


def web_captions(path: Path | str, limit: int | None, seed: int) -> list[str]:
    """The captions of the images that `load_training_set` takes from a captioned store.

    Raises
    ------
    InputError: the store holds no captions.
    """
    with opened(path) as store:
        if "caption" not in store:
            raise InputError(f"{path}: holds no captions; its data set has another role")
        rows = select_rows(len(store["labels"]), limit, seed)
        return store["caption"][:].astype(str)[rows].tolist()


def named_classes(captions: Iterable[str], names: Sequence[str]) -> dict[int, int]:
    """The class that a caption names, by its row; captions that name none or several are left out.

    A name that several classes have, as some of ImageNet do, names all of them.

    Parameters
    ----------
    names: of the K classes, each of one word or more.

    Raises
    ------
    InputError: no caption names a single class.
    """
    places: dict[str, set[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name.lower(), set()).add(place)
    longest_first = sorted(places, key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
    found = [
        {place for each in pattern.findall(text.lower()) for place in places[each]}
        for text in captions
    ]
    named = {row: classes.pop() for row, classes in enumerate(found) if len(classes) == 1}
    if not named:
        raise InputError(
            f"Training by captions: none of {len(found)} captions names one of the {len(names)} "
            "classes of classes.tsv, and that one alone; expected captions that contain their names"
        )
    return named


def imagenet_captions(path: Path | str, ids: Iterable[str], version: str) -> dict[int, str]:
    """The texts of ImageNet-Captions for images, in one of its versions.

    Parameters
    ----------
    path: the JSON list of {filename, wnid, title, description, tags}, as it is or in a zip file.
    ids: of the images; their last component is the filename.
    version: "t" (title), "td" (and description) or "tdt" (and tags).

    Returns
    -------
    Text by row of `ids`; ImageNet-Captions covers only a part of ImageNet.

    Raises
    ------
    InputError: the file is not such a list or covers none of the images.
    """
    expected = (
        "expected ImageNet-Captions, a JSON list of objects with filename, wnid, title, "
        "description and tags"
    )
    with reading(path, expected):
        entries = json.loads(decoded_text(_content(path), str(path)))
        texts = {entry["filename"]: compose(entry, version) for entry in entries}
    names = [PurePosixPath(each).name for each in ids]
    found = {row: texts[name] for row, name in enumerate(names) if texts.get(name)}
    if not found:
        raise InputError(f"{path}: has none of the images' filenames, such as {names[0]!r}")
    return found


def _content(path: Path | str) -> bytes:
    """The bytes of a JSON file, which may lie alone in a zip file (macOS adds files of its own)."""
    if not zipfile.is_zipfile(path):
        return Path(path).read_bytes()
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".json")]
        names = [name for name in names if not is_of_macos(name)]
        if len(names) != 1:
            raise ValueError(f"a zip file with {len(names)} JSON files, not one")
        return archive.read(names[0])


def compose(entry: dict[str, Any], version: str) -> str:
    """The text of an entry of ImageNet-Captions: title; title + description; + tags."""
    parts = [entry["title"]]
    if version in ("td", "tdt"):
        parts.append(entry["description"])
    if version == "tdt":
        parts.append(" ".join(entry["tags"] or ()))
    return " ".join(part for part in parts if part)

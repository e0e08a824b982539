"""ObjectNet's mapping files, which tell the ImageNet classes that its own correspond to.

ObjectNet's classes map to ImageNet's names, those to lines of the 2012 label file and those to
labels.
"""

import json
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from workflow_scripts.archives.members import Archive
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import decoded_text, reading

# The password is public: it makes people read that nobody may train on these images.
PASSWORD = b"objectnetisatestset"
# Pixels on each side: a red line, and those beside it into which a JPEG has smeared it.
BORDER = 2
_AGAIN = "obtain the archive again"


def class_groups(archive: Archive) -> dict[str, list[int]]:
    """ImageNet labels (sorted) of each image folder that has any.

    Raises
    ------
    InputError: a mapping file is missing, damaged, or of another version than the others
    """
    name_to_folder = _inverse(archive, "folder_to_objectnet_label.json", str)
    name_to_imagenet = _mapping(archive, "objectnet_to_imagenet_1k.json", str)
    id_to_label = _inverse(archive, "pytorch_to_imagenet_2012_id.json", int)
    lines = _mapping_text(archive, "imagenet_to_label_2012_v2").splitlines()
    name_to_label = {
        line.strip(): int(label)
        for row, line in enumerate(lines)
        if (label := id_to_label.get(row, "")).isdecimal()
    }
    # Two classes of ImageNet have one name, "crane"; ObjectNet has none of them.
    for name, count in Counter(map(str.strip, lines)).items():
        if count > 1:
            name_to_label.pop(name, None)
    groups = {}
    for name, joined in name_to_imagenet.items():
        imagenet_names = joined.split("; ")
        missing = [each for each in imagenet_names if each not in name_to_label]
        if missing or name not in name_to_folder:
            raise InputError(
                f"{archive.path}: ObjectNet's class {name!r} maps to {missing or 'no folder'}, "
                "which the other mapping files lack; they are of different versions"
            )
        groups[name_to_folder[name]] = sorted(name_to_label[each] for each in imagenet_names)
    return groups


def _mapping_text(archive: Archive, file: str) -> str:
    names = [name for name in archive.names() if name.endswith(f"mappings/{file}")]
    if len(names) != 1:
        raise InputError(f"{archive.path}: found {len(names)} files mappings/{file}, expected one")
    return decoded_text(archive.read(names[0]), f"{archive.path}, mappings/{file}")


def _mapping(archive: Archive, file: str, kind: type) -> dict[str, Any]:
    """A mapping file, whose values are of one type."""
    place = f"{archive.path}, mappings/{file}"
    text = _mapping_text(archive, file)
    with reading(place, _AGAIN):
        found = json.loads(text, object_pairs_hook=partial(_once, place))
    if not isinstance(found, dict) or not all(isinstance(each, kind) for each in found.values()):
        raise InputError(f"{place}: found JSON of another shape, expected {{KEY: VALUE}}; {_AGAIN}")
    return found


def _inverse(archive: Archive, file: str, kind: type) -> dict[Any, str]:
    """The keys of a mapping file by value."""
    pairs = [(value, key) for key, value in _mapping(archive, file, kind).items()]
    return _once(f"{archive.path}, mappings/{file}", pairs)


def _once(place: str, pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """The dictionary of pairs, none of which may take the place of another."""
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(f"{place}: found {key!r} twice, expected it once; {_AGAIN}")
        found[key] = value
    return found

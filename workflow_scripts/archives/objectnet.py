"""ObjectNet's mapping files, which tell the ImageNet classes that its own correspond to.

ObjectNet's classes map to ImageNet's names, those to lines of the 2012 label file and those to
labels.
"""

import json
from collections import Counter

from workflow_scripts.archives.members import Archive
from workflow_scripts.job.errors import InputError

# The password is public: it makes people read that nobody may train on these images.
PASSWORD = b"objectnetisatestset"
# Pixels on each side: a red line, and those beside it into which a JPEG has smeared it.
BORDER = 2


def class_groups(archive: Archive) -> dict[str, list[int]]:
    """ImageNet labels (sorted) of each image folder that has any.

    Raises
    ------
    InputError: a mapping file is missing, damaged, or of another version than the others
    """
    folder_to_name = _mapping(archive, "folder_to_objectnet_label.json")
    name_to_imagenet = _mapping(archive, "objectnet_to_imagenet_1k.json")
    label_to_id = _mapping(archive, "pytorch_to_imagenet_2012_id.json")
    lines = _mapping_text(archive, "imagenet_to_label_2012_v2").splitlines()
    id_to_label = {int(identifier): int(label) for label, identifier in label_to_id.items()}
    name_to_label = {
        line.strip(): id_to_label[row] for row, line in enumerate(lines) if row in id_to_label
    }
    # Two classes of ImageNet have one name, "crane"; ObjectNet has none of them.
    for name, count in Counter(map(str.strip, lines)).items():
        if count > 1:
            name_to_label.pop(name, None)
    folders = {name: folder for folder, name in folder_to_name.items()}
    groups = {}
    for name, imagenet_names in name_to_imagenet.items():
        missing = [each for each in imagenet_names.split("; ") if each not in name_to_label]
        if missing or name not in folders:
            raise InputError(
                f"{archive.path}: ObjectNet's class {name!r} maps to {missing or 'no folder'}, "
                "which the other mapping files lack; they are of different versions"
            )
        groups[folders[name]] = sorted(name_to_label[each] for each in imagenet_names.split("; "))
    return groups


def _mapping_text(archive: Archive, file: str) -> str:
    names = [name for name in archive.names() if name.endswith(f"mappings/{file}")]
    if len(names) != 1:
        raise InputError(f"{archive.path}: found {len(names)} files mappings/{file}, expected one")
    return archive.read(names[0]).decode("utf-8")


def _mapping(archive: Archive, file: str) -> dict[str, str]:
    try:
        return json.loads(_mapping_text(archive, file))
    except json.JSONDecodeError as error:
        raise InputError(f"{archive.path}: mappings/{file} is not JSON ({error})") from error

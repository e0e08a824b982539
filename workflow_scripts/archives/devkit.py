"""ImageNet's development kit (ILSVRC2012_devkit_t12.tar.gz), which labels the validation images.

Its ground truth gives each image a number of the challenge's own, which meta.mat turns into a
WordNet id. Labels, as everybody uses them, are places in the sorted WordNet ids instead.
"""

import io
import re
from collections.abc import Mapping

import numpy as np

from workflow_scripts.archives.members import Archive
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import reading

GROUND_TRUTH = "data/ILSVRC2012_validation_ground_truth.txt"
META = "data/meta.mat"
_IMAGE = re.compile(r"(?:.*/)?ILSVRC2012_val_([0-9]{8})\.JPEG")


def image_number(name: str) -> int | None:
    """The number of a validation image, from 1, by the name of its file; None if it has none."""
    match = _IMAGE.fullmatch(name)
    return int(match[1]) if match else None


def image_name(number: int) -> str:
    """The file name of a validation image, whose numbers begin at 1."""
    return f"ILSVRC2012_val_{number:08d}.JPEG"


def wnids(kit: Archive) -> dict[int, str]:
    """The WordNet id of each class by its number in the challenge, from the kit's archive.

    Raises
    ------
    InputError: meta.mat is missing, damaged, or another table
    """
    # Only here, since no other layout needs them.
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    content = _read(kit, META)
    remedy = (
        "expected a table `synsets` with ILSVRC2012_ID, WNID and num_children. Obtain the archive "
        "again"
    )
    with reading(f"{kit.path}, {META}", remedy, also=(MatReadError,)):
        synsets = loadmat(io.BytesIO(content), squeeze_me=True, chars_as_strings=True)["synsets"]
        # The table also has the synsets above the classes; those have children.
        leaves = [row for row in np.ravel(synsets) if int(row["num_children"]) == 0]
        found = {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in leaves}
    if len(set(found.values())) != len(leaves):
        raise InputError(f"{kit.path}: {META} names a class twice; obtain the archive again")
    return found


def ground_truth(kit: Archive, wnids: Mapping[int, str]) -> list[str]:
    """The WordNet ids of the validation images in the order of their numbers.

    Parameters
    ----------
    kit: the development kit
    wnids: by the challenge's numbers

    Raises
    ------
    InputError: a line is not the number of a class; names it
    """
    truth = []
    for row, line in enumerate(_read(kit, GROUND_TRUTH).decode("latin-1").split(), start=1):
        wnid = wnids.get(int(line)) if line.isdecimal() else None
        if wnid is None:
            raise InputError(
                f"{kit.path}: {GROUND_TRUTH}, line {row}: found {line!r}, expected the number of "
                f"one of the {len(wnids)} classes in {META}; obtain the archive again"
            )
        truth.append(wnid)
    return truth


def _read(kit: Archive, file: str) -> bytes:
    names = [name for name in kit.names() if f"/{name}".endswith(f"/{file}")]
    if len(names) != 1:
        raise InputError(
            f"{kit.path}: found {len(names)} files {file}, expected one, as in "
            "ILSVRC2012_devkit_t12.tar.gz"
        )
    return kit.read(names[0])

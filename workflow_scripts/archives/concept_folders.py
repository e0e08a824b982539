"""Concepts as folders of images: what a folder's images show is its name.

An image that lies in several folders, as files of the same content, is one image and shows them
all. In all other folders' images a concept is taken to be absent.
"""

import hashlib
from collections import Counter
from pathlib import PurePosixPath

from workflow_scripts.archives.broden_tables import Label, LabelledImage, Tables
from workflow_scripts.archives.image_names import image_names
from workflow_scripts.archives.members import Archive
from workflow_scripts.job.errors import InputError

CATEGORY = "folder"  # of all concepts


def shown_concepts(archive: Archive) -> dict[str, set[str]]:
    """The concepts of each image, by the first of its names.

    Raises
    ------
    InputError: an image lies in no folder, or all lie in one
    """
    names = image_names(archive)
    if loose := [name for name in names if "/" not in name]:
        raise InputError(
            f"{archive.path}: found {loose[0]} and {len(loose) - 1} other images outside folders, "
            "expected all in a folder that is named by the concept that they show; move them"
        )
    if len({PurePosixPath(name).parent.name for name in names}) < 2:
        raise InputError(
            f"{archive.path}: found images in fewer than two folders, expected one for each "
            "concept, since those of the other concepts are what it is told from; add some"
        )
    first: dict[bytes, str] = {}
    shown: dict[str, set[str]] = {}
    for name, content in archive.stream(set(names)):
        same = first.setdefault(hashlib.sha256(content).digest(), name)
        shown.setdefault(same, set()).add(PurePosixPath(name).parent.name)
    return shown


def folder_tables(archive: Archive) -> Tables:
    """Folders of images in the form of Broden's tables; concepts are numbered by their names.

    Raises
    ------
    InputError: see `shown_concepts`
    """
    shown = shown_concepts(archive)
    counts = Counter(concept for concepts in shown.values() for concept in concepts)
    numbers = {concept: place for place, concept in enumerate(sorted(counts), 1)}
    images = [
        LabelledImage(name, (0, 0), {}, {CATEGORY: sorted(map(numbers.__getitem__, concepts))})
        for name, concepts in shown.items()
    ]
    labels = {
        number: Label(number, concept, {CATEGORY: counts[concept]}, counts[concept])
        for concept, number in numbers.items()
    }
    coded = {(CATEGORY, number): counts[concept] for concept, number in numbers.items()}
    return Tables(images, labels, {CATEGORY: counts.total()}, coded)

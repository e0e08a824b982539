"""What a study's tables say of a data set, beside what its archive holds."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow_scripts.archives.image_names import IMAGE_ENDINGS
from workflow_scripts.archives.layouts import Listing
from workflow_scripts.archives.members import Archive
from workflow_scripts.job.errors import InputError

FEWEST = 2  # images of which a spread can be told
FEW = 50  # below, intervals are wide and their coverage is poor
NAMED = 5  # broken images that a message names
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Declared:
    """What the study's tables say of a data set."""

    dataset: str  # its id
    layout: str  # see `layouts.open_archives`
    images: int | None  # None: not checked
    classes: int | None  # None: not checked
    class_list: list[str] | None  # wnids on which it is scored; None for images without classes
    study_classes: list[dict[str, Any]]  # wnid and name of each class of the study, by label


def check_counts(archive: Archive, listing: Listing, declared: Declared) -> None:
    """Compare the images and classes that were found with those declared.

    Raises
    ------
    InputError: they differ.
    """
    found, row = len(listing.labels), f"datasets.tsv, row {declared.dataset}"
    if not found and declared.images is None:
        raise InputError(
            f"{archive.path}: found no image, expected files ending in "
            f"{', '.join(IMAGE_ENDINGS)} ({row}, column source)"
        )
    if declared.images is None:
        _warn_of_others(archive, listing)
        if found < FEW:
            log.warning("%s: only %d images; intervals over them are wide", archive.path, found)
    if declared.images is not None and found != declared.images:
        raise InputError(
            f"{archive.path}: found {found} images, expected {declared.images} ({row}, column "
            "images); the archive is incomplete or the table wrong"
        )
    groups = len(listing.class_groups)
    if declared.classes is not None and groups != declared.classes:
        raise InputError(
            f"{archive.path}: scored on {groups} classes, expected {declared.classes} ({row}, "
            "column classes); the class list or the table is wrong"
        )


def _warn_of_others(archive: Archive, listing: Listing) -> None:
    """Warn of files that are no images by their names, but for hidden ones and Windows' own."""
    hidden = re.compile(r"(^|/)(\.|Thumbs\.db$|desktop\.ini$)")
    others = [name for name in archive.names() if not hidden.search(name)]
    others = [name for name in others if name not in listing.labels]
    if others:
        log.warning(
            "%s: passed over %d files whose names do not end in %s, for one %s",
            archive.path,
            len(others),
            ", ".join(IMAGE_ENDINGS),
            min(others),
        )


def check_decoded(path: Path, broken: Mapping[str, str], count: int, skip_broken: bool) -> None:
    """Refuse images that cannot be decoded, or say that they are left out; count what is left.

    Parameters
    ----------
    path: of the archive.
    broken: why an image cannot be decoded, by its name.
    count: of the images that can be.
    skip_broken: whether the broken ones are left out.

    Raises
    ------
    InputError: there are broken ones that are not to be left out, or too few others.
    """
    named = ", ".join([*broken][:NAMED]) + (" ..." if len(broken) > NAMED else "")
    if broken and not skip_broken:
        first = next(iter(broken.values()))
        raise InputError(
            f"{first}. Of {count + len(broken)} images in {path}, {len(broken)} cannot be decoded: "
            f"{named}. To leave them out: SKIP_BROKEN=1, or skip_broken in study.yaml"
        )
    if broken:
        log.warning("%s: %d images left out, not decoded: %s", path, len(broken), named)
    if count < FEWEST:
        raise InputError(
            f"{path}: found {count} images that can be decoded, expected at least {FEWEST}, and "
            f"better {FEW} or more, for intervals over images"
        )

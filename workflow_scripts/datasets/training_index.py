"""Index the images of a training archive, so that trainings read them where they are.

The archive is the tar of a tar for each class, as ImageNet's training set comes, a tar of class
folders, or a folder of them. Only its headers are read.
"""

import logging
import os
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np

from workflow_scripts.archives.image_names import IMAGE_ENDINGS
from workflow_scripts.archives.members import check_name, check_size, is_of_macos
from workflow_scripts.files.digests import (
    recorded_digest,
    represented,
    sha256_arrays,
    sha256_text,
    write_digest,
)
from workflow_scripts.files.training_index import ImageIndex
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.folders import files_in
from workflow_scripts.job.progress import progress
from workflow_scripts.job.reading import reading

log = logging.getLogger(__name__)


def index_images(
    path: Path | str, labels: Mapping[str, int], total: int | None = None
) -> ImageIndex:
    """Find the images of an archive.

    Parameters
    ----------
    path: of a tar or a folder.
    labels: label of each wnid.
    total: number of images that are expected, for the progress.

    Raises
    ------
    InputError: it is neither, is damaged, holds a name that leaves its folder, or an image whose
        class is none of `labels`.
    """
    path = Path(path)
    columns: tuple[list[Any], ...] = [], [], [], []
    for name, offset, size in progress(_entries(path), total, f"images of {path.name}"):
        check_name(path, name)
        wnid = PurePosixPath(name).parent.name
        if wnid not in labels:
            raise InputError(
                f"{path}: {name} is of class {wnid!r}, expected one of the {len(labels)} wnids of "
                "the data set's class list; mend the list or the archive"
            )
        check_size(path, name, size)
        row = name.encode(), labels[wnid], offset, size
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    ids, *numbers = columns
    if len(set(ids)) != len(ids):
        name = next(each for each, count in Counter(ids).items() if count > 1).decode()
        raise InputError(f"{path}: member {name!r} is in it twice; obtain it anew from its source")
    return ImageIndex(np.array(ids, dtype=bytes), *(np.array(each, np.int64) for each in numbers))


def _entries(path: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the name, offset and size of each image, in the order of the archive."""
    if path.is_dir():
        files = (each for each in files_in(path) if _is_image(each.name))
        yield from ((each.relative_to(path).as_posix(), 0, each.stat().st_size) for each in files)
        return
    remedy = (
        "expected an uncompressed tar or a folder; if it is a tar, it is damaged or incomplete, "
        "obtain it again"
    )
    # Without a buffer, which would be filled anew for each header.
    with reading(path, remedy), path.open("rb", buffering=0) as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
        yield from _members(file, path, 0, path.stat().st_size)


def _members(
    file: BinaryIO, path: Path, start: int, end: int, folder: str = ""
) -> Iterator[tuple[str, int, int]]:
    """Yield the images of the tar that lies from `start` to `end` of a file, and of those in it."""
    file.seek(start)
    with tarfile.open(fileobj=file, mode="r:") as opened:
        archive: Any = opened  # its list of members has no type
        while member := archive.next():
            archive.members.clear()  # tarfile would keep the headers of all images in memory
            last = member.offset_data + member.size
            if last > end:
                raise InputError(
                    f"{path}: member {folder}{member.name} ends at byte {last}, expected at most "
                    f"{end}; the archive is damaged or incomplete, obtain it again"
                )
            if member.isdir() or is_of_macos(member.name):
                continue
            if not member.isfile():
                raise InputError(
                    f"{path}: member {folder}{member.name} is a link or a device; such an archive "
                    "is not trusted, obtain it anew from its source"
                )
            if member.name.endswith(".tar"):
                inside = f"{PurePosixPath(member.name).stem}/"
                yield from _members(file, path, member.offset_data, last, inside)
            elif _is_image(member.name):
                yield folder + member.name, member.offset_data, member.size


def _is_image(name: str) -> bool:
    """Whether it is an image, not one of the files that macOS adds beside each."""
    return name.lower().endswith(IMAGE_ENDINGS) and not is_of_macos(name)


def main(
    archive_path: Path | str,
    index_path: Path | str,
    *,
    dataset: str,
    images: int,
    class_list: list[str],
    study_classes: list[dict[str, Any]],
) -> None:
    """Index the training archive of a data set; write the index and, beside it, its digest.

    Parameters
    ----------
    archive_path: tar or folder, with its digest beside it.
    index_path: HDF5 to write, see `ImageIndex`.
    dataset: id of the data set.
    images: number of images that the archive has to hold.
    class_list: wnids that it has to hold images of.
    study_classes: wnid and name of each class of the study, by label.

    Raises
    ------
    InputError: the archive is damaged or holds other than what is declared.
    """
    path = Path(archive_path)
    label_of = {row["wnid"]: label for label, row in enumerate(study_classes)}
    index = index_images(path, {wnid: label_of[wnid] for wnid in class_list}, images)
    classes = len(np.unique(index.labels))
    if len(index) != images or classes != len(class_list):
        raise InputError(
            f"{path}: found {len(index)} images of {classes} classes, expected {images} of "
            f"{len(class_list)} (datasets.tsv, row {dataset}); the archive is incomplete or the "
            "table wrong"
        )
    index.save(index_path)
    log.info("%s: %d images, %.1f GB", dataset, images, index.sizes.sum() / 1e9)
    # The index is made of headers alone; the archive's digest stands for the images themselves.
    contents = sha256_arrays(index.ids, index.labels, index.offsets, index.sizes)
    write_digest(Path(index_path), sha256_text(recorded_digest(path), contents))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            represented(snakemake.input.archives_digest[0]),
            snakemake.output.index,
            **snakemake.params.settings,
        )

"""Index the images of a training archive, so that trainings read them where they are.

The archive is the tar of a tar for each class, as ImageNet's training set comes, a tar of class
folders, or a folder of them. Only its headers are read.
"""

import logging
import os
import tarfile
from pathlib import Path, PurePosixPath

import numpy as np

from workflow_scripts.archives.layouts import IMAGE_ENDINGS
from workflow_scripts.files.atomic import write_json
from workflow_scripts.files.digests import digest_file, sha256_arrays, sha256_text
from workflow_scripts.files.training_index import ImageIndex
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress

log = logging.getLogger(__name__)


def index_images(path, labels, total=None):
    """The `ImageIndex` of an archive.

    Parameters
    ----------
    path : of a tar or a folder
    labels : dict wnid -> label
    total : number of images that are expected, for the progress

    Raises
    ------
    InputError if it is neither, is damaged, holds a name that leaves its folder, or an image whose
    class is none of `labels`.
    """
    path = Path(path)
    columns = [], [], [], []
    for name, offset, size in progress(_entries(path), total, f"images of {path.name}"):
        if name.startswith("/") or ".." in PurePosixPath(name).parts:
            raise InputError(
                f"{path}: member {name!r} would leave its folder; such an archive is not trusted, "
                "obtain it anew from its source"
            )
        wnid = PurePosixPath(name).parent.name
        if wnid not in labels:
            raise InputError(
                f"{path}: {name} is of class {wnid!r}, expected one of the {len(labels)} wnids of "
                "the data set's class list; mend the list or the archive"
            )
        row = name.encode(), labels[wnid], offset, size
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    ids, *numbers = columns
    return ImageIndex(np.array(ids, dtype=bytes), *(np.array(each, np.int64) for each in numbers))


def _entries(path):
    """Yield the name, offset and size of each image, in the order of the archive."""
    if path.is_dir():
        files = (each for each in sorted(path.rglob("*")) if _is_image(each.name))
        yield from ((each.relative_to(path).as_posix(), 0, each.stat().st_size) for each in files)
        return
    try:
        # Without a buffer, which would be filled anew for each header.
        with path.open("rb", buffering=0) as file:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
            yield from _members(file, path, 0, path.stat().st_size)
    except (tarfile.TarError, OSError) as error:
        raise InputError(
            f"{path}: cannot be read ({type(error).__name__}: {error}), expected an uncompressed "
            "tar or a folder; if it is a tar, it is damaged or incomplete, obtain it again"
        ) from error


def _members(file, path, start, end, folder=""):
    """Yield the images of the tar that lies from `start` to `end` of a file, and of those in it."""
    file.seek(start)
    with tarfile.open(fileobj=file, mode="r:") as archive:
        while member := archive.next():
            archive.members.clear()  # or all would be kept
            last = member.offset_data + member.size
            if last > end:
                raise InputError(
                    f"{path}: member {folder}{member.name} ends at byte {last}, expected at most "
                    f"{end}; the archive is damaged or incomplete, obtain it again"
                )
            if member.isdir():
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


def _is_image(name):
    """Whether it is an image, and no file that macOS adds beside each."""
    own = PurePosixPath(name).name
    return own.lower().endswith(IMAGE_ENDINGS) and not own.startswith("._")


def main(archive_path, index_path, digest_path, *, dataset, images, class_list, study_classes):
    """Index the training archive of a data set; write the index and the digest that stands for it.

    `images` is the number of images that it has to hold.
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
    source = digest_file(path).read_text(encoding="utf-8").split()[0]
    digest = sha256_text(source, sha256_arrays(index.ids, index.labels, index.offsets, index.sizes))
    write_json(digest_path, {"dataset": dataset, "images": images, "sha256": digest})
    log.info("%s: %d images, %.1f GB", dataset, images, index.sizes.sum() / 1e9)


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            represented(snakemake.input.archives[0]),
            snakemake.output.index,
            snakemake.output.digest,
            **snakemake.params.settings,
        )

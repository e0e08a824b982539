"""Where the images of a training set lie in its archive, and reading them from there.

An archive of 140 GB is neither unpacked nor decoded beforehand: each image is read at its place,
in any order. `datasets/training_index.py` makes the index.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.image_stores import select_rows
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import reading

_COLUMNS = ("ids", "labels", "offsets", "sizes")


@dataclass
class ImageIndex:
    """One row an image, in the order of the archive."""

    ids: np.ndarray  # bytes [N], names within the archive as UTF-8; in a folder, paths
    labels: np.ndarray  # int64 [N]
    offsets: np.ndarray  # int64 [N], place of the encoded image in the file; in a folder 0
    sizes: np.ndarray  # int64 [N], bytes of the encoded image

    @classmethod
    def load(cls, path: Path | str) -> ImageIndex:
        """Read an index.

        Raises
        ------
        InputError: the file is missing, damaged or incomplete.
        """
        with opened(path, *_COLUMNS) as file:
            return cls(*(file[column][:] for column in _COLUMNS))

    def save(self, path: Path | str) -> None:
        """Write the index to an HDF5 file."""
        with replacing(path) as temporary, h5py.File(temporary, "w") as file:
            for column in _COLUMNS:
                file[column] = getattr(self, column)
            file.attrs["complete"] = True

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, rows: np.ndarray) -> ImageIndex:
        """The index of some rows."""
        return ImageIndex(*(getattr(self, column)[rows] for column in _COLUMNS))

    def sample(self, limit: int | None, seed: int) -> ImageIndex:
        """The index of a random sample, see `image_stores.select_rows`."""
        return self.select(select_rows(len(self), limit, seed))


class IndexedArchive:
    """Encoded images of an indexed archive: a tar, of tars or of images, or a folder."""

    def __init__(self, path: Path | str, index: ImageIndex) -> None:
        self.path, self.index = Path(path), index

    def name(self, row: int) -> str:
        """What messages call an image."""
        return f"{self.path}, image {self.index.ids[row].decode()}"

    def read(self, row: int) -> bytes:
        """Read the bytes of an image.

        Raises
        ------
        InputError: they are not where they were.
        """
        offset, size = int(self.index.offsets[row]), int(self.index.sizes[row])
        with reading(self.name(row), "obtain the archive again"):
            if self._is_folder:
                content = (self.path / self.index.ids[row].decode()).read_bytes()
            else:
                content = os.pread(self._descriptor, size, offset)
        if len(content) != size:
            raise InputError(
                f"{self.name(row)}: found {len(content)} bytes, expected {size}; the archive was "
                "changed or cut since its index was made. Obtain it again"
            )
        return content

    @cached_property
    def _is_folder(self) -> bool:
        return self.path.is_dir()

    @cached_property
    def _descriptor(self) -> int:
        # Opened by the process that reads first, and never moved: reads give their own place.
        return os.open(self.path, os.O_RDONLY)

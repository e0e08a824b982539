"""Read activation files: one model's encoder outputs on one data set (stage `activations`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError

BATCH_BYTES = 16 * 2**20  # of float32 values that one batch may need


@dataclass(frozen=True)
class ActivationFile:
    """An open, validated activation file; `h` stays on disk and is read in batches."""

    path: Path
    model: str
    dataset: str
    h: h5py.Dataset  # float32 [N, d_H], before normalisation
    labels: np.ndarray  # int64 [N]
    ids: h5py.Dataset  # utf-8 strings [N]
    class_groups: str  # JSON, as stored

    @property
    def images(self) -> int:
        """Number of images N."""
        return self.h.shape[0]

    @property
    def width(self) -> int:
        """Width d_H of the representation."""
        return self.h.shape[1]

    def image(self, row: int) -> str:
        """Name a row for a message: its number and the image's id."""
        return f"row {row} (image {self.ids.asstr()[row]!r})"

    def batches(self, values_per_image: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first row, float32 [n, d_H]) over all images, in order.

        Parameters
        ----------
        values_per_image: float32 values that the caller needs for one image at a time (d_H by
            default); with it the batch size bounds memory.

        Raises
        ------
        InputError: an activation is NaN or infinite.
        """
        rows = max(1, BATCH_BYTES // (4 * (values_per_image or self.width)))
        for start in range(0, self.images, rows):
            h = self.h[start : start + rows]
            finite = np.isfinite(h)
            if not finite.all():
                row, component = np.argwhere(~finite)[0]
                raise InputError(
                    f"{self.path}: {self.image(start + row)}, component {component}: found "
                    f"{h[row, component]}, expected finite activations; the model diverged or "
                    "overflowed. Train it again with another setting, or check its weights."
                )
            yield start, h


@contextmanager
def open_activations(
    path: str | Path, model: str, width: int | None = None
) -> Iterator[ActivationFile]:
    """Open and validate one activation file.

    Parameters
    ----------
    path: HDF5 file, named by the data set.
    model: id of the model that must have made it.
    width: the width of the head's input, if there is one to compare with.

    Raises
    ------
    InputError: the file is missing, damaged, incomplete, empty, of another model or data set,
        or its width is not that of the head's input.
    """
    with opened(path, "h", "labels", "ids") as file:
        yield _validated(Path(path), file, model, width)


def _validated(path: Path, file: h5py.File, model: str, width: int | None) -> ActivationFile:
    """Check an open HDF5 file against the contract of the stage `activations`."""

    def require(good: bool, found: object, expected: object) -> None:
        if not good:
            raise InputError(
                f"{path}: found {found}, expected {expected}; delete the file and run again."
            )

    missing = [key for key in ("model", "dataset", "class_groups") if key not in file.attrs]
    require(not missing, f"no {', '.join(missing)}", "a complete activation file")
    require(file.attrs["model"] == model, f"model {file.attrs['model']!r}", f"model {model!r}")
    dataset = file.attrs["dataset"]
    require(dataset == path.stem, f"data set {dataset!r}", f"data set {path.stem!r}")
    h, labels, ids = file["h"], file["labels"], file["ids"]
    shape = f"h {h.dtype} {h.shape}"
    require(h.ndim == 2 and h.dtype == np.float32 and h.size > 0, shape, "h float32 [N, d_H]")
    require(
        labels.shape == ids.shape == h.shape[:1] and np.issubdtype(labels.dtype, np.integer),
        f"{shape}, labels {labels.dtype} {labels.shape}, ids {ids.shape}",
        "an integer label and an id for each row of h",
    )
    if width is not None and h.shape[1] != width:
        raise InputError(
            f"{path}: found activations of width {h.shape[1]}, expected {width}, the width of the "
            f"head of {model!r}; encoder and head do not belong together. Rebuild the bundle."
        )
    groups = file.attrs["class_groups"]
    return ActivationFile(path, model, dataset, h, labels[()].astype(np.int64), ids, groups)

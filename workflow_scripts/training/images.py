"""Batches of training images: from a store in memory, or decoded from the archive as they come.

All that is random follows from a seed, the epoch and the image, whatever the number of processes
that train and of those that decode for them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workflow_scripts.files.image_stores import load_training_set
from workflow_scripts.files.images import decode, warn_of_deep
from workflow_scripts.files.training_index import ImageIndex, IndexedArchive
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress
from workflow_scripts.networks import distributed
from workflow_scripts.networks.classifier import normaliser
from workflow_scripts.networks.torchvision_operators import ensure
from workflow_scripts.training.augmentation import change, random_changes
from workflow_scripts.training.batches import Batches, derived_seed

# Images that one process decodes in one go: few, so that several share a batch.
CHUNK = 32
# What it gives: uint8 [B, S, S, 3], and the names of those that lose shades, see `warn_of_deep`
_Decoded = tuple[torch.Tensor, list[str]]


@dataclass(frozen=True)
class TrainingFiles:
    """The files that a model is trained on."""

    store: Path | str  # image store or, where the recipe says `images: archive`, the index
    archive: Path | str | None = None  # the archive that the index is of
    captions: Path | str | None = None  # ImageNet-Captions, where its texts are read


def load_images(
    files: TrainingFiles,
    device: str,
    threads: int,
    *,
    preprocessing: dict[str, Any],
    view: dict[str, Any] | None = None,
    **settings: Any,
) -> tuple["ImageSource", torch.Tensor, np.ndarray]:
    """The training images of a model, their labels int64 [N] and ids [N].

    Parameters
    ----------
    files: read are store and archive.
    device: on which images are normalised.
    threads: cores of this process; all but one decode.
    preprocessing: mean and std.
    view: size and interpolation of images from an archive.
    settings: of the training's rule; read are recipe, images (how many, None for all) and seed.
    """
    recipe, limit, seed = (settings[key] for key in ("recipe", "images", "seed"))
    normalise = normaliser(preprocessing["mean"], preprocessing["std"], device)
    if recipe.get("images", "store") == "store":
        pixels, labels, ids = load_training_set(files.store, limit, seed)
        return StoredImages(normalise, recipe, seed, pixels), labels, ids
    assert files.archive and view, "an index comes with its archive and a view"
    index = ImageIndex.load(files.store).sample(limit, seed)
    archive = IndexedArchive(files.archive, index)
    images = ArchivedImages(normalise, recipe, seed, archive, view, threads - 1, device)
    return images, torch.from_numpy(index.labels), np.char.decode(index.ids, "utf-8")


@dataclass
class StoredImages:
    """Images uint8 [N, H, W, 3] that lie decoded in memory, shifted and flipped at random."""

    normalise: Callable[[torch.Tensor], torch.Tensor]
    recipe: dict[str, Any]
    seed: int
    pixels: torch.Tensor

    def __len__(self) -> int:
        return len(self.pixels)

    def select(self, rows: list[int]) -> "StoredImages":
        """The images of some rows."""
        return replace(self, pixels=self.pixels[rows])

    def batches(self) -> Batches:
        """How an epoch is divided."""
        return Batches(len(self), self.recipe["batch_size"])

    def epoch(self, epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield rows int64 [B] and images [B, 3, H, W] of this process's part of each batch."""
        batches = self.batches()
        generator = torch.Generator().manual_seed(derived_seed(self.seed, epoch))
        for rows in batches.of(generator):
            # For the whole batch: it must not matter which process has an image.
            corners, flipped = (
                None if each is None else each[batches.mine]
                for each in random_changes(len(rows), self.recipe, generator)
            )
            rows = rows[batches.mine]
            yield rows, self.normalise(change(self.pixels, rows, self.recipe, corners, flipped))


@dataclass
class ArchivedImages:
    """Images of an archive, decoded by processes of their own; cropped and flipped at random.

    ASSUME: the paper's "random crop" is the usual one of ImageNet, of random size and shape, in
    the interpolation of the view; `crop_scale` in the recipe is its share of the image's area.
    """

    normalise: Callable[[torch.Tensor], torch.Tensor]
    recipe: dict[str, Any]
    seed: int
    archive: IndexedArchive
    view: dict[str, Any]
    decoders: int
    device: str

    def __len__(self) -> int:
        return len(self.archive.index)

    def select(self, rows: Any) -> "ArchivedImages":
        """The images of some rows."""
        index = self.archive.index.select(rows)
        return replace(self, archive=IndexedArchive(self.archive.path, index))

    def batches(self) -> Batches:
        """How an epoch is divided."""
        return Batches(len(self), self.recipe["batch_size"])

    def epoch(self, epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """As that of `StoredImages`.

        Raises
        ------
        InputError: an image cannot be read or decoded, or a process that does so is killed.
        """
        batches = self.batches()
        generator = torch.Generator().manual_seed(derived_seed(self.seed, epoch))
        parts = [rows[batches.mine] for rows in batches.of(generator)]
        chunks = [chunk.tolist() for rows in parts for chunk in rows.split(CHUNK)]
        decoded = self._decoded(chunks, epoch, ahead=2 * len(chunks) // len(parts))
        shown, deep = distributed.is_first(), set[str]()
        for rows in progress(parts, label=f"batches of epoch {epoch + 1}") if shown else parts:
            few = [next(decoded) for _ in rows.split(CHUNK)]
            pixels = torch.cat([each.to(self.device, non_blocking=True) for each, _ in few])
            deep.update(name for _, names in few for name in names)
            yield rows, self.normalise(pixels)
        if epoch == 0:  # of a process's own part, where several train
            warn_of_deep(deep)

    def _decoded(self, chunks: list[list[int]], epoch: int, ahead: int) -> Iterator[_Decoded]:
        """Yield the images of each chunk of rows, with `ahead` at the ready."""
        loader = torch.utils.data.DataLoader(
            _Decoding(self.archive, random_crop(self.view, self.recipe), (self.seed, epoch)),
            batch_sampler=chunks,
            collate_fn=_unchanged,
            num_workers=self.decoders,
            prefetch_factor=max(2, -(-ahead // self.decoders)) if self.decoders else None,
            pin_memory=self.device == "cuda",
            generator=torch.Generator(),  # or the one that others use would advance
        )
        try:
            for images in loader:
                if isinstance(images, InputError):
                    raise images
                yield images
        except RuntimeError as error:
            if "DataLoader worker (pid" not in str(error):
                raise
            raise InputError(
                f"{self.archive.path}: a process that decodes training images was killed "
                f"({str(error).splitlines()[0]}); free memory (/dev/shm, too) or give the "
                "training fewer threads, then run the same command again"
            ) from error


# What a training takes its batches from
ImageSource = StoredImages | ArchivedImages


class _Decoding(torch.utils.data.Dataset):
    """Chunks of an archive's images, each as the seeds and its row in the index determine it."""

    def __init__(
        self, archive: IndexedArchive, transform: Callable[[Any], Any], seeds: tuple[int, int]
    ) -> None:
        self.archive, self.transform, self.seeds = archive, transform, seeds

    def __getitems__(self, rows: list[int]) -> _Decoded | InputError:
        # An error is returned, since DataLoader would bury its message in a traceback.
        deep: list[str] = []
        try:
            with torch.random.fork_rng(devices=[]):
                return torch.from_numpy(np.stack([self._pixels(row, deep) for row in rows])), deep
        except InputError as error:
            return error

    def _pixels(self, row: int, deep: list[str]) -> np.ndarray:
        image = decode(self.archive.read(row), self.archive.name(row), deep)
        torch.default_generator.manual_seed(derived_seed(*self.seeds, row))
        return np.asarray(self.transform(image))


def _unchanged(images: Any) -> Any:
    return images


def random_crop(view: dict[str, Any], recipe: dict[str, Any]) -> Callable[[Any], Any]:
    """torchvision's random resized crop to the size of a view, and flip: PIL image -> PIL image."""
    ensure()
    from torchvision.transforms import v2

    crop = v2.RandomResizedCrop(
        view["size"],
        scale=sorted(recipe["crop_scale"]),
        interpolation=v2.InterpolationMode(view["interpolation"]),
    )
    return v2.Compose([crop, v2.RandomHorizontalFlip(0.5 if recipe["flip"] else 0.0)])

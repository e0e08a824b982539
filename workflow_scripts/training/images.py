"""Batches of training images: from a store in memory, or decoded from the archive as they come.

All that is random follows from a seed, the epoch and the image, whatever the number of processes
that train and of those that decode for them.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image

from workflow_scripts.files.image_stores import load_training_set
from workflow_scripts.files.training_index import ImageIndex, IndexedArchive
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress
from workflow_scripts.networks import distributed
from workflow_scripts.networks.normalisation import normaliser
from workflow_scripts.networks.torchvision_operators import ensure
from workflow_scripts.training.augmentation import change, draw_changes
from workflow_scripts.training.batches import Batches, derived_seed

# Images that one process decodes in one go: few, so that several share a batch.
CHUNK = 32


def load_images(store_path, archive_path, device, threads, *, preprocessing, view=None, **settings):
    """The training images of a model, their labels int64 [N] and ids [N].

    Parameters
    ----------
    store_path : image store or, where the recipe says `images: archive`, index of the archive
    archive_path : that archive, or None
    threads : cores of this process; all but one decode
    preprocessing : dict with `mean` and `std`
    view : dict with the `size` and `interpolation` of images from an archive
    settings : of the training's rule; read are recipe, images (how many, None for all) and seed
    """
    recipe, limit, seed = (settings[key] for key in ("recipe", "images", "seed"))
    normalise = normaliser(preprocessing["mean"], preprocessing["std"], device)
    if recipe.get("images", "store") == "store":
        pixels, labels, ids = load_training_set(store_path, limit, seed)
        return StoredImages(normalise, recipe, seed, pixels), labels, ids
    index = ImageIndex.load(store_path).sample(limit, seed)
    archive = IndexedArchive(archive_path, index)
    images = ArchivedImages(normalise, recipe, seed, archive, view, threads - 1, device)
    return images, torch.from_numpy(index.labels), np.char.decode(index.ids, "utf-8")


@dataclass
class StoredImages:
    """Images uint8 [N, H, W, 3] that lie decoded in memory, shifted and flipped at random."""

    normalise: Callable
    recipe: dict
    seed: int
    pixels: torch.Tensor

    def __len__(self):
        return len(self.pixels)

    def select(self, rows):
        """The images of some rows."""
        return replace(self, pixels=self.pixels[rows])

    def batches(self):
        """How an epoch is divided."""
        return Batches(len(self), self.recipe["batch_size"])

    def epoch(self, epoch):
        """Yield rows int64 [B] and images [B, 3, H, W] of this process's part of each batch."""
        batches = self.batches()
        generator = torch.Generator().manual_seed(derived_seed(self.seed, epoch))
        for rows in batches.of(generator):
            # Drawn for the whole batch: it must not matter which process has an image.
            drawn = draw_changes(len(rows), self.recipe, generator)
            changes = (None if each is None else each[batches.mine] for each in drawn)
            rows = rows[batches.mine]
            yield rows, change(self.normalise(self.pixels[rows]), self.recipe, *changes)


@dataclass
class ArchivedImages:
    """Images of an archive, decoded by processes of their own; cropped and flipped at random.

    ASSUME: the paper's "random crop" is the usual one of ImageNet, of random size and shape, in
    the interpolation of the view; `crop_scale` in the recipe is its share of the image's area.
    """

    normalise: Callable
    recipe: dict
    seed: int
    archive: IndexedArchive
    view: dict
    decoders: int
    device: str

    def __len__(self):
        return len(self.archive.index)

    def select(self, rows):
        """The images of some rows."""
        index = self.archive.index.select(rows)
        return replace(self, archive=IndexedArchive(self.archive.path, index))

    def batches(self):
        """How an epoch is divided."""
        return Batches(len(self), self.recipe["batch_size"])

    def epoch(self, epoch):
        """As that of `StoredImages`.

        Raises
        ------
        InputError if an image cannot be read or decoded, or a process that does so is killed.
        """
        batches = self.batches()
        generator = torch.Generator().manual_seed(derived_seed(self.seed, epoch))
        parts = [rows[batches.mine] for rows in batches.of(generator)]
        chunks = [chunk.numpy() for rows in parts for chunk in rows.split(CHUNK)]
        decoded = self._decoded(chunks, epoch, ahead=2 * len(chunks) // len(parts))
        if distributed.is_first():
            parts = progress(parts, label=f"batches of epoch {epoch + 1}")
        for rows in parts:
            few = (next(decoded) for _ in rows.split(CHUNK))
            pixels = torch.cat([each.to(self.device, non_blocking=True) for each in few])
            yield rows, self.normalise(pixels)

    def _decoded(self, chunks, epoch, ahead):
        """Yield the uint8 images [B, S, S, 3] of each chunk of rows, with `ahead` at the ready."""
        loader = torch.utils.data.DataLoader(
            _Decoding(self.archive, random_crop(self.view, self.recipe), (self.seed, epoch)),
            batch_sampler=chunks,
            collate_fn=_unchanged,
            num_workers=self.decoders,
            prefetch_factor=max(2, -(-ahead // self.decoders)) if self.decoders else None,
            pin_memory=self.device == "cuda",
            generator=torch.Generator(),  # or it would draw from the one that others use
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


class _Decoding(torch.utils.data.Dataset):
    """Chunks of an archive's images, each as the seeds and its row in the index determine it."""

    def __init__(self, archive, transform, seeds):
        self.archive, self.transform, self.seeds = archive, transform, seeds

    def __getitems__(self, rows):
        # An error is returned, since DataLoader would bury its message in a traceback.
        try:
            with torch.random.fork_rng(devices=[]):
                return torch.from_numpy(np.stack([self._pixels(int(row)) for row in rows]))
        except InputError as error:
            return error

    def _pixels(self, row):
        image = decode(self.archive.read(row), self.archive.name(row))
        torch.default_generator.manual_seed(derived_seed(*self.seeds, row))
        return np.asarray(self.transform(image))


def _unchanged(images):
    return images


def decode(content, name):
    """The RGB image of an encoded one; raises InputError with its `name` if it is damaged."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            return image if image.mode == "RGB" else image.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(
            f"{name}: cannot be decoded ({error}); the image is corrupt or truncated. Obtain the "
            "archive again"
        ) from error


def random_crop(view, recipe):
    """torchvision's random resized crop to the size of a view, and flip: PIL image -> PIL image."""
    ensure()
    from torchvision.transforms import v2

    crop = v2.RandomResizedCrop(
        view["size"],
        scale=sorted(recipe["crop_scale"]),
        interpolation=v2.InterpolationMode(view["interpolation"]),
    )
    return v2.Compose([crop, v2.RandomHorizontalFlip(0.5 if recipe["flip"] else 0.0)])

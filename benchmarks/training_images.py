"""Training images read from the archive, against torchvision's ImageFolder with the same transform.

    python -m benchmarks.training_images [--images N --seconds S]

The images are as large as ImageNet's. ImageFolder is measured twice: with batches of bytes, as
here, which a GPU normalises, and with normalised ones, as is usual. Without decoding processes the
time is that for which one core computes, with them that of the clock: run it on a machine that does
nothing else.
"""

import argparse
import io
import json
import os
import platform
import tarfile
import tempfile
import time
from collections.abc import Callable, Generator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from workflow_scripts.datasets.training_index import index_images
from workflow_scripts.files.training_index import IndexedArchive
from workflow_scripts.networks.torchvision_operators import ensure
from workflow_scripts.training.images import ArchivedImages, random_crop

PARSER = argparse.ArgumentParser(description=__doc__.splitlines()[0])
PARSER.add_argument("--images", type=int, default=512, help="different images")
PARSER.add_argument("--seconds", type=float, default=12.0, help="of each measurement")
CHOSEN = PARSER.parse_args()

RESULTS = Path(__file__).resolve().parent / "results"
WIDTH, HEIGHT, BATCH, CLASSES, REPETITIONS = 500, 375, 64, 8, 3
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
RECIPE = {"batch_size": BATCH, "crop_scale": [0.08, 1.0], "flip": True}
VIEW = {"size": 224, "interpolation": "bicubic"}


def photograph(rng: np.random.Generator) -> bytes:
    """A JPEG with the spectrum of a natural image, about 110 kB as ImageNet's are."""
    frequency = np.hypot(np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)) + 1 / WIDTH
    shape = (3, HEIGHT, WIDTH // 2 + 1)
    noise = (rng.normal(size=shape) + 1j * rng.normal(size=shape)) / frequency
    pixels = np.fft.irfft2(noise, (HEIGHT, WIDTH))
    pixels = 128 + 50 * pixels / pixels.std(axis=(1, 2), keepdims=True)
    stream = io.BytesIO()
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8).transpose(1, 2, 0))
    image.save(stream, "JPEG", quality=89)
    return stream.getvalue()


def write_images(folder: Path) -> tuple[Path, Path, float]:
    """Write the images as a folder of class folders and as a tar; the paths, and the mean size."""
    rng, sizes = np.random.default_rng(0), []
    with tarfile.open(folder / "images.tar", "w") as archive:
        for number in range(CHOSEN.images):
            path = folder / "images" / f"n{number % CLASSES:08d}" / f"{number}.JPEG"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photograph(rng))
            archive.add(path, f"{path.parent.name}/{path.name}")
            sizes.append(path.stat().st_size)
    return folder / "images", folder / "images.tar", float(np.mean(sizes))


def archived_batches(tar: Path, decoders: int) -> Generator[torch.Tensor, None, None]:
    """Batches as the trainings read them, for ever."""
    labels = {f"n{label:08d}": label for label in range(CLASSES)}
    archive = IndexedArchive(tar, index_images(tar, labels))
    archive.index = archive.index.select(np.tile(np.arange(len(archive.index)), 200))
    images = ArchivedImages(lambda pixels: pixels, RECIPE, 0, archive, VIEW, decoders, "cpu")
    return (pixels for _, pixels in images.epoch(0))


def folder_batches(
    folder: Path, decoders: int, as_bytes: bool
) -> Generator[torch.Tensor, None, None]:
    """Batches of torchvision's ImageFolder, for ever."""
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import v2

    usual = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
    transform = v2.Compose([random_crop(VIEW, RECIPE), v2.ToImage(), *([] if as_bytes else usual)])
    images = ImageFolder(folder, transform)
    order = torch.randperm(200 * len(images), generator=torch.Generator().manual_seed(0))
    loader = torch.utils.data.DataLoader(
        images, BATCH, sampler=order.remainder(len(images)).tolist(), num_workers=decoders
    )
    return (pixels for pixels, _ in loader)


def rate(batches: Generator[torch.Tensor, None, None], clock: Callable[[], float]) -> float:
    """Images a second, after the processes have started."""
    for _ in islice(batches, 4):
        pass
    start, count = clock(), 0
    while clock() - start < CHOSEN.seconds / REPETITIONS:
        count += len(next(batches))
    return count / (clock() - start)


def measure(folder: Path, tar: Path, decoders: int) -> dict[str, Any]:
    """The rates with a number of decoding processes; the best of a few runs, taken in turns."""
    ways = {
        "archive": lambda: archived_batches(tar, decoders),
        "image_folder": lambda: folder_batches(folder, decoders, as_bytes=True),
        "image_folder_usual": lambda: folder_batches(folder, decoders, as_bytes=False),
    }
    clock = time.perf_counter if decoders else time.process_time
    rates = dict.fromkeys(ways, 0.0)
    for name in islice(cycle(ways), REPETITIONS * len(ways)):
        batches = ways[name]()
        rates[name] = max(rates[name], rate(batches, clock))
        batches.close()
    return {
        "decoders": decoders,
        **{f"{name}_images_per_second": round(each, 1) for name, each in rates.items()},
        "ratio": round(rates["archive"] / rates["image_folder"], 2),
        "ratio_usual": round(rates["archive"] / rates["image_folder_usual"], 2),
    }


def main() -> None:
    """Run the benchmark, print and record it."""
    ensure()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder, tar, size = write_images(Path(scratch))
        measured = [measure(folder, tar, decoders) for decoders in (0, 2)]
    record = {
        "image": f"{WIDTH} x {HEIGHT} JPEG, {size / 1000:.0f} kB",
        "batch_size": BATCH,
        "measured": measured,
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=2)
    (RESULTS / "training_images.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

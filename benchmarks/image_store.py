"""Writing an image store: throughput against a plain loop in the same run, and its memory.

    python -m benchmarks.image_store [--images N --threads T --stored M --repetitions R]

The images have the sizes of ImageNet's, the spectrum of photos and JPEG's quality 90. The plain
loop is what one would write first: one process, Pillow, open_clip's transform up to the pixels, a
row of the HDF5 file at a time. Memory is that of a process of its own, which writes the store of as
many images as ImageNet's validation set has.
"""

import argparse
import json
import platform
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

from tests.authentic.photos import jpeg
from workflow_scripts.archives.layouts import Listing, list_images, open_archives
from workflow_scripts.archives.members import Archive
from workflow_scripts.datasets import image_store as store
from workflow_scripts.files.digests import write_digest
from workflow_scripts.networks.torchvision_operators import ensure

RESULTS = Path(__file__).resolve().parent / "results"
SIZES = {"images": 200, "threads": 2, "stored": 50_000, "repetitions": 15}
LANDSCAPE, UPRIGHT = (500, 375), (375, 500)
VIEW = {"size": 224, "interpolation": "bicubic"}
CLASSES = [{"wnid": f"n{number:08d}", "name": f"thing {number}"} for number in range(10)]
WNIDS = [row["wnid"] for row in CLASSES]
SETTINGS = {"layout": "wnid_folders", "classes": len(CLASSES), "class_list": WNIDS,
            "study_classes": CLASSES, "view": VIEW, "dataset": "benchmark"}  # fmt: skip
# The peak of this process alone: getrusage would also count its parent's memory before exec.
CHILD = """
import json, sys
from workflow_scripts.datasets import image_store as store
store.main(**json.loads(sys.argv[1]))
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def write_archive(path: Path, contents: list[bytes], images: int) -> None:
    """Write a tar archive of wnid folders, in which the contents come again and again."""
    with tarfile.open(path, "w") as archive:
        for number in range(images):
            wnid, content = WNIDS[number % len(WNIDS)], contents[number % len(contents)]
            info = tarfile.TarInfo(f"val/{wnid}/{number:08d}.JPEG")
            info.size = len(content)
            archive.addfile(info, BytesIO(content))
    write_digest(path)


def plain_loop(path: Path, archive: Archive, listing: Listing) -> None:
    """Write the pixels of all images, one after the other."""
    ensure()
    from open_clip import image_transform

    # Its last two steps make a normalised tensor, which would cost the loop more.
    steps = image_transform(VIEW["size"], is_train=False).transforms[:-2]
    with h5py.File(path, "w") as file:
        shape = (len(listing.labels), VIEW["size"], VIEW["size"], 3)
        pixels = file.create_dataset("pixels", shape, "uint8")
        for row, (_, content) in enumerate(archive.stream(set(listing.labels))):
            image = Image.open(BytesIO(content)).convert("RGB")
            for step in steps:
                image = step(image)
            pixels[row] = np.asarray(image)


def seconds(function: Callable[..., Any], *arguments: Any) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def throughput(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Images a second of the plain loop and of the store with one thread and with all."""
    archives = open_archives("wnid_folders", [folder / "few.tar"])
    listing = list_images("wnid_folders", archives, CLASSES, WNIDS)
    target = folder / "few.h5"
    plain_loop(target, archives[0], listing)  # imports open_clip, warms the caches
    times: dict[str, float] = {}
    for _ in range(chosen.repetitions):
        taken = {"plain_loop": seconds(plain_loop, target, archives[0], listing)}
        for threads in sorted({1, chosen.threads}):
            taken[f"store_{threads}"] = seconds(
                store.write_store, target, archives[0], listing, VIEW, threads, {}
            )
        for name, value in taken.items():
            times[name] = min(value, times.get(name, value))
    rates = {name: chosen.images / value for name, value in times.items()}
    return {
        "images_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "ratio_one_thread": round(rates["store_1"] / rates["plain_loop"], 2),
        "ratio_all_threads": round(rates[f"store_{chosen.threads}"] / rates["plain_loop"], 2),
    }


def memory(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Peak memory and seconds of a process that writes the large store; it starts no others."""
    settings = SETTINGS | {
        "archive_paths": [str(folder / "many.tar")],
        "store_path": str(folder / "many.h5"),
        "threads": chosen.threads,
        "images": chosen.stored,
    }
    command = [sys.executable, "-c", CHILD, json.dumps(settings)]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {
        "large_store_peak_gib": round(int(done.stdout) / 2**20, 3),
        "large_store_seconds": round(time.perf_counter() - start, 1),
        "large_store_gib": round((folder / "many.h5").stat().st_size / 2**30, 2),
    }


def main() -> None:
    """Run the benchmark, print and record it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument(
        "--folder", type=Path, help="with 15 GB of room; by default a temporary one"
    )
    chosen = parser.parse_args()
    contents = [
        jpeg(f"{row}", UPRIGHT if row % 3 == 0 else LANDSCAPE) for row in range(chosen.images)
    ]
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        write_archive(folder / "few.tar", contents, chosen.images)
        write_archive(folder / "many.tar", contents, chosen.stored)
        record = {
            **{name: getattr(chosen, name) for name in SIZES},
            "mean_kilobytes": round(np.mean([len(content) for content in contents]) / 1000, 1),
            **throughput(folder, chosen),
            **memory(folder, chosen),
            "machine": f"{chosen.threads} CPU cores, {platform.machine()}",
            "python": platform.python_version(),
        }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=2)
    (RESULTS / "image_store.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

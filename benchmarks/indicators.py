"""The indicators of a ViT-B/32 on a folder of photos, against open_clip's own code in a plain loop.

    python -m benchmarks.indicators [--images N --cores C]

The weights are random, the photos made up, of the sizes of ImageNet's. The plain loop is a process
that reads the model, and of each batch opens the images, does open_clip's preprocessing and calls
`encode_image`; the command goes from nothing to the report card. Both include the start.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.authentic.photos import jpeg
from workflow_scripts.networks.torchvision_operators import ensure

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
ARCHITECTURE, BATCH = "ViT-B-32", 64
LANDSCAPE, UPRIGHT = (500, 375), (375, 500)
LOOP = f"""
import sys
from pathlib import Path
from workflow_scripts.networks.torchvision_operators import ensure
ensure()
import open_clip, torch
from PIL import Image
weights, folder, cores = sys.argv[1:]
torch.set_num_threads(int(cores))
model, _, transform = open_clip.create_model_and_transforms("{ARCHITECTURE}", pretrained=weights)
model.eval()
paths = sorted(Path(folder).glob("*.jpg"))
with torch.inference_mode():
    for start in range(0, len(paths), {BATCH}):
        images = [transform(Image.open(path)) for path in paths[start : start + {BATCH}]]
        model.encode_image(torch.stack(images))
"""


def write_weights(path: Path) -> None:
    """Write random weights of the architecture."""
    ensure()
    import open_clip
    from safetensors.torch import save_file

    state = open_clip.create_model(ARCHITECTURE).state_dict()
    save_file({name: each.contiguous() for name, each in state.items()}, path)


def seconds(command: list[str], folder: Path) -> float:
    """Seconds that a process takes that has to succeed."""
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return time.perf_counter() - start


def measured(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Seconds of the loop and of the command, and of the command's two jobs that see images."""
    cores = str(chosen.cores)
    own = {"model": "./weights.safetensors", "architecture": ARCHITECTURE, "images": "./photos"}
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores",
               cores, "indicators", "--config", "device=cpu", f"own={json.dumps(own)}"]  # fmt: skip
    loop = seconds([sys.executable, "-c", LOOP, "weights.safetensors", "photos", cores], folder)
    whole = seconds(command, folder)
    logs = (folder / "logs" / "own" / "photos").rglob("*.benchmark.tsv")
    jobs = {path.parts[-3]: float(path.read_text().splitlines()[1].split("\t")[0]) for path in logs
            if {"image_store", "encode"} & {*path.parts}}  # fmt: skip
    return {
        "plain_loop_seconds": round(loop, 1),
        "command_seconds": round(whole, 1),
        "ratio": round(whole / loop, 2),
        "jobs_that_see_images_seconds": round(sum(jobs.values()), 1),
    }


def main() -> None:
    """Run the benchmark, print and record it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--cores", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        for row in range(chosen.images):
            content = jpeg(f"{row % 200}", UPRIGHT if row % 3 == 0 else LANDSCAPE)
            (folder / "photos" / f"{row}.jpg").write_bytes(content)
        write_weights(folder / "weights.safetensors")
        record = {
            "images": chosen.images,
            **measured(folder, chosen),
            "machine": f"{chosen.cores} CPU cores, {platform.machine()}",
            "python": platform.python_version(),
        }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=2)
    (RESULTS / "indicators.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

"""Where the CPU-seconds of the miniature's trainings go, on one core.

    python -m benchmarks.training_steps [--steps N] [--name NAME]

Of each architecture a training's steps are taken on random images and words, in the sizes and by
the recipe of the study; of a step, the phases: images (chosen, shifted, normalised), forward with
the loss, backward, optimiser. `start` is what a process takes to import what it trains with, which
a training of a few hundred steps feels.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
import yaml

from workflow_scripts.models.pretrain import loss_function
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks.architectures import build_clip
from workflow_scripts.networks.classifier import normaliser
from workflow_scripts.networks.devices import prepare
from workflow_scripts.training.augmentation import change, random_changes
from workflow_scripts.training.loop import Forward
from workflow_scripts.training.optimisers import Optimisers

ROOT = Path(__file__).resolve().parents[1]
STUDY = ROOT / "studies" / "miniature"
# A model's name to its architecture and recipe
TRAININGS = {
    "CLIP, RN-mini": ("RN-mini", "contrastive_resnet"),
    "CLIP, ViT-mini": ("ViT-mini", "contrastive_vit"),
    "CoCa-ViT-mini": ("CoCa-ViT-mini", "contrastive_vit"),
    "supervised, RN-mini": ("RN-mini", "supervised_resnet"),
    "supervised, ViT-mini": ("ViT-mini", "supervised_vit"),
}
IMAGES, WORDS, CLASSES, WARM_UP = 2000, 60, 40, 3
START = "import resource, workflow_scripts.models.{module}; from resource import *; \
print(sum(getrusage(RUSAGE_SELF)[:2]))"


def phases(architecture: dict[str, Any], recipe: dict[str, Any], steps: int) -> dict[str, float]:
    """Milliseconds of CPU time of each phase of a step, on average."""
    supervised = recipe["origin"] == "supervised"
    if supervised:
        model = new_classifier(architecture, CLASSES, seed=0).train()
    else:
        model = build_clip(architecture, recipe["logit_scale"], WORDS).train()
    texts = torch.randint(1, WORDS, (IMAGES, architecture["text_cfg"]["context_length"]))
    labels = torch.arange(IMAGES) % CLASSES
    pixels = torch.randint(0, 256, (IMAGES, 32, 32, 3), dtype=torch.uint8)
    optimisers, forward = Optimisers(model, recipe, 100 * steps), Forward(model, "float32")
    loss_of = None if supervised else loss_function(architecture, recipe)
    normalise, generator = normaliser([0.5] * 3, [0.3] * 3), torch.Generator().manual_seed(0)
    spent = dict.fromkeys(("images", "forward", "backward", "optimiser"), 0.0)
    for step in range(WARM_UP + steps):
        moments = [time.process_time()]
        rows = torch.randperm(IMAGES, generator=generator)[: recipe["batch_size"]]
        changes = random_changes(len(rows), recipe, generator)
        images = normalise(change(pixels, rows, recipe, *changes))
        moments.append(time.process_time())
        if loss_of:
            loss = loss_of(forward(images, texts[rows]))
        else:
            loss = torch.nn.functional.cross_entropy(forward(images), labels[rows])
        moments.append(time.process_time())
        loss.backward()
        moments.append(time.process_time())
        optimisers.step(step)
        moments.append(time.process_time())
        if step >= WARM_UP:
            for name, start, end in zip(spent, moments, moments[1:], strict=False):
                spent[name] += end - start
    return {name: round(1000 * seconds / steps, 1) for name, seconds in spent.items()}


def start(module: str) -> float:
    """CPU-seconds of a process that imports what trains."""
    command = [sys.executable, "-c", START.format(module=module)]
    return round(float(subprocess.run(command, cwd=ROOT, capture_output=True).stdout), 1)


def main() -> None:
    """Run the benchmark, print and record it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--name", default="training_steps", help="of the file with the results")
    chosen = parser.parse_args()
    prepare("cpu", 1)
    torch.manual_seed(0)
    recipes = yaml.safe_load((STUDY / "study.yaml").read_text())["recipes"]
    found = {
        "machine": f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}",
        "start_seconds": {name: start(name) for name in ("pretrain", "supervise")},
        "milliseconds_of_a_step": {},
    }
    for name, (architecture, recipe) in TRAININGS.items():
        config = json.loads((STUDY / "architectures" / f"{architecture}.json").read_text())
        found["milliseconds_of_a_step"][name] = phases(config, recipes[recipe], chosen.steps)
    path = ROOT / "benchmarks" / "results" / f"{chosen.name}.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()

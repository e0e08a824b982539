"""Pruning a head at 21 points: one sweep against recomputing each point, in the same run.

    python -m benchmarks.pruning [--images N --classes K --width D --steps S --threads T --gpu]

The size is that of ImageNet's validation set, its classes and a ViT-B. The naive way multiplies the
activations anew with the pruned weight matrix of each point, in batches of its own best size.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PARSER = argparse.ArgumentParser(description=__doc__.splitlines()[0])
SIZES = {"images": 50_000, "classes": 1000, "width": 768, "steps": 20, "threads": 1}
for name, default in SIZES.items():
    PARSER.add_argument(f"--{name}", type=int, default=default)
PARSER.add_argument("--gpu", action="store_true", help="also time the sweep on the CUDA device")
PARSER.add_argument("--name", default="pruning", help="of the file with the results")
CHOSEN = PARSER.parse_args()
# Read by numpy's BLAS once, when it is imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(CHOSEN.threads)

import numpy as np  # noqa: E402

from workflow_scripts.method.head import Head  # noqa: E402
from workflow_scripts.method.pruning import PrunedHead, kept_directions  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
REPETITIONS = 3
NAIVE_BATCHES = (512, 2048, 8192)


def naive(pruned: PrunedHead, h: np.ndarray, kept: np.ndarray, rows: int) -> np.ndarray:
    """The class with the largest logit, from a pruned matrix for each point: int32 [N, points]."""
    best = np.empty((len(h), len(kept)), dtype=np.int32)
    for point, count in enumerate(kept):
        weight = pruned.terms[:count].T @ pruned.directions[:count]
        for start in range(0, len(h), rows):
            logits = pruned.head.reads(h[start : start + rows]) @ weight.T + pruned.bias
            best[start : start + rows, point] = logits.argmax(axis=1)
    return best


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """Seconds of a call, and what it returns."""
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def main() -> None:
    """Run the benchmark, print and record it."""
    rng = np.random.default_rng(0)
    # Singular values fall as those of real heads do, so that some directions matter little.
    weight = rng.normal(size=(CHOSEN.classes, CHOSEN.width)) * 0.99 ** np.arange(CHOSEN.width)
    head = Head(weight.astype(np.float32), None, True)
    h = rng.normal(size=(CHOSEN.images, CHOSEN.width)).astype(np.float32)
    pruned = PrunedHead.of(head, np.arange(CHOSEN.classes))
    kept = kept_directions(pruned.rank, CHOSEN.steps)
    order, few = np.arange(pruned.rank)[None], h[:8192]
    rows = min(NAIVE_BATCHES, key=lambda size: timed(naive, pruned, few, kept[-2:], size)[0])
    slow, expected = timed(naive, pruned, h, kept, rows)
    runs = [timed(pruned.sweep, h, order, kept) for _ in range(REPETITIONS)]
    fast, found = min(seconds for seconds, _ in runs), runs[0][1]
    record = {
        **{name: getattr(CHOSEN, name) for name in SIZES},
        "points": len(kept),
        "naive_batch": rows,
        "naive_seconds": round(slow, 2),
        "sweep_seconds": round(fast, 2),
        "speedup": round(slow / fast, 1),
        "arg_max_agreement": float((found[:, 0] == expected).mean()),
        "machine": f"{CHOSEN.threads} CPU cores, {platform.machine()}",
        "python": platform.python_version(),
    }
    if CHOSEN.gpu:
        pruned.sweep_on_gpu(few, order, kept)
        seconds, other = timed(pruned.sweep_on_gpu, h, order, kept)
        record |= {
            "gpu_sweep_seconds": round(seconds, 3),
            "gpu_arg_max_agreement": float((other == found).mean()),
        }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=2)
    (RESULTS / f"{CHOSEN.name}.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

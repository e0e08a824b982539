"""Average precision at the real size: the kernel against a loop over scikit-learn's function.

    python -m benchmarks.average_precision [--images N --concepts C --directions R --threads T]

The memberships are synthetic, with Broden's skew of sizes. The loop is timed on a sample of the
very same pairs of a concept and a direction, in the same run, and their results are compared.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.metrics import average_precision_score

from workflow_scripts.method.precision import ConceptSets, average_precision, sets_by_image

RESULTS = Path(__file__).resolve().parent / "results"
BRODEN = {"images": 63_305, "concepts": 1_197, "directions": 768}
MEMBERSHIPS = 1_000_000  # labels of images, about as many as Broden has
SMALLEST = 10  # images of the rarest concept, Broden's minimum
COMMONEST = 0.93  # share of the images that show the most frequent concept, a colour
REPETITIONS = 3

Sides = tuple[list[np.ndarray], list[np.ndarray]]  # images with each concept, and without


class MadeUp(NamedTuple):
    """The input of both ways."""

    projections: np.ndarray  # float32 [N, R]
    sides: Sides  # balanced
    sets: ConceptSets  # the same
    memberships: int  # labels of images


class Timing(NamedTuple):
    """What the kernel took, and gave."""

    seconds: float  # the best of several runs after compilation
    first_call: float
    result: tuple[np.ndarray, np.ndarray]


def sizes_with_broden_skew(images: int, concepts: int) -> np.ndarray:
    """Number of images of each concept: a few in nearly all images, most in some dozens.

    Sizes fall with the rank as a power law, whose exponent is chosen so that they sum to
    `MEMBERSHIPS` at Broden's number of images.
    """
    target = MEMBERSHIPS * images / BRODEN["images"]
    ranks = np.arange(1, concepts + 1)
    low, high = 0.0, 4.0
    for _ in range(60):
        exponent = (low + high) / 2
        sizes = np.clip(COMMONEST * images * ranks**-exponent, SMALLEST, COMMONEST * images)
        low, high = (exponent, high) if sizes.sum() > target else (low, exponent)
    return sizes.astype(int)


def made_up(images: int, concepts: int, directions: int) -> MadeUp:
    """Random projections, and balanced sets with Broden's skew."""
    rng = np.random.default_rng(0)
    sides: Sides = ([], [])
    sizes = sizes_with_broden_skew(images, concepts)
    for size in sizes:
        order = rng.permutation(images)
        count = min(size, images - size)
        sides[0].append(order[:size][:count])
        sides[1].append(order[size:][:count])
    projections = rng.standard_normal((images, directions), dtype=np.float32)
    return MadeUp(projections, sides, sets_by_image(*sides, images), int(sizes.sum()))


def time_kernel(made: MadeUp, threads: int) -> Timing:
    """Time the kernel."""
    start = time.perf_counter()
    average_precision(made.projections[:, :1], made.sets, threads)
    first = time.perf_counter() - start
    seconds = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        result = average_precision(made.projections, made.sets, threads)
        seconds.append(time.perf_counter() - start)
    return Timing(min(seconds), first, result)


def time_loop(
    made: MadeUp, result: tuple[np.ndarray, np.ndarray], pairs: int
) -> tuple[float, float]:
    """Seconds per pair and sign of scikit-learn's function, and the largest difference.

    The pairs are a random sample; what prepares the arguments is not timed.
    """
    projections, sides = made.projections, made.sides
    rng = np.random.default_rng(1)
    seconds, difference = 0.0, 0.0
    for concept, direction in zip(
        rng.integers(len(sides[0]), size=pairs), rng.integers(projections.shape[1], size=pairs),
        strict=True,
    ):  # fmt: skip
        rows = np.concatenate([side[concept] for side in sides])
        truth = np.repeat([1, 0], [len(side[concept]) for side in sides])
        scores = projections[rows, direction]
        for sign, values in zip((1, -1), result, strict=True):
            start = time.perf_counter()
            expected = average_precision_score(truth, sign * scores)
            seconds += time.perf_counter() - start
            difference = max(difference, abs(float(values[concept, direction]) - expected))
    return seconds / (2 * pairs), difference


def peak_memory() -> float:
    """GiB that a process needs which only makes the input and runs the kernel once."""
    command = [sys.executable, "-m", "benchmarks.average_precision", "--memory", *sys.argv[1:]]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Run the benchmark, print and record it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in BRODEN.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=1000, help="pairs that the loop is timed on")
    parser.add_argument("--name", default="average_precision", help="of the file with the results")
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    size = (chosen.images, chosen.concepts, chosen.directions)
    made = made_up(*size)
    if chosen.memory:
        average_precision(made.projections, made.sets, chosen.threads)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
        return
    seconds, first, result = time_kernel(made, chosen.threads)
    per_pair, difference = time_loop(made, result, chosen.pairs)
    pairs = chosen.concepts * chosen.directions
    # Both compute both signs of each direction.
    loop = 2 * pairs * per_pair
    record = {
        **{name: getattr(chosen, name) for name in (*BRODEN, "threads")},
        "memberships": made.memberships,
        "set_members": int(made.sets.sizes.sum()),
        "kernel_seconds": round(seconds, 2),
        "first_call_seconds": round(first, 2),
        "kernel_peak_gib": round(peak_memory(), 2),
        "loop_sampled_pairs": chosen.pairs,
        "loop_seconds_per_pair_and_sign": float(f"{per_pair:.3g}"),
        "loop_seconds_in_all": round(loop),
        "loop_seconds_of_one_sign": round(loop / 2),
        "speedup": round(loop / seconds),
        "speedup_if_the_loop_did_one_sign": round(loop / 2 / seconds),
        "largest_difference": float(f"{difference:.2g}"),
        "machine": f"{chosen.threads} CPU cores, {platform.machine()}",
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=2)
    (RESULTS / f"{chosen.name}.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

"""CKA between all layers of two models: one pass against recomputing HSIC for every pair.

    python -m benchmarks.cka [--layers L --images N --batch B --features F --threads T]

The features are those of 12 blocks of a ViT-B/32 (50 tokens of width 768) and its output. The
straightforward way, as in the package that the paper used, computes HSIC(a, a), HSIC(b, b) and
HSIC(a, b) from Gram matrices of their own for every pair of layers; it is timed on a part of the
pairs. Both give the same CKA.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import torch

from workflow_scripts.method.cka import Comparison, centred_gram

RESULTS = Path(__file__).resolve().parent / "results"
SIZES = {"layers": 13, "images": 1024, "batch": 256, "features": 38_400, "threads": 1}
FEW = slice(0, 2)  # layers whose pairs the straightforward way is timed on


def straightforward(
    first: list[torch.Tensor], second: list[torch.Tensor], batch: int
) -> torch.Tensor:
    """CKA [layers, layers] with HSIC recomputed for every pair and batch, in float64."""
    result = torch.empty(len(first), len(second), dtype=torch.float64)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            sums = torch.zeros(3, dtype=torch.float64)
            for x, y in zip(a.split(batch), b.split(batch), strict=True):
                pairs = ((x, y), (x, x), (y, y))
                sums += torch.tensor([unbiased_hsic(*pair) for pair in pairs]) * len(x)
            result[i, j] = sums[0] / (sums[1] * sums[2]).sqrt()
    return result


def unbiased_hsic(x: torch.Tensor, y: torch.Tensor) -> float:
    """Equation 5 of Song et al. 2012, term by term."""
    k, m = (each @ each.T for each in (x.double(), y.double()))
    n = len(k)
    k.fill_diagonal_(0)
    m.fill_diagonal_(0)
    trace = torch.trace(k @ m)
    sums = k.sum() * m.sum() / ((n - 1) * (n - 2))
    return float((trace + sums - 2 * (k.sum(0) @ m.sum(0)) / (n - 2)) / (n * (n - 3)))


def one_pass(first: list[torch.Tensor], second: list[torch.Tensor], batch: int) -> torch.Tensor:
    """The same from one Gram matrix a layer and batch."""
    comparison = Comparison(full=True)
    for start in range(0, len(first[0]), batch):
        part = slice(start, start + batch)
        comparison.add(*([centred_gram(each[part]) for each in side] for side in (first, second)))
    return comparison.cka()


def main() -> None:
    """Run the benchmark, print and record it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(0)
    widths = [chosen.features] * (chosen.layers - 1) + [512]
    first = [torch.randn(chosen.images, width) for width in widths]
    second = [each + torch.randn_like(each) for each in first]
    start = time.perf_counter()
    expected = straightforward(first[FEW], second[FEW], chosen.batch)
    per_pair = (time.perf_counter() - start) / expected.numel()
    start = time.perf_counter()
    found = one_pass(first, second, chosen.batch)
    seconds = time.perf_counter() - start
    slow = per_pair * chosen.layers**2
    record = vars(chosen) | {
        "straightforward_seconds_per_pair": round(per_pair, 2),
        "straightforward_seconds_in_all": round(slow),
        "one_pass_seconds": round(seconds, 2),
        "speedup": round(slow / seconds, 1),
        "largest_difference": float(f"{(found[FEW, FEW] - expected).abs().max():.2g}"),
        "machine": f"{chosen.threads} CPU cores, {platform.machine()}",
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=2)
    (RESULTS / "cka.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

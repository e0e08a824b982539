"""Where the CPU-seconds of a finished run went, stage by stage, beside the committed record.

    python -m benchmarks.whole_run [--study NAME --record --wall SECONDS]

It reads what each job has written at the end of its log, so run it after a cold `make all_figures`.
(Snakemake's benchmark files look at a job every half minute and miss what it did since; by
what they say of each job, which is on record, too, a run tells how long it may take.) Machines
differ: the record's seconds are scaled by the yardstick, a fixed piece of training that is timed
here and was timed where the record was made.
"""

import argparse
import json
import platform
import re
import time
from collections import Counter
from pathlib import Path

import torch

from workflow_scripts.plan import durations

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
STEPS, REPETITIONS = 20, 3
# What `job.lifecycle` says last
DONE = re.compile(r"is done: ([\d.]+) CPU-seconds, (\d+) MiB$", re.MULTILINE)


def yardstick() -> float:
    """CPU-seconds of some training steps of a small network on one core: the least of a few."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 32, 3, stride=2, padding=1),
        torch.nn.BatchNorm2d(32),
        torch.nn.GELU(),
        torch.nn.Flatten(2),
        torch.nn.Linear(256, 384),
        torch.nn.GELU(),
        torch.nn.Linear(384, 256),
    )
    optimiser = torch.optim.AdamW(network.parameters(), fused=True)
    images = torch.rand(128, 3, 32, 32)
    return min(_trained(network, optimiser, images) for _ in range(REPETITIONS))


def _trained(
    network: torch.nn.Module, optimiser: torch.optim.Optimizer, images: torch.Tensor
) -> float:
    start = time.process_time()
    for _ in range(STEPS):
        network(images).square().mean().backward()
        optimiser.step()
        optimiser.zero_grad()
    return time.process_time() - start


def measured(logs: Path) -> dict:
    """CPU-seconds by stage and by rule, number of jobs and largest memory of a finished run."""
    stages: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    memory = {}
    for file in sorted(logs.rglob("*.log")):
        name = file.relative_to(logs).as_posix().removesuffix(".log")
        parts = name.split("/")
        for seconds, mebibytes in DONE.findall(file.read_text(encoding="utf-8")):
            stages[parts[0]] += float(seconds)
            rules["/".join(parts[: 3 if parts[0] == "measures" else 2])] += float(seconds)
            memory[name] = int(mebibytes)
    if not memory:
        raise SystemExit(f"{logs}: found no finished jobs; run `make all_figures` first")
    largest = max(memory, key=memory.__getitem__)
    return {
        "jobs": len(memory),
        "cpu_seconds": round(sum(stages.values())),
        "stages": {name: round(value) for name, value in sorted(stages.items())},
        "rules": {name: round(value) for name, value in rules.most_common(12)},
        "largest_job": {"name": largest, "mib": memory[largest]},
        "seconds": {name: round(value, 1) for name, value in durations.measured(logs).items()},
    }


def comparison(found: dict, record: dict) -> str:
    """Found and recorded CPU-seconds, the record's scaled by the yardsticks."""
    scale = found["yardstick_seconds"] / record["yardstick_seconds"]
    lines = [f"{'CPU-seconds':32} {'found':>8} {'record':>8} {'more':>8}"]
    for kind in ("stages", "rules"):
        for name in {**found[kind], **record[kind]}:
            now, then = found[kind].get(name), record[kind].get(name)
            more = "" if now is None or then is None else f"{now - scale * then:+8.0f}"
            before = "" if then is None else f"{scale * then:.0f}"
            lines.append(f"{name:32} {'' if now is None else now:>8} {before:>8} {more:>8}")
    total = found["cpu_seconds"], scale * record["cpu_seconds"]
    lines.append(f"{'all':32} {total[0]:>8} {total[1]:>8.0f} {total[0] - total[1]:+8.0f}")
    lines.append(f"yardstick: {scale:.2f} times the record's ({record['machine']})")
    return "\n".join(lines)


def main() -> None:
    """Print the comparison; replace the record if told to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", default="miniature")
    parser.add_argument("--logs", type=Path, help="another folder than logs/<study>")
    parser.add_argument("--record", action="store_true", help="replace the committed record")
    parser.add_argument("--wall", type=int, help="seconds that the run took, for the record")
    chosen = parser.parse_args()
    file = RESULTS / f"whole_run_{chosen.study}.json"
    found = {
        **measured(chosen.logs or ROOT / "logs" / chosen.study),
        "yardstick_seconds": round(yardstick(), 2),
        "machine": f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}",
    }
    if chosen.wall:
        found["wall_seconds"] = chosen.wall
    if file.exists():
        print(comparison(found, json.loads(file.read_text())))
    if chosen.record:
        file.write_text(json.dumps(found, indent=2) + "\n")
        print(f"written: {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

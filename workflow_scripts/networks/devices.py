"""Where the networks run."""

import fcntl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import torch

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import distributed

# Locks of the GPUs that this process uses; the system releases them when it ends.
claimed: list[IO[str]] = []


def prepare(device: str, threads: int) -> str:
    """The torch device ("cpu" or "cuda") for a configured one, with deterministic settings.

    ASSUME: float32 throughout, TensorFloat-32 off: kurtosis is a fourth moment, and outlier
    features are what lower precision rounds first.

    Raises
    ------
    InputError: CUDA is demanded and absent.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "config.yaml, key device: found 'cuda', but torch sees no CUDA device; use auto or cpu"
        )
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    chosen = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    if chosen == "cpu":
        torch.use_deterministic_algorithms(True)
        # A help in finding reads of memory that nobody wrote, paid for at each allocation
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    elif distributed.size() == 1:
        torch.cuda.set_device(claim_gpu())
    return chosen


def computes_bfloat16(device: str) -> bool:
    """Whether a device has instructions for bfloat16; others emulate it, several times slower."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # What torch was told to use (ATEN_CPU_CAPABILITY) counts, and not only what is there.
    is_wide_x86 = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    wanted = ("avx512_bf16", "amx_bf16") if is_wide_x86 else ("bf16",)  # the last is Arm's
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in wanted)


def training_precision(recipe: Mapping[str, Any], device: str) -> str:
    """The precision "float32" or "bfloat16" of a training: the recipe's, where it is computed."""
    precision = recipe.get("precision", "float32")
    return precision if precision != "bfloat16" or computes_bfloat16(device) else "float32"


def claim_gpu(otherwise: int = 0) -> int:
    """Number of the first visible GPU that no other process of this machine has claimed.

    Jobs that run side by side (`--resources gpu=4`) would all take the first one. It is `otherwise`
    if all are claimed.
    """
    for number in range(torch.cuda.device_count()):
        name = f"interpreting-clip-gpu-{torch.cuda.get_device_properties(number).uuid}.lock"
        try:
            lock = (Path(tempfile.gettempdir()) / name).open("a")
        except OSError:  # another user's, who may hold it or not
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        claimed.append(lock)
        return number
    return otherwise

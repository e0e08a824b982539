"""Where the networks run."""

import torch

from workflow_scripts.lib.errors import InputError


def prepare(device, threads):
    """The torch device ("cpu" or "cuda") for a configured one, with deterministic settings.

    ASSUME: float32 throughout, TensorFloat-32 off: kurtosis is a fourth moment, and outlier
    features are what lower precision rounds first.

    Raises
    ------
    InputError if CUDA is demanded and absent.
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
    return chosen

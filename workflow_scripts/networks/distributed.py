"""What a process knows and does of the others that train the same model, one for each GPU.

A single process is the first of one, and nothing here does anything then; see `launcher`.
"""

import torch
import torch.distributed as dist
from torch.nn.modules.batchnorm import _BatchNorm


def _active() -> bool:
    return dist.is_available() and dist.is_initialized()


def rank() -> int:
    """Number of this process, from 0."""
    return dist.get_rank() if _active() else 0


def size() -> int:
    """Number of processes."""
    return dist.get_world_size() if _active() else 1


def is_first() -> bool:
    """Whether this process is the one that writes files."""
    return rank() == 0


def wait() -> None:
    """Wait until all processes are here."""
    if size() > 1:
        dist.barrier()


def mean_(tensor: torch.Tensor) -> torch.Tensor:
    """Replace a tensor by its mean over the processes; the tensor."""
    if size() > 1:
        dist.all_reduce(tensor)
        tensor /= size()
    return tensor


def wrapped(model: torch.nn.Module) -> torch.nn.Module:
    """The model, with gradients that are the mean over the processes."""
    if size() == 1:
        return model
    # Batch norm's statistics are made equal once an epoch, see `average_statistics`.
    return torch.nn.parallel.DistributedDataParallel(model, forward_sync_buffers=False)


def average_statistics(model: torch.nn.Module) -> None:
    """Replace the running means and variances of batch norm by the means over the processes.

    ASSUME: as usual where several GPUs train, an image is normalised with the statistics of those
    that its process holds at the time; the recipe's `micro_batch_size` sets their number.
    """
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            for statistic in (module.running_mean, module.running_var):
                if statistic is not None:
                    mean_(statistic)

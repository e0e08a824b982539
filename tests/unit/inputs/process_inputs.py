"""Processes that end in several ways: what tests let `launcher.launch` call."""

import logging
import os
import signal
from pathlib import Path

import torch

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import distributed

log = logging.getLogger("workflow_scripts.test")


def main(device, threads, folder, ending):
    """Tell who is there, and end."""
    log.info("process %d of %d has %d threads", distributed.rank(), distributed.size(), threads)
    total = distributed.mean_(torch.tensor(float(distributed.rank())))
    (Path(folder) / f"started-{distributed.rank()}").write_text(f"{os.getpid()} {total}")
    if ending:
        ENDINGS[ending](Path(folder), distributed.rank())
    distributed.wait()


def mistake(folder, rank):
    """One process finds a mistake in the input, and the others wait for it."""
    if rank == 1:
        raise InputError("image 7 is corrupt; obtain the archive again")


def full_disk(folder, rank):
    """One process cannot write."""
    if rank == 0:
        raise OSError(28, "No space left on device", str(folder / "training.pt"))


def bug(folder, rank):
    """One process comes upon an error that nobody foresaw."""
    if rank == 1:
        raise ZeroDivisionError("by nought")


def endless(folder, rank):
    """All wait for a process that does not come."""
    if rank == 0:
        signal.pause()


ENDINGS = {each.__name__: each for each in (mistake, full_disk, bug, endless)}

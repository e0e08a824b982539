"""The training loop that every model of a study goes through, on one process or on several."""

import logging
import math
import shlex
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch

from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.digests import sha256_file, sha256_text
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import AGAIN, reading
from workflow_scripts.networks import distributed
from workflow_scripts.networks.devices import training_precision
from workflow_scripts.training.batches import derived_seed
from workflow_scripts.training.images import ImageSource
from workflow_scripts.training.optimisers import Optimisers

log = logging.getLogger(__name__)


# Rows int64 [B] and images [B, 3, H, W], each piece as large as fits
Pieces = Sequence[tuple[torch.Tensor, torch.Tensor]]
# A function for each piece; their values add up to the loss of this process's part of a batch
Losses = Sequence[Callable[[], torch.Tensor]]


def fingerprint(stamp: str, *files: Path | str) -> str:
    """What a training depends on, as 16 hexadecimal digits: its rule's stamp and small files."""
    return sha256_text(stamp, *(sha256_file(Path(file)) for file in files))[:16]


@contextmanager
def unfinished(folder: Path | str, cause: str) -> Iterator[Path]:
    """Yield a folder below `folder` for what an unfinished training needs to be resumed.

    It outlives a kill, and goes when the block succeeds. `cause` is the training's `fingerprint`:
    what is left of a training with another one is not resumed, but stays for when its settings
    come back; it may be hours of a GPU.
    """
    state = Path(folder) / f".unfinished-{cause}"
    if distributed.is_first():
        for other in state.parent.glob(".unfinished-*"):
            if other != state:
                log.warning(
                    "%s is of an unfinished training with other settings, data or code: set aside. "
                    "It goes on if these are as they were; rm -r %s clears it",
                    other,
                    shlex.quote(str(other)),
                )
        state.mkdir(parents=True, exist_ok=True)
    distributed.wait()
    yield state
    if distributed.is_first():
        shutil.rmtree(state)


def fit(
    model: torch.nn.Module,
    losses: Callable[["Forward", Pieces], Losses],
    images: ImageSource,
    recipe: dict[str, Any],
    checkpoint: Path,
    after_epoch: Callable[[int], None] | None = None,
) -> None:
    """Train `model` for the recipe's epochs, resuming after the last finished one.

    Parameters
    ----------
    model: trained in place.
    losses: called for each batch.
    images: source of batches; their order and all that is random follow from its seed and the
        epoch alone, so that a resumed training repeats an uninterrupted one.
    recipe: one of the study's.
    checkpoint: path of the training state, written after each epoch; see `unfinished`.
    after_epoch: called by the first process with the number of the epoch, from 1, for instance to
        keep its weights; after a kill it may be called for the same epoch again.

    Raises
    ------
    InputError: the loss ceases to be finite, or the training state cannot be read.
    """
    device = next(model.parameters()).device.type
    precision = training_precision(recipe, device)
    if precision != recipe.get("precision", "float32"):
        log.info("this %s has no instructions for bfloat16: float32 is used", device.upper())
    optimisers = Optimisers(model, recipe, images.batches().steps * recipe["epochs"], precision)
    finished = _resume(model, optimisers, checkpoint)
    forward = Forward(model, precision)
    for epoch in range(finished, recipe["epochs"]):
        loss = _train_epoch(forward, losses, images, epoch, optimisers)
        if not math.isfinite(loss):
            raise InputError(
                f"{checkpoint}: the training loss of epoch {epoch + 1} is {loss}, expected a "
                "finite number; lower the learning rate or set gradient_clip in the recipe"
            )
        log.info("epoch %d of %d: loss %.4f", epoch + 1, recipe["epochs"], loss)
        distributed.average_statistics(model)
        if distributed.is_first():
            if after_epoch is not None:
                after_epoch(epoch + 1)
            _save(model, optimisers, checkpoint, epoch + 1)


def _train_epoch(
    forward: "Forward",
    losses: Callable[["Forward", Pieces], Losses],
    images: ImageSource,
    epoch: int,
    optimisers: Optimisers,
) -> float:
    """Go through the images once; the mean loss."""
    forward.model.train()
    # For what is random inside a model, such as dropout: different in each process and epoch.
    torch.manual_seed(derived_seed(images.seed, epoch, distributed.rank()))
    total = torch.zeros((), dtype=torch.float64, device=forward.device)
    steps, size = images.batches().steps, optimisers.recipe.get("micro_batch_size")
    for index, (rows, pixels) in enumerate(images.epoch(epoch)):
        parts = (each.split(size or len(rows)) for each in (rows, pixels))
        pieces = list(zip(*parts, strict=True))
        for number, loss in enumerate(losses(forward, pieces), start=1):
            with forward.synchronised(number == len(pieces)):
                value = loss()
                value.backward()
            total += value.detach()
        optimisers.step(epoch * steps + index)
    return float(distributed.mean_(total)) / steps


class Forward:
    """A model's forward pass in a training's precision, with outputs in float32.

    Its gradients are the mean over the processes. Weights are float32 whatever the precision.
    """

    def __init__(self, model: torch.nn.Module, precision: str) -> None:
        self.model, self.device = model, next(model.parameters()).device
        self._wrapped: Any = distributed.wrapped(model)
        self._rounded = precision == "bfloat16"

    def __call__(self, *inputs: torch.Tensor | bool) -> Any:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._rounded):
            outputs = self._wrapped(*inputs)
        return _float32(outputs)

    def synchronised(self, now: bool) -> AbstractContextManager[None]:
        """A context for a forward and a backward pass: gradients are averaged now, or later."""
        return nullcontext() if now or self._wrapped is self.model else self._wrapped.no_sync()


def _float32(outputs: Any) -> Any:
    if isinstance(outputs, dict):
        return {key: _float32(value) for key, value in outputs.items()}
    if isinstance(outputs, tuple):
        return tuple(map(_float32, outputs))
    return outputs.float() if outputs.is_floating_point() else outputs


def _save(model: torch.nn.Module, optimisers: Optimisers, checkpoint: Path, epoch: int) -> None:
    state = {"epoch": epoch, "model": model.state_dict(), "optimisers": optimisers.state()}
    with replacing(checkpoint) as temporary:
        torch.save(state, temporary)


def _check_sums(checkpoint: Path) -> None:
    """Compare each part of a training state with its checksum, which torch.load does not."""
    with zipfile.ZipFile(checkpoint) as archive:
        if name := archive.testzip():
            raise zipfile.BadZipFile(f"bad CRC-32 of {name}")


def _resume(model: torch.nn.Module, optimisers: Optimisers, checkpoint: Path) -> int:
    """Load the training state if there is one; the number of finished epochs."""
    if not checkpoint.exists():
        return 0
    with reading(checkpoint, f"{AGAIN}, from the first epoch on"):
        _check_sums(checkpoint)
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimisers.restore(state["optimisers"])
    log.info("resuming after epoch %d of %s", state["epoch"], checkpoint)
    return state["epoch"]

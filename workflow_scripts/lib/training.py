"""The training loop that every model of a study goes through: epochs, schedule, resumption."""

import logging
import math
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from workflow_scripts.lib.atomic import replacing
from workflow_scripts.lib.digests import sha256_file, sha256_text
from workflow_scripts.lib.errors import InputError

log = logging.getLogger(__name__)


def schedule_factor(recipe, step, steps):
    """Factor in (0, 1] on the learning rates at a step of a training of `steps` steps.

    Linear warm-up, then cosine to zero, constant, or (`steps`, Appendix H.2) a tenth after each
    third of the training.
    """
    warmup = recipe["warmup_steps"]
    if step < warmup:
        return (step + 1) / (warmup + 1)
    share = (step - warmup) / max(1, steps - warmup)
    if recipe["schedule"] == "cosine":
        return 0.5 * (1 + math.cos(math.pi * share))
    if recipe["schedule"] == "steps":
        return 0.1 ** math.floor(3 * step / steps)
    return 1.0


def optimisers(model, recipe):
    """The optimisers of a recipe: AdamW and, where it sets `matrix_learning_rate`, Muon.

    Weight decay is decoupled and applies to matrices and convolutions only. Muon takes the
    matrices of transformer blocks; `projection_learning_rate` is that of the projections into
    the representation space.
    """
    groups, matrices = {}, []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if (
            recipe.get("matrix_learning_rate")
            and ".resblocks." in f".{name}"
            and parameter.ndim == 2
        ):
            matrices.append(parameter)
            continue
        rate, decay = _rate_and_decay(name, parameter, recipe)
        groups.setdefault((rate, decay), []).append(parameter)
    adam = torch.optim.AdamW(
        [
            {"params": parameters, "lr": rate, "weight_decay": decay}
            for (rate, decay), parameters in groups.items()
        ],
        betas=tuple(recipe["betas"]),
    )
    if not matrices:
        return [adam]
    muon = torch.optim.Muon(
        matrices, lr=recipe["matrix_learning_rate"], weight_decay=recipe["weight_decay"]
    )
    return [adam, muon]


def _rate_and_decay(name, parameter, recipe):
    """Learning rate and weight decay of a parameter by its name and shape."""
    if name.endswith("logit_scale"):
        return recipe["logit_scale_learning_rate"], 0.0
    is_matrix = parameter.ndim >= 2 and "embedding" not in name
    decay = recipe["weight_decay"] if is_matrix else 0.0
    projection = name.endswith(("visual.proj", "encoder.proj", "text.projection.weight"))
    rate = recipe.get("projection_learning_rate") if projection else None
    return recipe["learning_rate"] if rate is None else rate, decay


def fingerprint(stamp, *files):
    """What a training depends on, as 16 hexadecimal digits: its rule's stamp and small files."""
    return sha256_text(stamp, *(sha256_file(Path(file)) for file in files))[:16]


@contextmanager
def unfinished(folder, cause):
    """Yield a folder below `folder` for what an unfinished training needs to be resumed.

    It outlives a kill, and goes when the block succeeds. `cause` is the training's `fingerprint`:
    what is left of a training with another one is removed and not resumed.
    """
    state = Path(folder) / f".unfinished-{cause}"
    for other in state.parent.glob(".unfinished-*"):
        if other != state:
            log.info("%s is of a training with other settings, data or code: removed", other)
            shutil.rmtree(other)
    state.mkdir(parents=True, exist_ok=True)
    yield state
    shutil.rmtree(state)


def fit(model, loss_of_batch, images, recipe, seed, checkpoint, after_epoch=None):
    """Train `model` for the recipe's epochs, resuming after the last finished one.

    Parameters
    ----------
    model : torch.nn.Module; trained in place
    loss_of_batch : callable (rows int64 [B], generator, share of the training done in [0, 1])
        -> scalar loss
    images : number of training images
    recipe : dict of a study's recipe
    seed : int; the order of images and all augmentation follow from it and the epoch alone, so
        that a resumed training repeats an uninterrupted one
    checkpoint : path of the training state, written after each epoch; see `unfinished`
    after_epoch : callable (epoch from 1), for instance to keep the epoch's weights; after a kill
        it may be called for the same epoch again

    Raises
    ------
    InputError if the loss ceases to be finite.
    """
    steps_per_epoch = max(1, images // recipe["batch_size"])
    steps = steps_per_epoch * recipe["epochs"]
    optimiser_list = optimisers(model, recipe)
    rates = [[group["lr"] for group in each.param_groups] for each in optimiser_list]
    for epoch in range(_resume(model, optimiser_list, checkpoint), recipe["epochs"]):
        model.train()
        generator = torch.Generator().manual_seed(_epoch_seed(seed, epoch))
        order = torch.randperm(images, generator=generator)
        total = 0.0
        for index in range(steps_per_epoch):
            step = epoch * steps_per_epoch + index
            factor = schedule_factor(recipe, step, steps)
            for each, initial in zip(optimiser_list, rates, strict=True):
                for group, rate in zip(each.param_groups, initial, strict=True):
                    group["lr"] = rate * factor
            rows = order[index * recipe["batch_size"] : (index + 1) * recipe["batch_size"]]
            loss = loss_of_batch(rows, generator, step / steps)
            for each in optimiser_list:
                each.zero_grad(set_to_none=True)
            loss.backward()
            if recipe.get("gradient_clip"):
                torch.nn.utils.clip_grad_norm_(model.parameters(), recipe["gradient_clip"])
            for each in optimiser_list:
                each.step()
            total += float(loss.detach())
        mean = total / steps_per_epoch
        if not math.isfinite(mean):
            raise InputError(
                f"{checkpoint}: the training loss of epoch {epoch + 1} is {mean}, expected a "
                "finite number; lower the learning rate or set gradient_clip in the recipe"
            )
        log.info("epoch %d of %d: loss %.4f", epoch + 1, recipe["epochs"], mean)
        if after_epoch is not None:
            after_epoch(epoch + 1)
        _save(model, optimiser_list, checkpoint, epoch + 1)


def _epoch_seed(seed, epoch):
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def _save(model, optimiser_list, checkpoint, epoch):
    state = {
        "epoch": epoch,
        "model": model.state_dict(),
        "optimisers": [each.state_dict() for each in optimiser_list],
    }
    with replacing(checkpoint) as temporary:
        torch.save(state, temporary)


def _resume(model, optimiser_list, checkpoint):
    """Load the training state if there is one; the number of finished epochs."""
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, weights_only=True)
    model.load_state_dict(state["model"])
    for each, saved in zip(optimiser_list, state["optimisers"], strict=True):
        each.load_state_dict(saved)
    log.info("resuming after epoch %d of %s", state["epoch"], checkpoint)
    return state["epoch"]


def normaliser(mean, std, device="cpu"):
    """A function from uint8 images [B, H, W, 3] to normalised float32 [B, 3, H, W]."""
    scale = 1 / (255 * torch.tensor(std, device=device)).view(1, 3, 1, 1)
    shift = -(torch.tensor(mean, device=device) / torch.tensor(std, device=device)).view(1, 3, 1, 1)

    def normalise(images):
        return images.to(device).permute(0, 3, 1, 2).float().mul_(scale).add_(shift)

    return normalise


def augment(images, recipe, generator):
    """Random shifts (edges reflected) and flips of normalised images [B, 3, H, W]."""
    shift = recipe.get("shift_pixels", 0)
    if shift:
        size = images.shape[-1]
        padded = torch.nn.functional.pad(images, [shift] * 4, mode="reflect")
        corners = torch.randint(2 * shift + 1, (len(images), 2), generator=generator)
        span = torch.arange(size)
        rows = (corners[:, :1] + span).to(images.device)
        columns = (corners[:, 1:] + span).to(images.device)
        batch = torch.arange(len(images), device=images.device)[:, None, None]
        images = padded.permute(0, 2, 3, 1)[batch, rows[:, :, None], columns[:, None, :]]
        images = images.permute(0, 3, 1, 2)
    if recipe.get("flip"):
        flipped = torch.rand(len(images), generator=generator) < 0.5
        images[flipped] = images[flipped].flip(-1)
    return images

"""The optimisers of a recipe and the course of their learning rates (Appendix H)."""

import math
from typing import Any

import torch

from workflow_scripts.training.muon import Muon
from workflow_scripts.training.steps import AdamW, Optimiser


def schedule_factor(recipe: dict[str, Any], step: int, steps: int) -> float:
    """Factor in (0, 1] on the learning rates at a step of a training of `steps` steps.

    Linear warm-up, then cosine to zero, constant, or (`steps`, Appendix H.2) `decay_factor` for
    each of the `decay_epochs` that have passed.
    """
    warmup = recipe["warmup_steps"]
    if step < warmup:
        return (step + 1) / (warmup + 1)
    if recipe["schedule"] == "cosine":
        share = (step - warmup) / max(1, steps - warmup)
        return 0.5 * (1 + math.cos(math.pi * share))
    if recipe["schedule"] == "steps":
        passed = [
            each for each in recipe["decay_epochs"] if step * recipe["epochs"] >= each * steps
        ]
        return recipe["decay_factor"] ** len(passed)
    return 1.0


class Optimisers:
    """AdamW and, where the recipe sets `matrix_learning_rate`, Muon, for a training of `steps`.

    Weight decay is decoupled and applies to matrices and convolutions only. Muon takes the
    matrices of transformer blocks; `projection_learning_rate` is that of the projections into
    the representation space. `precision` is that of Muon's iteration; weights are float32.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        recipe: dict[str, Any],
        steps: int,
        precision: str = "float32",
    ) -> None:
        self.model, self.recipe, self.steps = model, recipe, steps
        self.each = _optimisers(model, recipe, getattr(torch, precision))
        self._rates = [[group["lr"] for group in one.param_groups] for one in self.each]

    def step(self, step: int) -> None:
        """Do step number `step` with the gradients that there are, and forget them."""
        factor = schedule_factor(self.recipe, step, self.steps)
        if self.recipe.get("gradient_clip"):
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe["gradient_clip"])
        for optimiser, rates in zip(self.each, self._rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.step()
            optimiser.forget_gradients()

    def state(self) -> list[dict[str, Any]]:
        """What `restore` needs to go on."""
        return [each.state_dict() for each in self.each]

    def restore(self, state: list[dict[str, Any]]) -> None:
        """Go on from a `state` of the same recipe and model."""
        for each, saved in zip(self.each, state, strict=True):
            each.load_state_dict(saved)


def _optimisers(
    model: torch.nn.Module, recipe: dict[str, Any], dtype: torch.dtype
) -> list[Optimiser]:
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    matrices = []
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
    adam = AdamW(
        [
            {"params": parameters, "lr": rate, "weight_decay": decay}
            for (rate, decay), parameters in groups.items()
        ],
        tuple(recipe["betas"]),
    )
    if not matrices:
        return [adam]
    rate, decay = recipe["matrix_learning_rate"], recipe["weight_decay"]
    return [adam, Muon(matrices, dtype, lr=rate, weight_decay=decay)]


def _rate_and_decay(
    name: str, parameter: torch.nn.Parameter, recipe: dict[str, Any]
) -> tuple[float, float]:
    """Learning rate and weight decay of a parameter by its name and shape.

    ASSUME: gains, biases and embeddings do not decay; the paper does not say what does.
    """
    if name.endswith("logit_scale"):
        return recipe["logit_scale_learning_rate"], 0.0
    is_matrix = parameter.ndim >= 2 and "embedding" not in name
    decay = recipe["weight_decay"] if is_matrix else 0.0
    projection = name.endswith(("visual.proj", "encoder.proj", "text.projection.weight"))
    rate = recipe.get("projection_learning_rate") if projection else None
    return recipe["learning_rate"] if rate is None else rate, decay

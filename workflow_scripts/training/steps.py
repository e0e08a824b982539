"""What the optimisers share: groups of parameters, their state, and both as a checkpoint has them.

torch's classes are not used: to make one imports torch's compiler, which takes as long as all of
torch and is never asked for anything here. A short training would spend a tenth of its time on it.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from typing import Any

import torch
from torch.optim.adamw import adamw

# The parameters (`params`), and settings by the names of torch's optimisers
Group = dict[str, Any]


class Optimiser(ABC):
    """Changes parameters step by step; checkpoints are those of torch.optim.Optimizer.

    Attributes
    ----------
    param_groups: the groups; `lr` may be changed between steps
    state: of each parameter that has had a gradient, tensors by name
    """

    def __init__(self, groups: list[Group]) -> None:
        self.param_groups = groups
        self.state: dict[torch.Tensor, dict[str, torch.Tensor]] = defaultdict(dict)

    @abstractmethod
    def step(self) -> None:
        """Change all parameters that have gradients."""

    def forget_gradients(self) -> None:
        """Leave no parameter a gradient."""
        for parameter in self._parameters():
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """State by the places of the parameters, and the groups with places for parameters."""
        places = {parameter: place for place, parameter in enumerate(self._parameters())}
        groups = [
            group | {"params": [places[each] for each in group["params"]]}
            for group in self.param_groups
        ]
        state = {places[each]: values for each, values in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on from a `state_dict` of the same parameters in the same groups."""
        parameters = self._parameters()
        for place, values in saved["state"].items():
            owner = parameters[place]
            self.state[owner] = {name: each.to(owner.device) for name, each in values.items()}
        for group, other in zip(self.param_groups, saved["param_groups"], strict=True):
            group |= {key: value for key, value in other.items() if key != "params"}

    def _parameters(self) -> list[torch.Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]


class AdamW(Optimiser):
    """AdamW in torch's fused kernel: bit by bit the steps of torch.optim.AdamW(fused=True)."""

    def __init__(self, groups: list[Group], betas: tuple[float, float]) -> None:
        super().__init__([{"betas": betas, "eps": 1e-8} | group for group in groups])

    @torch.no_grad()
    def step(self) -> None:
        """Change all parameters that have gradients."""
        for group in self.param_groups:
            parameters = [each for each in group["params"] if each.grad is not None]
            states = [self.state[each] or self._begun(each) for each in parameters]
            adamw(
                parameters,
                [each.grad for each in parameters],
                [state["exp_avg"] for state in states],
                [state["exp_avg_sq"] for state in states],
                [],
                [state["step"] for state in states],
                fused=True, amsgrad=False, maximize=False, eps=group["eps"], lr=group["lr"],
                beta1=group["betas"][0], beta2=group["betas"][1],
                weight_decay=group["weight_decay"],
            )  # fmt: skip

    def _begun(self, parameter: torch.Tensor) -> dict[str, torch.Tensor]:
        self.state[parameter] = {
            "step": torch.zeros((), device=parameter.device),
            "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
            "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
        }
        return self.state[parameter]

"""The optimiser Muon with a choice of the precision that its iteration runs in."""

from typing import Any

import torch

from workflow_scripts.training.steps import Optimiser

# Those of torch.optim.Muon
DEFAULTS = {
    "momentum": 0.95, "eps": 1e-7, "ns_coefficients": (3.4445, -4.7750, 2.0315), "ns_steps": 5,
}  # fmt: skip


class Muon(Optimiser):
    """torch's Muon, which orthogonalises in bfloat16, in float32 as well, and shape by shape.

    bfloat16 takes ten times longer than float32 where it is emulated, and every processor rounds
    it in its own way. State, defaults and arithmetic are otherwise those of torch's class.
    """

    def __init__(
        self, matrices: list[torch.nn.Parameter], dtype: torch.dtype, lr: float, weight_decay: float
    ) -> None:
        super().__init__([{**DEFAULTS, "lr": lr, "weight_decay": weight_decay, "params": matrices}])
        self._dtype = dtype

    @torch.no_grad()
    def step(self) -> None:
        """Change all matrices [m, n] that have gradients."""
        for group in self.param_groups:
            by_shape: dict[tuple[int, int], list[torch.Tensor]] = {}
            for matrix in group["params"]:
                if matrix.grad is not None:
                    small, large = sorted(matrix.shape)
                    by_shape.setdefault((small, large), []).append(matrix)
            for matrices in by_shape.values():
                self._step(matrices, group)

    def _step(self, matrices: list[torch.Tensor], group: dict[str, Any]) -> None:
        """Change matrices of one shape, which may lie on their sides."""
        wide = torch.stack([_wide(self._momentum(each, group)) for each in matrices])
        wide = orthogonalised(
            wide.to(self._dtype), group["ns_coefficients"], group["ns_steps"], group["eps"]
        )
        for matrix, update in zip(matrices, wide, strict=True):
            rows, columns = matrix.shape
            # Of the two ways that torch's class offers, its default
            rate = group["lr"] * max(1, rows / columns) ** 0.5
            matrix.mul_(1 - group["lr"] * group["weight_decay"])
            matrix.add_(update.T if rows > columns else update, alpha=-rate)

    def _momentum(self, matrix: torch.Tensor, group: dict[str, Any]) -> torch.Tensor:
        """Nesterov's momentum of a matrix's gradient."""
        assert matrix.grad is not None
        state = self.state[matrix]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(matrix.grad)
        buffer = state["momentum_buffer"].lerp_(matrix.grad, 1 - group["momentum"])
        return matrix.grad.lerp(buffer, group["momentum"])


def _wide(matrix: torch.Tensor) -> torch.Tensor:
    return matrix.T if matrix.shape[0] > matrix.shape[1] else matrix


def orthogonalised(
    matrices: torch.Tensor, coefficients: tuple[float, float, float], steps: int, eps: float
) -> torch.Tensor:
    """Matrices with singular values near 1 and the singular vectors of others: Newton-Schulz.

    Parameters
    ----------
    matrices: [B, m, n], m at most n; replaced.
    coefficients: of X, X X^T X and (X X^T)^2 X in a step of the iteration.
    steps: how many.
    eps: what a matrix's norm is taken for if it is smaller.
    """
    a, b, c = coefficients
    matrices /= torch.linalg.matrix_norm(matrices, keepdim=True).clamp(min=eps)
    for _ in range(steps):
        gram = matrices @ matrices.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        matrices = torch.baddbmm(matrices, polynomial, matrices, beta=a)
    return matrices

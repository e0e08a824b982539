"""Muon in float32 and in bfloat16, beside torch's own and a singular value decomposition."""

import numpy as np
import pytest
import torch

from workflow_scripts.training.muon import Muon, orthogonalised

SHAPES = [(6, 20), (20, 6), (6, 20), (8, 8), (1, 5)]
SETTINGS = {"lr": 0.02, "weight_decay": 0.1}
ITERATION = ((3.4445, -4.7750, 2.0315), 5, 1e-7)


def matrices():
    generator = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]


def trained(new, steps=5):
    """Matrices after some steps with the same gradients, whatever the optimiser."""
    parameters = matrices()
    optimiser = new(parameters)
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        for each in parameters:
            each.grad = torch.randn(each.shape, generator=generator)
        optimiser.step()
    return parameters, optimiser


@pytest.mark.parametrize(("dtype", "atol"), [("bfloat16", 1e-3), ("float32", 2e-3)])
def test_the_steps_are_those_of_torchs_class(dtype, atol):
    """Which rounds to eight bits each of five steps of 0.02 at most, in several operations."""
    ours, _ = trained(lambda each: Muon(each, getattr(torch, dtype), **SETTINGS))
    theirs, _ = trained(lambda each: torch.optim.Muon(each, **SETTINGS))
    for mine, other, start in zip(ours, theirs, matrices(), strict=True):
        torch.testing.assert_close(mine, other, rtol=0, atol=atol)
        assert (mine - start).abs().max() > 5 * atol


def test_state_goes_from_one_class_to_the_other():
    _, ours = trained(lambda each: Muon(each, torch.float32, **SETTINGS))
    _, theirs = trained(lambda each: torch.optim.Muon(each, **SETTINGS))
    for mine, other in zip(ours.state.values(), theirs.state.values(), strict=True):
        assert torch.equal(mine["momentum_buffer"], other["momentum_buffer"])


def test_a_matrix_without_a_gradient_stays():
    first, second = matrices()[:2]
    before = second.detach().clone()
    first.grad = torch.ones_like(first)
    Muon([first, second], torch.float32, **SETTINGS).step()
    assert torch.equal(second, before)


def by_singular_values(matrix):
    """The iteration on singular values alone, in float64."""
    u, sigma, v = np.linalg.svd(matrix, full_matrices=False)
    sigma = sigma / max(np.linalg.norm(sigma), ITERATION[2])
    a, b, c = ITERATION[0]
    for _ in range(ITERATION[1]):
        sigma = a * sigma + b * sigma**3 + c * sigma**5
    return u @ np.diag(sigma) @ v


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 5), (5, 40)])
def test_singular_vectors_stay_and_values_come_near_1(shape):
    found = np.random.default_rng(0).standard_normal((3, *shape))
    result = orthogonalised(torch.tensor(found, dtype=torch.float32), *ITERATION).numpy()
    expected = np.stack([by_singular_values(each) for each in found])
    np.testing.assert_allclose(result, expected, atol=2e-5)
    values = np.linalg.svd(result, compute_uv=False)
    assert (values < 1.3).all()
    assert (values[:, 0] > 0.6).all()


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e-9, 1e9])
def test_gradients_of_any_size(scale):
    """Of no gradient no step is made, and none is divided by zero."""
    matrix = scale * np.random.default_rng(0).standard_normal((4, 9))
    result = orthogonalised(torch.tensor(matrix[None], dtype=torch.float32), *ITERATION)
    np.testing.assert_allclose(result[0], by_singular_values(matrix), atol=2e-5)


def test_a_matrix_of_rank_one():
    matrix = np.outer(np.arange(4.0), np.arange(9.0))
    result = orthogonalised(torch.tensor(matrix[None], dtype=torch.float32), *ITERATION)
    np.testing.assert_allclose(result[0], by_singular_values(matrix), atol=2e-5)

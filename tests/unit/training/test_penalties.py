"""The penalty on kurtosis: its value, its gradient, and what it does in a training."""

import numpy as np
import pytest
import torch

from workflow_scripts.method.kurtosis import activation_kurtosis
from workflow_scripts.training.penalties import kurtosis, kurtosis_penalty


@pytest.fixture
def h():
    rng = np.random.default_rng(0)
    return torch.tensor(rng.standard_t(5, size=(6, 9)), dtype=torch.float64)


@pytest.mark.parametrize("length", [1e-3, 1, 1e3])
def test_the_kurtosis_of_a_penalty_is_the_measured_one(h, length):
    expected = activation_kurtosis(h.numpy())
    np.testing.assert_allclose(kurtosis(length * h), expected, rtol=1e-12)


def test_a_penalty_is_the_mean_squared_logarithm_of_the_ratio(h):
    recipe = {"kurtosis": 3.5, "kurtosis_weight": 0.5}
    expected = 0.5 * np.mean(np.log(activation_kurtosis(h.numpy()) / 3.5) ** 2)
    assert kurtosis_penalty(h, recipe).item() == pytest.approx(expected)
    assert kurtosis_penalty(h, {}) == 0


def test_the_gradient_of_a_penalty_is_that_of_finite_differences(h):
    recipe = {"kurtosis": 3.0, "kurtosis_weight": 0.1}
    h.requires_grad_()
    (gradient,) = torch.autograd.grad(kurtosis_penalty(h, recipe), h)
    brute, step = torch.zeros_like(h), 1e-6
    for place in np.ndindex(*h.shape):
        change = torch.zeros_like(h)
        change[place] = step
        sides = [kurtosis_penalty(h.detach() + sign * change, recipe) for sign in (1, -1)]
        brute[place] = (sides[0] - sides[1]) / (2 * step)
    torch.testing.assert_close(gradient, brute, rtol=1e-5, atol=1e-8)

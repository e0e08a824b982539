"""AdamW and the state of optimisers, beside torch's own; none of them imports torch's compiler."""

import subprocess
import sys

import pytest
import torch

from tests.workflow.runs import REPOSITORY
from workflow_scripts.training.muon import Muon
from workflow_scripts.training.steps import AdamW

SHAPES = [(3, 4), (5,), (2, 3, 3, 3), ()]
BETAS = (0.9, 0.98)
TRAINING = """
import sys, torch
from workflow_scripts.training.optimisers import Optimisers
model = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2), 1)
model.resblocks = torch.nn.Linear(8, 8)
recipe = {"learning_rate": 0.1, "weight_decay": 0.1, "betas": [0.9, 0.98], "warmup_steps": 1,
          "schedule": "cosine", "gradient_clip": 1.0, "matrix_learning_rate": 0.1}
optimisers = Optimisers(model, recipe, 2)
for step in range(2):
    model.resblocks(model(torch.ones(3, 1, 8))).square().sum().backward()
    optimisers.step(step)
optimisers.restore(optimisers.state())
sys.exit("torch._dynamo" in sys.modules)
"""


def groups():
    """Parameters in two groups of other settings."""
    generator = torch.Generator().manual_seed(0)
    each = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]
    return [
        {"params": each[:2], "lr": 1e-2, "weight_decay": 0.5},
        {"params": each[2:], "lr": 3e-3, "weight_decay": 0.0},
    ]


def ours(start):
    return AdamW(start, BETAS)


def theirs(start):
    return torch.optim.AdamW(start, betas=BETAS, fused=True)


def parameters(optimiser):
    return [each for group in optimiser.param_groups for each in group["params"]]


def train(optimiser, steps):
    """Some steps with gradients that depend on the step alone; one parameter has none at first."""
    for step in steps:
        generator = torch.Generator().manual_seed(step)
        for place, each in enumerate(parameters(optimiser)):
            gradient = torch.randn(each.shape, generator=generator)
            each.grad = None if step == 0 and place == 1 else gradient
        optimiser.param_groups[1]["lr"] = 3e-3 / (1 + step)
        optimiser.step()
    return optimiser


def same(one, other):
    pairs = zip(parameters(one), parameters(other), strict=True)
    return all(torch.equal(first, second) for first, second in pairs)


def test_the_steps_are_those_of_torchs_class_bit_by_bit():
    one, other = train(ours(groups()), range(7)), train(theirs(groups()), range(7))
    assert same(one, other) and not same(one, ours(groups()))


@pytest.mark.parametrize(("first", "second"), [(ours, ours), (ours, theirs), (theirs, ours)])
def test_a_training_goes_on_from_its_state(first, second):
    begun = train(first(groups()), range(3))
    going_on = second(groups())
    with torch.no_grad():
        for mine, other in zip(parameters(going_on), parameters(begun), strict=True):
            mine.copy_(other)
    going_on.load_state_dict(begun.state_dict())
    assert same(train(going_on, range(3, 6)), train(theirs(groups()), range(6)))


def test_no_gradient_is_left():
    optimiser = train(ours(groups()), range(2))
    optimiser.forget_gradients()
    assert all(each.grad is None for each in parameters(optimiser))


def test_torchs_compiler_is_not_imported():
    """If it is, by a new release of torch say, each training begins with it: see training/steps."""
    assert subprocess.run([sys.executable, "-c", TRAINING], cwd=REPOSITORY).returncode == 0


def test_muon_has_the_defaults_of_torchs_class():
    matrices = [torch.nn.Parameter(torch.ones(2, 3))]
    expected = torch.optim.Muon(matrices, lr=0.1, weight_decay=0.1).state_dict()["param_groups"][0]
    (group,) = Muon(matrices, torch.float32, lr=0.1, weight_decay=0.1).state_dict()["param_groups"]
    assert group == {key: expected[key] for key in group}
    assert {*expected} - {*group} == {"nesterov", "adjust_lr_fn"}

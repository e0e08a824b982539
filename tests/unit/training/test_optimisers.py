"""What is trained at which rate: the schedule, and the optimisers of a model's parameters."""

import numpy as np
import pytest

from tests.unit.inputs.tiny_study import ARCHITECTURE
from tests.unit.inputs.training_inputs import CONTRASTIVE, RECIPE, STEPS
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks.architectures import build_clip
from workflow_scripts.training.optimisers import Optimisers, schedule_factor

# The schedule


def test_the_warm_up_is_linear():
    factors = [schedule_factor({**RECIPE, "warmup_steps": 4}, step, 100) for step in range(5)]
    np.testing.assert_allclose(factors, [0.2, 0.4, 0.6, 0.8, 1.0])


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("cosine", [1, (2 + 2**0.5) / 4, 0.5, (2 - 2**0.5) / 4]),
        ("constant", [1, 1, 1, 1]),
        ("steps", [1, 1, 0.1, 0.01]),
    ],
)
def test_the_course_after_the_warm_up(schedule, expected):
    recipe = {**RECIPE, **STEPS, "schedule": schedule, "warmup_steps": 0}
    factors = [schedule_factor(recipe, step, 120) for step in (0, 30, 60, 90)]
    np.testing.assert_allclose(factors, expected)


def test_the_schedule_of_appendix_h_2():
    """10^-3, after 30 of 90 epochs 10^-4, and after 60 10^-5; 1,251 steps are an epoch."""
    recipe = {
        **RECIPE, "epochs": 90, "warmup_steps": 5000,
        "schedule": "steps", "decay_epochs": [30, 60], "decay_factor": 0.1,
    }  # fmt: skip
    steps = (4999, 5000, 30 * 1251 - 1, 30 * 1251, 60 * 1251 - 1, 60 * 1251, 90 * 1251 - 1)
    found = [1e-3 * schedule_factor(recipe, step, 90 * 1251) for step in steps]
    np.testing.assert_allclose(found, [1e-3 * 5000 / 5001, 1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])


@pytest.mark.parametrize("schedule", ["cosine", "constant", "steps"])
def test_the_rate_stays_above_zero(schedule):
    recipe = {**RECIPE, **STEPS, "schedule": schedule}
    for steps in (1, 2, 3, 50):
        assert all(0 < schedule_factor(recipe, step, steps) <= 1 for step in range(steps))


# The optimisers


def groups_by_name(model, recipe):
    """Optimiser's class, learning rate and weight decay of each trained parameter."""
    names = {parameter: name for name, parameter in model.named_parameters()}
    found = {}
    for optimiser in Optimisers(model, recipe, 100).each:
        for group in optimiser.param_groups:
            for parameter in group["params"]:
                assert names[parameter] not in found
                kind = type(optimiser).__name__
                found[names[parameter]] = (kind, group["lr"], group["weight_decay"])
    return found


def test_muon_takes_the_matrices_of_blocks_and_decay_spares_vectors():
    model = build_clip(ARCHITECTURE["ViT-tiny"], 14.0)
    model.visual.class_embedding.requires_grad_(False)
    recipe = {**CONTRASTIVE, "matrix_learning_rate": 2e-2, "projection_learning_rate": 3e-2}
    found = groups_by_name(model, recipe)
    trained = {name for name, each in model.named_parameters() if each.requires_grad}
    assert set(found) == trained
    block = "visual.transformer.resblocks.0"
    assert found[f"{block}.attn.in_proj_weight"] == ("Muon", 2e-2, 0.5)
    assert found[f"{block}.mlp.c_fc.weight"] == ("Muon", 2e-2, 0.5)
    assert found[f"{block}.mlp.c_fc.bias"] == ("AdamW", 1e-2, 0.0)
    assert found[f"{block}.ln_1.weight"] == ("AdamW", 1e-2, 0.0)
    assert found["visual.conv1.0.weight"] == ("AdamW", 1e-2, 0.5)
    assert found["visual.positional_embedding"] == ("AdamW", 1e-2, 0.0)
    assert found["visual.proj"] == found["text.projection.weight"] == ("AdamW", 3e-2, 0.5)
    assert found["text.token_embedding.weight"] == ("AdamW", 1e-2, 0.0)
    assert found["logit_scale"] == ("AdamW", 1e-2, 0.0)


def test_without_its_rate_there_is_no_muon():
    model = new_classifier(ARCHITECTURE["ViT-tiny"], 4, seed=0)
    found = groups_by_name(model, RECIPE)
    assert {kind for kind, _, _ in found.values()} == {"AdamW"}
    assert {rate for _, rate, _ in found.values()} == {1e-2}

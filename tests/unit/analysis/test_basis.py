"""Changes of h: what an orthogonal basis leaves alone, held components, a bias no head sees."""

import numpy as np
import pytest

from workflow_scripts.analysis.basis.ablation import Ablation
from workflow_scripts.analysis.basis.rotations import (
    first_crossing,
    mean_kurtosis,
    path_of_rotations,
    random_rotation,
    rotated,
    rotation_to,
)
from workflow_scripts.analysis.basis.transplant import biased, length_of_bias, unseen_direction
from workflow_scripts.method.concepts import draw_sets
from workflow_scripts.method.directions import right_singular_vectors
from workflow_scripts.method.head import Head
from workflow_scripts.method.importance import importances
from workflow_scripts.method.kurtosis import activation_kurtosis, moments, spectrum
from workflow_scripts.method.precision import average_precision

RNG = np.random.default_rng(0)
WIDTH, CLASSES = 64, 9
WEIGHT = RNG.normal(size=(CLASSES, WIDTH)).astype(np.float32)
BIAS = RNG.normal(size=CLASSES).astype(np.float32)
HEADS = {
    "CLIP": Head(WEIGHT, None, True),
    "plain with a bias": Head(WEIGHT, BIAS, False),
    "normalising with a bias": Head(WEIGHT, BIAS, True),
}


@pytest.fixture
def h():
    """Activations with two outlier components, one below zero and one above."""
    h = RNG.normal(size=(200, WIDTH))
    h[:, 3] -= 9
    h[:, 17] += 6
    return h.astype(np.float32)


def test_random_rotations_are_orthogonal_and_differ():
    first, second = random_rotation(WIDTH, 0), random_rotation(WIDTH, 1)
    np.testing.assert_allclose(first @ first.T, np.eye(WIDTH), atol=1e-12)
    np.testing.assert_array_equal(first, random_rotation(WIDTH, 0))
    assert np.abs(first - second).max() > 0.1


def test_a_rotation_of_the_basis_changes_kurtosis_and_nothing_else(h):
    rotation = random_rotation(WIDTH, 5)
    turned, weight = rotated(h, rotation), rotated(WEIGHT, rotation)
    for head in HEADS.values():
        other = Head(weight, head.bias, head.normalise)
        logits = head.logits(h)
        np.testing.assert_allclose(other.logits(turned), logits, rtol=1e-4, atol=1e-4)
        np.testing.assert_array_equal(other.logits(turned).argmax(1), logits.argmax(1))
    np.testing.assert_allclose(importances(weight, turned), importances(WEIGHT, h), rtol=1e-5)
    np.testing.assert_allclose(spectrum(moments(turned)), spectrum(moments(h)), rtol=1e-5)
    sets = draw_sets({0: np.arange(40), 1: np.arange(30, 90)}, images=len(h), seed=0)
    found = []
    for features, matrix in ((h, WEIGHT), (turned, weight)):
        _, v = right_singular_vectors(matrix, features.mean(axis=0))
        found.append(average_precision(features @ v.T.astype(np.float32), sets)[0])
    np.testing.assert_allclose(found[1], found[0], atol=1e-6)
    assert mean_kurtosis(h) > 8 and mean_kurtosis(turned) < 4


def test_the_path_starts_at_the_identity_and_stays_orthogonal():
    path = path_of_rotations(WIDTH, 0)
    np.testing.assert_array_equal(path(0), np.eye(WIDTH))
    for t in (0.1, 1, 10):
        np.testing.assert_allclose(path(t) @ path(t).T, np.eye(WIDTH), atol=1e-12)


def test_a_rotation_reaches_the_wanted_kurtosis(h):
    for target in (3.0, 6.0):
        assert mean_kurtosis(rotated(h, rotation_to(h, target))) == pytest.approx(target, abs=1e-3)
    assert rotation_to(h, 1000) is None


def test_the_first_crossing_is_found_on_its_far_side():
    assert first_crossing(lambda t: t**2, 2, (1, 2), 1e-9) == pytest.approx(2**0.5)
    assert first_crossing(lambda t: t**2, 2, (1, 2), 1e-3) ** 2 >= 2
    assert first_crossing(lambda t: -t, -1.5, (1, 2), 1e-9) == pytest.approx(1.5)
    assert first_crossing(lambda t: t, 3, (1, 2), 1e-9) is None


@pytest.mark.parametrize("name", HEADS)
def test_held_components_predict_as_a_loop_over_images_does(name, h):
    head, classes = HEADS[name], np.array([4, 0, 8, 2, 7])
    h[5] = 0
    order = np.array([[3, 17, 0, 40], [9, 8, 7, 6]])
    value = np.where(np.arange(WIDTH) % 2, 0.5, h.mean(axis=0, dtype=np.float64))
    ablation = Ablation(order, value)
    best, kurtosis = ablation.predicted(h, head, classes), ablation.kurtosis(h)
    assert best.shape == kurtosis.shape == (200, 2, 5)
    for image, own in enumerate(h):
        for number, components in enumerate(order):
            for point, held in enumerate((4, 3, 2, 1, 0)):
                changed = own.astype(np.float64).copy()
                for component in components[:held]:
                    changed[component] = value[component]
                read = changed
                if head.normalise and changed.any():
                    read = changed / np.sqrt((changed**2).sum())
                logits = np.array([WEIGHT[each].astype(float) @ read for each in classes])
                logits += 0 if head.bias is None else head.bias[classes]
                silent = head.normalise and not changed.any()
                expected = -1 if silent else logits.argmax()
                assert best[image, number, point] == expected
                deviation = changed - changed.mean()
                with np.errstate(invalid="ignore"):
                    plain = (deviation**4).mean() / (deviation**2).mean() ** 2
                assert kurtosis[image, number, point] == pytest.approx(plain, nan_ok=True)
    whole = Head(head.weight[classes], None if head.bias is None else head.bias[classes],
                 head.normalise).logits(h).argmax(axis=1)  # fmt: skip
    others = np.arange(200) != 5
    assert (best[others, :, -1] == whole[others, None]).all()
    np.testing.assert_allclose(kurtosis[others, 0, -1], activation_kurtosis(h[others]))


def test_of_an_activation_that_vanishes_nothing_is_predicted():
    h = np.zeros((1, 4), dtype=np.float32)
    h[0, :2] = 3, 0.1
    head = Head(RNG.normal(size=(3, 4)).astype(np.float32), None, True)
    ablation = Ablation(np.array([[0, 1]]), np.zeros(4))
    assert ablation.predicted(h, head, np.arange(3))[0, 0, 0] == -1
    assert ablation.predicted(h, head, np.arange(3))[0, 0, 1] >= 0
    assert np.isnan(ablation.kurtosis(h)[0, 0, 0])


def test_a_head_does_not_see_the_bias(h):
    unseen = unseen_direction(WEIGHT)
    assert unseen.dimensions == WIDTH - CLASSES
    assert np.linalg.norm(unseen.direction) == pytest.approx(1)
    assert np.abs(unseen.direction).argmax() == unseen.component
    np.testing.assert_allclose(WEIGHT @ unseen.direction, 0, atol=1e-5)
    plain = RNG.normal(size=(200, WIDTH)).astype(np.float32)
    length = length_of_bias(plain, unseen.direction, 9.0)
    mean = np.linalg.norm(plain.astype(float), axis=1).mean()
    changed = biased(plain, length * mean * unseen.direction)
    assert 9 <= mean_kurtosis(changed) < 9.01
    for name in ("CLIP", "plain with a bias"):
        head = HEADS[name]
        found, expected = head.logits(changed).argmax(1), head.logits(plain).argmax(1)
        np.testing.assert_array_equal(found, expected)


def test_a_bias_that_is_not_needed_or_cannot_be():
    h = RNG.normal(size=(50, WIDTH)).astype(np.float32)
    direction = unseen_direction(WEIGHT).direction
    assert length_of_bias(h, direction, 1.5) == 0
    assert length_of_bias(h, direction, 10 * WIDTH) is None
    assert unseen_direction(RNG.normal(size=(90, WIDTH)).astype(np.float32)) is None

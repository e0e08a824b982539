"""The kernel gives scikit-learn's average precision, of both signs, whatever the scores."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from workflow_scripts.job.errors import InputError
from workflow_scripts.method.precision import (
    DIRECTIONS_AT_A_TIME,
    average_precision,
    sets_by_image,
)

TOLERANCE = 1e-6


def reference(projections, positives, negatives):
    """scikit-learn's average precision of each concept and direction, float64 [C, R]."""
    result = np.empty((len(positives), projections.shape[1]))
    for concept, (with_it, without) in enumerate(zip(positives, negatives, strict=True)):
        rows = np.concatenate([with_it, without])
        truth = np.repeat([1, 0], [len(with_it), len(without)])
        for direction in range(projections.shape[1]):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about concepts without positives
                result[concept, direction] = average_precision_score(
                    truth, projections[rows, direction]
                )
    return result


def check(projections, positives, negatives):
    projections = np.asarray(projections, dtype=np.float32)
    sets = sets_by_image(positives, negatives, len(projections))
    own = average_precision(projections, sets)
    for sign, values in zip((1, -1), own, strict=True):
        expected = reference(sign * projections, positives, negatives)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, expected, rtol=0, atol=TOLERANCE)


def random_sets(rng, images, sizes):
    """Disjoint positive and negative sets of the given sizes."""
    orders = [rng.permutation(images) for _ in sizes]
    positives = [order[:with_it] for order, (with_it, _) in zip(orders, sizes, strict=True)]
    negatives = [
        order[with_it : with_it + without]
        for order, (with_it, without) in zip(orders, sizes, strict=True)
    ]
    return positives, negatives


KINDS = {
    "all different": lambda rng, shape: rng.standard_normal(shape),
    "few values": lambda rng, shape: rng.integers(-2, 3, shape),
    "mostly tied": lambda rng, shape: np.where(rng.random(shape) < 0.8, 0, rng.random(shape)),
    "constant": lambda rng, shape: np.full(shape, rng.normal()),
    "both zeros": lambda rng, shape: rng.choice([0.0, -0.0, 1.0], shape),
    "tiny and huge": lambda rng, shape: (
        rng.standard_normal(shape) * 10.0 ** rng.integers(-38, 38, shape)
    ),
    "subnormal": lambda rng, shape: rng.integers(-3, 4, shape) * 1e-45,
}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_equals_scikit_learn(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32), label="seed"))
    images = data.draw(st.integers(2, 60), label="images")
    kind = data.draw(st.sampled_from(sorted(KINDS)), label="scores")
    sizes = []
    for _ in range(data.draw(st.integers(1, 4), label="concepts")):
        with_it = data.draw(st.integers(1, images - 1))
        sizes.append((with_it, data.draw(st.integers(1, images - with_it))))
    projections = KINDS[kind](rng, (images, 3))
    check(projections, *random_sets(rng, images, sizes))


@pytest.mark.parametrize("kind", KINDS)
def test_equals_scikit_learn_on_many_images(kind):
    rng = np.random.default_rng(0)
    sizes = [(1, 1), (1, 999), (999, 1), (500, 500), (10, 10), (250, 600)]
    check(KINDS[kind](rng, (1000, 5)), *random_sets(rng, 1000, sizes))


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (0, 0)])
def test_degenerate_sets(sizes):
    """No positive image: 0, no negative one: 1, as in scikit-learn; nothing at all: 0."""
    projections = np.arange(6, dtype=np.float32)[:, None]
    positives, negatives = random_sets(np.random.default_rng(1), 6, [sizes, (2, 2)])
    values = average_precision(projections, sets_by_image(positives, negatives, 6))
    assert [side[0, 0] for side in values] == [float(sizes[0] > 0)] * 2
    np.testing.assert_allclose(
        values[0][1:], reference(projections, positives[1:], negatives[1:]), atol=TOLERANCE
    )


def test_no_concepts_and_no_directions():
    empty = sets_by_image([], [], 4)
    assert average_precision(np.zeros((4, 2), np.float32), empty)[0].shape == (0, 2)
    one = sets_by_image([[0]], [[1]], 4)
    assert average_precision(np.zeros((4, 0), np.float32), one)[0].shape == (1, 0)


def test_more_directions_than_a_block_in_any_memory_order():
    rng = np.random.default_rng(2)
    positives, negatives = random_sets(rng, 80, [(5, 5), (30, 30)])
    projections = rng.integers(0, 30, (80, DIRECTIONS_AT_A_TIME + 7)).astype(np.float32)
    check(projections, positives, negatives)
    check(np.asfortranarray(projections), positives, negatives)


def test_number_of_threads_changes_nothing():
    rng = np.random.default_rng(3)
    sets = sets_by_image(*random_sets(rng, 500, [(40, 40)] * 20), 500)
    projections = rng.standard_normal((500, 33)).astype(np.float32)
    one = average_precision(projections, sets, threads=1)
    many = average_precision(projections, sets, threads=64)
    assert all(np.array_equal(left, right) for left, right in zip(one, many, strict=True))


def test_sizes_are_those_of_the_sets():
    sets = sets_by_image([[0, 2], [1]], [[1], [0, 2, 3]], 5)
    assert sets.images == 5
    assert sets.sizes.tolist() == [[2, 1], [1, 3]]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_projections_that_are_no_numbers_are_refused(wrong):
    projections = np.zeros((4, 2), np.float32)
    projections[2, 1] = wrong
    with pytest.raises(InputError, match="NaN or infinite"):
        average_precision(projections, sets_by_image([[0]], [[1]], 4))


def test_other_number_of_images_is_refused():
    with pytest.raises(InputError, match="5 images and concept sets of 4"):
        average_precision(np.zeros((5, 2), np.float32), sets_by_image([[0]], [[1]], 4))

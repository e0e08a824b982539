"""Concepts that are planted are found, and nothing where there is nothing."""

import h5py
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tests.unit.inputs.concept_inputs import (
    CONCEPTS,
    IMAGES,
    RANK,
    WIDTH,
    head,
    measure,
    random_concepts,
    write_model,
)
from workflow_scripts.analysis.average_precision import permuted
from workflow_scripts.files.concepts import read_average_precision, read_draw
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.concepts.concept_counts import (
    best_directions,
    count,
    polysemanticity_row,
)

THRESHOLD = 0.9
PLANTED = {4: 0, 17: 3, 30: 3, 41: 11}  # concept number -> direction, from 0


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A model with planted concepts among random ones, and its right singular vectors."""
    rng = np.random.default_rng(1)
    weight, v = head(rng)
    images_of = random_concepts(rng, [60] * CONCEPTS)
    projections = rng.standard_normal((IMAGES, RANK))
    for number, direction in PLANTED.items():
        projections[images_of[number], direction] += 12
    h = projections @ v + rng.standard_normal((IMAGES, WIDTH)) @ (np.eye(WIDTH) - v.T @ v)
    mean = v.sum(axis=0)  # makes all projections of the test set positive
    path = measure(write_model(tmp_path_factory.mktemp("planted"), h, weight, images_of, mean))
    return path, projections


def test_planted_concepts_are_found_and_nothing_else(planted):
    table = best_directions(read_average_precision(planted[0], "m"), THRESHOLD).set_index("number")
    assert table.index[table["encoded"]].tolist() == list(PLANTED)
    assert table.index[table["beyond_null"]].tolist() == list(PLANTED)
    found = table.loc[list(PLANTED), "direction"] - 1
    assert found.to_dict() == PLANTED
    row = count(read_average_precision(planted[0], "m"), THRESHOLD, "convention", 0.95)
    # Two concepts share a direction, where the images of each are the other's negatives: a draw of
    # the sets with many of them may miss one.
    assert row["draws_high"] == row["beyond_null"] == len(PLANTED)
    assert row["above_chance_low"] <= row["concepts"] <= row["above_chance_high"]
    assert row["chance"] < 0.5


def test_the_opposite_sign_finds_none_of_them(planted):
    measured = read_average_precision(planted[0], "m")
    assert count(measured, THRESHOLD, "opposite", 0.95)["concepts"] == 0
    assert count(measured, THRESHOLD, "either", 0.95)["draws_high"] == len(PLANTED)


def test_the_convention_follows_the_test_set(tmp_path):
    """With the opposite mean activation, the same concepts lie at the opposite end."""
    rng = np.random.default_rng(2)
    weight, v = head(rng)
    images_of = random_concepts(rng, [60] * 5)
    projections = rng.standard_normal((IMAGES, RANK))
    projections[images_of[2], 5] += 12
    for sign in (1, -1):
        mean = sign * v.sum(axis=0)
        path = measure(write_model(tmp_path / str(sign), projections @ v, weight, images_of, mean))
        best = read_average_precision(path, "m").matrices.max(axis=2)[:, 1]
        assert best.argmax() == (0 if sign == 1 else 1)


def test_the_matrix_is_scikit_learns(planted):
    path, projections = planted
    measured = read_average_precision(path, "m")
    assert measured.matrices.shape == (2, CONCEPTS, RANK)
    assert measured.matrices.dtype == np.float32
    with opened(path.parent / "sets.h5") as file:
        sets = read_draw(file, 0)
    for concept, direction in ((3, 0), (10, 7), (40, 11)):
        rows = [[], []]
        for row in range(2 * IMAGES):
            if concept in sets.members[sets.starts[row] : sets.starts[row + 1]]:
                rows[row % 2].append(row // 2)
        truth = np.repeat([1, 0], [len(rows[0]), len(rows[1])])
        scores = projections[np.concatenate(rows), direction]
        for sign in (0, 1):
            expected = average_precision_score(truth, (1 - 2 * sign) * scores)
            assert measured.matrices[sign, concept, direction] == pytest.approx(expected, abs=1e-5)


def test_polysemanticity_is_the_mean_over_directions(planted):
    row = polysemanticity_row(read_average_precision(planted[0], "m"), THRESHOLD, "convention")
    assert row["pairs"] == len(PLANTED)
    assert row["polysemanticity"] == pytest.approx(len(PLANTED) / RANK)
    assert row["per_component"] == pytest.approx(len(PLANTED) / WIDTH)


def test_extreme_images_are_those_with_extreme_projections(planted):
    path, projections = planted
    measured = read_average_precision(path, "m")
    for direction in (0, 6):
        order = np.argsort(-projections[:, direction])
        assert measured.images[0, direction].tolist() == order[:8].tolist()
        assert measured.images[1, direction].tolist() == order[::-1][:8].tolist()
        np.testing.assert_allclose(
            measured.projections[0, direction], projections[order[:8], direction], rtol=1e-5
        )


@pytest.mark.parametrize("seed", range(3))
def test_noise_gives_nothing_above_chance(tmp_path, seed):
    """Small sets reach the threshold by luck; the chance level accounts for all of them."""
    rng = np.random.default_rng(seed)
    weight, _ = head(rng)
    images_of = random_concepts(rng, rng.integers(3, 8, 200))
    h = rng.standard_normal((IMAGES, WIDTH))
    path = measure(write_model(tmp_path, h, weight, images_of, np.ones(WIDTH)))
    measured = read_average_precision(path, "m")
    for threshold in (0.8, 0.9):
        row = count(measured, threshold, "convention", 0.99)
        assert row["concepts"] > 5, "this test needs luck to play a part"
        assert row["above_chance_low"] <= 0 <= row["above_chance_high"]
        assert row["beyond_null"] < 0.2 * len(images_of)


def test_order_of_the_activations_does_not_matter(tmp_path):
    """The images are matched by their ids."""
    rng = np.random.default_rng(4)
    weight, v = head(rng)
    images_of = random_concepts(rng, [60] * 5)
    h = rng.standard_normal((IMAGES, WIDTH))
    first = measure(write_model(tmp_path, h, weight, images_of, v.sum(axis=0)))
    order = rng.permutation(IMAGES)
    with h5py.File(tmp_path / "broden.h5", "r+") as file:
        file["h"][:] = h[order]
        file["ids"][:] = [f"class/{row}.png" for row in order]
    again = measure(tmp_path, "again.h5")
    one, other = (read_average_precision(path, "m") for path in (first, again))
    assert np.array_equal(one.matrices, other.matrices)
    assert np.array_equal(one.null, other.null)


def test_activations_of_other_images_are_refused(tmp_path):
    rng = np.random.default_rng(5)
    weight, _ = head(rng)
    h, mean = np.ones((IMAGES, WIDTH)), np.ones(WIDTH)
    path = measure(write_model(tmp_path, h, weight, {1: np.arange(9)}, mean))
    with h5py.File(tmp_path / "broden.h5", "r+") as file:
        file["ids"][3] = "another.png"
    with pytest.raises(InputError, match="data sets"):
        measure(tmp_path, "again.h5")
    with pytest.raises(InputError, match="expected 'other'"):
        read_average_precision(path, "other")


def test_permutations_shuffle_images_and_keep_directions_together():
    projections = np.arange(30.0).reshape(10, 3)
    first, second = permuted(projections, 0, 2)
    assert not np.array_equal(first, second)
    for each in (first, second):
        assert sorted(map(tuple, each)) == list(map(tuple, projections))

"""Balanced sets: as many positives as negatives, the same for all, nothing left out silently."""

import re

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.files.concepts import read_draw, write_membership
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.concepts import concept_sets

IMAGES = 200
# Images with each concept: few, some, more than half, nearly all, all.
SIZES = {3: 4, 5: 12, 9: 60, 10: 150, 11: 190, 12: 197, 20: 200}


@pytest.fixture
def shown():
    """Images of each concept, by its number."""
    rng = np.random.default_rng(0)
    return {number: np.sort(rng.permutation(IMAGES)[:size]) for number, size in SIZES.items()}


@pytest.fixture
def membership(tmp_path, shown):
    table = np.stack([np.isin(np.arange(IMAGES), rows) for rows in shown.values()], axis=1)
    images, members = np.nonzero(table)
    starts = np.concatenate([[0], np.cumsum(table.sum(axis=1))])
    concepts = pd.DataFrame(
        {
            "number": list(SIZES),
            "name": [f"concept {number}" for number in SIZES],
            "category": "object",
            "images": list(SIZES.values()),
        }
    )
    ids = np.array([f"{row}.jpg" for row in range(IMAGES)])
    path = tmp_path / "concepts.h5"
    write_membership(path, "broden", ids, starts, members.astype(np.int32), concepts)
    return path


def make(membership, folder, seed=7, draws=3, minimum_images=10):
    outputs = [folder / name for name in ("sets.h5", "sets.csv")]
    settings = {"seed": seed, "draws": draws, "minimum_images": minimum_images}
    concept_sets.main(membership, *outputs, **settings)
    return outputs


def sides(path, draw):
    """Sets of positive and negative images by concept number."""
    with opened(path, "number") as file:
        sets, numbers = read_draw(file, draw), file["number"][:]
    found = {number: (set(), set()) for number in numbers}
    for row in range(2 * sets.images):
        for concept in sets.members[sets.starts[row] : sets.starts[row + 1]]:
            found[numbers[concept]][row % 2].add(row // 2)
    return found


def test_sets_are_balanced_and_right(membership, shown, tmp_path):
    path, *_ = make(membership, tmp_path)
    for draw in range(3):
        found = sides(path, draw)
        assert list(found) == [5, 9, 10, 11]
        for number, (positive, negative) in found.items():
            size = SIZES[number]
            assert len(positive) == len(negative) == min(size, IMAGES - size)
            assert positive <= set(shown[number])
            assert not negative & set(shown[number])


def test_the_scarcer_side_is_whole_and_the_other_varies(membership, shown, tmp_path):
    draws = [sides(make(membership, tmp_path)[0], draw) for draw in range(3)]
    everything = set(range(IMAGES))
    assert all(draw[9][0] == set(shown[9]) for draw in draws)
    assert all(draw[10][1] == everything - set(shown[10]) for draw in draws)
    for number, side in ((9, 1), (10, 0)):
        assert len({frozenset(draw[number][side]) for draw in draws}) == 3


def test_the_second_draw_is_the_first_of_the_next_seed(membership, tmp_path):
    first = make(membership, tmp_path, seed=7)[0]
    second = sides(first, 1)
    (tmp_path / "other").mkdir()
    assert sides(make(membership, tmp_path / "other", seed=8)[0], 0) == second


def test_left_out_concepts_are_listed(membership, tmp_path, caplog):
    _, table = make(membership, tmp_path)
    rows = pd.read_csv(table, keep_default_na=False).set_index("number")
    assert rows.index.tolist() == list(SIZES)
    assert rows["reason"].to_dict() == {
        3: "fewer than 10 images with it",
        **dict.fromkeys([5, 9, 10, 11], ""),
        **dict.fromkeys([12, 20], "fewer than 10 images without it"),
    }
    assert rows["set_size"].tolist() == [0, 12, 60, 50, 10, 0, 0]
    assert rows["subsampled"].tolist() == [False, False, False, True, True, False, False]
    assert "concept 3 (3) is left out" in caplog.text


def test_the_digest_follows_the_content(membership, tmp_path):
    digest = tmp_path / "sets.h5.sha256"

    def found(**changed):
        make(membership, tmp_path, **changed)
        return digest.read_text()

    first = found()
    assert re.fullmatch(r"[0-9a-f]{64}  sets\.h5\n", first)
    assert found() == first
    changed = [found(seed=8), found(draws=2), found(minimum_images=40)]
    assert len({first, *changed}) == 4


def test_other_concepts_do_not_change_a_draw(membership, tmp_path):
    all_of_them = sides(make(membership, tmp_path, minimum_images=1)[0], 0)
    (tmp_path / "fewer").mkdir()
    fewer = sides(make(membership, tmp_path / "fewer", minimum_images=40)[0], 0)
    assert fewer == {number: all_of_them[number] for number in (9, 10)}


def test_no_concept_left_is_an_error(membership, tmp_path):
    with pytest.raises(InputError, match="found no concept with 120 images"):
        make(membership, tmp_path, minimum_images=120)

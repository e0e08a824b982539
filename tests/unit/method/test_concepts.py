"""Images of concepts, from the sparse table image x concept."""

import numpy as np

from workflow_scripts.method.concepts import images_of_concepts


def test_every_concept_has_its_images_and_one_without_any_has_none():
    shown = [[2, 0], [], [0], [2, 3, 0]]  # the concepts of each image
    starts = np.cumsum([0, *map(len, shown)])
    found = images_of_concepts(starts, np.concatenate(shown).astype(int), 6)
    assert [images.tolist() for images in found] == [[0, 2, 3], [], [0, 3], [3], [], []]
